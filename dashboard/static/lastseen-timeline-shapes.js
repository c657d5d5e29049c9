// The shapes on the time line. See lastseen-timeline-time.js.

const SVG = "http://www.w3.org/2000/svg";
const SIGNS = {
  to_review: "?", half_confirmed: "◐", confirmed: "✓", rejected: "✕", unsure: "~", disputed: "!", set_aside: "–", dropped: "–",
  confirm: "✓", reject: "✕", "settle as confirmed": "✓", "settle as rejected": "✕", undo: "↶",
};
const made = (name, attributes = {}, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};
const html = (name, klass, text) => {
  const element = document.createElement(name);
  if (klass) element.className = klass;
  if (text !== undefined) element.textContent = text;
  return element;
};
const filled = (template, values) => template.replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);

const DEPTH = { request: 0, deadline: 1, footage: 2, sighting: 3, decision: 3, candidate: 4 };
// What several candidates together look like: the first of these that one of them is. No sign: their number says it.
const STRONGEST = ["disputed", "confirmed", "half_confirmed", "to_review", "unsure", "rejected", "set_aside", "dropped"];
const together = ({ kind, number, group }, look) => {
  if (kind === "sighting") return `${number}–${group.at(-1).number}`;
  return WITH_SIGN.includes(look) && kind === "candidate" ? `${SIGNS[look]} ${group.length}` : group.length;
};
const WITH_SIGN = ["disputed", "confirmed", "half_confirmed", "rejected"];
const MIDDLE = 22, OVER = 21, TOP = 31, TALL = 9; // asked for above, candidates between, footage below
const WIDE = 17; // half of the pill that stands for several marks

// Each makes the elements of a mark once, and gives it `place()`, which moves them to where the present view has them.
// Marks of one moment also have `sign`, whose words are their `own`, and `shaped(x, isMany)`.
const SHAPES = {
  sighting(line, mark, link) {
    const reach = made("path", { class: "reach" }), pin = made("rect", { y: MIDDLE - 10, height: 20, rx: 10, class: "pin" });
    point(mark, link, pin, "number", MIDDLE, 10, String(mark.number));
    link.prepend(reach);
    mark.place = () => {
      const [a, b] = [line.x(mark.from), line.x(mark.to)];
      reach.setAttribute("d", b - a > 2 ? `M${a} ${MIDDLE}H${b}M${a} ${MIDDLE - 6}v12M${b} ${MIDDLE - 6}v12` : "");
      mark.shaped(line.x(mark.at));
    };
  },
  request(line, mark, link) {
    const bar = made("rect", { y: 3, height: 6, rx: 2, class: "bar" }), says = made("text", { y: 10, class: "says" });
    says.textContent = line.words.requests?.[mark.look] ?? "";
    link.append(made("rect", { y: 0, height: 11, class: "reachable" }), bar, says);
    mark.place = () => {
      const a = line.x(mark.from), b = Math.max(line.x(mark.to), a + 4);
      for (const rect of [link.firstChild, bar]) { rect.setAttribute("x", a); rect.setAttribute("width", b - a); }
      says.setAttribute("x", b + 5);
      says.classList.toggle("hidden", b > line.width - 60 || b < 0);
    };
  },
  deadline(line, mark, link) {
    const flag = made("path", { class: "flag" });
    link.append(flag);
    mark.place = () => flag.setAttribute("d", `M${line.x(mark.at)} 20V2h10l-3.5 4 3.5 4h-10`);
  },
  footage(line, mark, link) {
    const u = mark.unsure ?? 0, isKnown = mark.look === "known";
    const reach = made("path", { class: "reach" }), ground = made("rect", { y: TOP, height: TALL, rx: 2, class: "ground" });
    const parts = (mark.parts ?? []).map(([looked, from, to]) => {
      const rect = made("rect", { y: TOP, height: TALL, class: `part ${looked.replace(" ", "-")}` });
      return { rect, from, to, looked };
    });
    const edge = made("rect", { y: TOP, height: TALL, rx: 2, class: "edge" });
    const says = made("text", { y: TOP + TALL - 0.5, class: "says" });
    link.append(reach, ground, ...parts.map(({ rect }) => rect), edge, says);
    const note = [isKnown ? "" : line.words.looked?.["not searched"], mark.unsure === null ? line.words.clock_not_known : ""].filter(Boolean).join(" · ");
    says.textContent = note;
    mark.place = () => {
      const a = line.x(mark.from), b = Math.max(line.x(mark.to), a + (isKnown ? 3 : 14));
      for (const rect of [ground, edge]) { rect.setAttribute("x", a); rect.setAttribute("width", b - a); }
      for (const { rect, from, to, looked } of parts) {
        const [x1, x2] = [line.x(from), line.x(to)];
        rect.setAttribute("x", x1);
        rect.setAttribute("width", Math.max(looked === "searched" ? 0.5 : 2, x2 - x1)); // a lost second must still be seen
      }
      const y = TOP + TALL / 2, [p, q] = [line.x(mark.from - u), line.x(Math.max(mark.to, mark.from) + u)];
      reach.setAttribute("d", u && a - p > 1.5 ? `M${p} ${y}H${a}M${p} ${y - 4}v8M${b} ${y}H${q}M${q} ${y - 4}v8` : "");
      says.setAttribute("x", Math.max(b, q) + 5);
      says.classList.toggle("hidden", !note || b > line.width - 60 || b < 0);
    };
  },
  candidate(line, mark, link) {
    const reach = made("path", { class: "reach" }), shape = made("path", { class: "diamond" });
    mark.own = SIGNS[mark.look] ?? "?";
    mark.sign = made("text", { y: OVER + 4, class: "sign" }, mark.own);
    link.append(reach, shape, mark.sign);
    mark.shaped = (x, isMany = false) => {
      const around = `M${x - WIDE + 8} ${OVER - 8}h${2 * WIDE - 16}l8 8l-8 8h${16 - 2 * WIDE}l-8 -8z`;
      shape.setAttribute("d", isMany ? around : `M${x} ${OVER - 9}l9 9l-9 9l-9 -9z`);
      mark.sign.setAttribute("x", x);
    };
    mark.place = () => {
      const [a, b] = [line.x(mark.from), line.x(mark.to)];
      reach.setAttribute("d", b - a > 20 ? `M${a} ${OVER}H${b}M${a} ${OVER - 6}v12M${b} ${OVER - 6}v12` : "");
      mark.shaped(line.x(mark.at));
    };
  },
  decision(line, mark, link) {
    const box = made("rect", { y: MIDDLE - 9, height: 18, rx: 3, class: "box" });
    point(mark, link, box, "sign", MIDDLE, 9, SIGNS[mark.look] ?? "~");
    mark.place = () => mark.shaped(line.x(mark.at));
  },
};

// A mark of one moment: a shape that grows wider where it stands for several.
function point(mark, link, shape, klass, y, half, own) {
  mark.own = own;
  mark.sign = made("text", { y: y + 4, class: klass }, own);
  link.append(shape, mark.sign);
  mark.shaped = (x, isMany = false) => {
    const by = isMany ? WIDE + 2 : half;
    shape.setAttribute("x", x - by);
    shape.setAttribute("width", 2 * by);
    mark.sign.setAttribute("x", x);
  };
}
