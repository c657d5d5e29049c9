// Where and when a candidate was seen, beside the others: a small map and a time line, drawn as SVG. Words are text.
// A click goes to the nearest candidate.

const NS = "http://www.w3.org/2000/svg";
const WIDTH = 400, MAP_H = 210, LINE_H = 84, PAD = 26, TILE = 256;
const FURTHEST_ZOOM = 17;

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const choose = (id) => id && id !== data.current && setTriggerValue("chosen", id);
  const box = parentElement.querySelector(".where");
  box.replaceChildren(drawMap(data, choose, isDark(box)), drawLine(data, choose), legend(data));
}

function isDark(element) {
  const [r, g, b] = (getComputedStyle(element).getPropertyValue("color").match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  return r + g + b > 384; // light words stand on dark ground
}

function make(name, attributes = {}, ...children) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function mercator(lat, lon, zoom) {
  const size = TILE * 2 ** zoom, sine = Math.sin((lat * Math.PI) / 180);
  return [((lon + 180) / 360) * size, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size];
}

function drawMap(data, choose, dark) {
  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${MAP_H}`, role: "img", "aria-label": data.told_map, class: "map" });
  const places = [...data.marks, ...data.sightings];
  const [zoom, left, top] = fitted(places);
  const at = ({ lat, lon }) => {
    const [x, y] = mercator(lat, lon, zoom);
    return [x - left, y - top];
  };
  if (data.tiles) for (const tile of tiles(data.tiles, zoom, left, top, dark)) svg.append(tile);
  const current = data.marks.find((mark) => mark.id === data.current);
  for (const leg of data.ways) {
    const [[x1, y1], [x2, y2]] = [at(current), at(leg)];
    svg.append(make("line", { x1, y1, x2, y2, class: "way" }));
  }
  const cameras = new Map();
  for (const mark of data.marks) cameras.set(mark.camera, [...(cameras.get(mark.camera) ?? []), mark]);
  for (const marks of cameras.values()) {
    if (marks.some((mark) => mark.id === data.current)) continue;
    svg.append(sign(marks[0].look, ...at(marks[0]), 6, marks.map((mark) => mark.label).slice(0, 4).join("\n")));
  }
  for (const one of data.sightings) svg.append(numbered(one, ...at(one)));
  if (current) svg.append(here(...at(current), current.label));
  svg.append(...scale(zoom, (places[0] ?? { lat: 0 }).lat));
  svg.addEventListener("click", (event) => choose(nearest(event, svg, data.marks, at, data.current)));
  return svg;
}

function fitted(places) {
  for (let zoom = FURTHEST_ZOOM; zoom >= 0; zoom -= 1) {
    const spots = places.map(({ lat, lon }) => mercator(lat, lon, zoom));
    const [xs, ys] = [0, 1].map((side) => spots.map((spot) => spot[side]));
    const [x1, x2, y1, y2] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    if ((x2 - x1 <= WIDTH - 2 * PAD && y2 - y1 <= MAP_H - 2 * PAD) || zoom === 0)
      return [zoom, (x1 + x2 - WIDTH) / 2, (y1 + y2 - MAP_H) / 2];
  }
  return [0, 0, 0];
}

function* tiles(address, zoom, left, top, dark) {
  const most = 2 ** zoom;
  for (let x = Math.floor(left / TILE); x * TILE < left + WIDTH; x += 1)
    for (let y = Math.floor(top / TILE); y * TILE < top + MAP_H; y += 1)
      if (x >= 0 && y >= 0 && x < most && y < most) {
        const href = `${address}/${zoom}/${x}/${y}@2x.png${dark ? "?theme=dark" : ""}`;
        yield make("image", { href, x: x * TILE - left, y: y * TILE - top, width: TILE, height: TILE });
      }
}

function sign(look, x, y, r, label) {
  const shapes = {
    rejected: () => make("path", { d: `M${x - r + 2} ${y - r + 2} L${x + r - 2} ${y + r - 2} M${x - r + 2} ${y + r - 2} L${x + r - 2} ${y - r + 2}` }),
    confirmed: () => make("rect", { x: x - r + 1, y: y - r + 1, width: 2 * r - 2, height: 2 * r - 2, rx: 2 }),
  };
  const shape = (shapes[look] ?? (() => make("path", { d: `M${x} ${y - r} L${x + r} ${y} L${x} ${y + r} L${x - r} ${y} Z` })))();
  return titled(make("g", { class: `mark ${look}` }, shape), label);
}

function numbered(one, x, y) {
  const words = make("text", { x, y: y + 3.5, "text-anchor": "middle" });
  words.textContent = String(one.n);
  return titled(make("g", { class: "sighting" }, make("circle", { cx: x, cy: y, r: 8 }), words), one.label);
}

function here(x, y, label) {
  const r = 9;
  return titled(make("g", { class: "here" }, make("circle", { cx: x, cy: y, r: 14 }),
    make("path", { d: `M${x} ${y - r} L${x + r} ${y} L${x} ${y + r} L${x - r} ${y} Z` })), label);
}

function titled(group, words) {
  const title = make("title");
  title.textContent = words;
  group.prepend(title);
  return group;
}

function scale(zoom, lat) {
  const metre = (TILE * 2 ** zoom) / (40_075_016 * Math.cos((lat * Math.PI) / 180));
  const lengths = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 500_000];
  const long = lengths.filter((length) => length * metre <= 110).pop() ?? 20;
  const [x, y, width] = [10, MAP_H - 9, long * metre];
  const words = make("text", { x: x + width + 5, y: y + 3, class: "scale" });
  words.textContent = long >= 1000 ? `${long / 1000} km` : `${long} m`;
  return [make("path", { d: `M${x} ${y - 4} V${y} H${x + width} V${y - 4}`, class: "bar" }), words];
}

function drawLine(data, choose) {
  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${LINE_H}`, role: "img", "aria-label": data.told_line, class: "line" });
  const times = [...data.marks, ...data.sightings].map((one) => one.at);
  const first = Math.min(...times), span = Math.max(...times) - first || 1;
  const x = (at) => PAD + ((at - first) / span) * (WIDTH - 2 * PAD);
  const y = 44;
  svg.append(make("line", { x1: PAD - 12, x2: WIDTH - PAD + 12, y1: y, y2: y, class: "axis" }));
  for (const mark of data.marks) if (mark.id !== data.current) svg.append(sign(mark.look, x(mark.at), y, 5.5, mark.label));
  for (const one of data.sightings) svg.append(numbered(one, x(one.at), y + 19));
  const current = data.marks.find((mark) => mark.id === data.current);
  const ends = { start: PAD - 12, end: WIDTH - PAD + 12 };
  const clock = clocks(data.zone, span);
  svg.append(label(clock(first), ends.start, LINE_H - 3, "start"), label(clock(first + span), ends.end, LINE_H - 3, "end"));
  if (current) {
    const place = x(current.at);
    svg.append(make("line", { x1: place, x2: place, y1: 16, y2: y, class: "way" }), here(place, y, current.label));
    const anchor = place < 70 ? "start" : place > WIDTH - 70 ? "end" : "middle";
    svg.append(label(clock(current.at), anchor === "middle" ? place : place + (anchor === "start" ? -16 : 16), 12, anchor, "now"));
  }
  svg.addEventListener("click", (event) => choose(nearest(event, svg, data.marks, (mark) => [x(mark.at), y], data.current)));
  return svg;
}

function clocks(zone, span) {
  const day = span > 20 * 3600 ? { day: "2-digit", month: "short" } : {};
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", ...day });
  return (at) => format.format(new Date(at * 1000));
}

function label(words, x, y, anchor, kind = "") {
  const text = make("text", { x, y, "text-anchor": anchor, class: `clock ${kind}` });
  text.textContent = words;
  return text;
}

function nearest(event, svg, marks, at, current) {
  const frame = svg.getBoundingClientRect();
  const spot = [((event.clientX - frame.left) * WIDTH) / frame.width,
    ((event.clientY - frame.top) * svg.viewBox.baseVal.height) / frame.height];
  let best = null, least = 24;
  for (const mark of marks) {
    const [x, y] = at(mark);
    const far = Math.hypot(x - spot[0], y - spot[1]) + (mark.id === current ? 4 : 0);
    if (far < least) [best, least] = [mark.id, far];
  }
  return best;
}

function legend(data) {
  const list = document.createElement("ul");
  for (const [look, words] of data.legend) {
    const item = document.createElement("li");
    const svg = make("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
    svg.append(look === "here" ? here(8, 8, "") : look === "sighting" ? numbered({ n: "1", label: "" }, 8, 8) : sign(look, 8, 8, 6, ""));
    if (look === "here") svg.setAttribute("viewBox", "-8 -8 32 32");
    item.append(svg, words);
    list.append(item);
  }
  return list;
}
