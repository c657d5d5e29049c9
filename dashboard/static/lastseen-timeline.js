// The time line of a case: rows of marks over one axis of time. Drawn as SVG; every text is set as text, never markup.
// What part of the time is looked at stays here, per case: a rerun of the page, or a way there and back, moves nothing.


export default function (component) {
  const root = component.parentElement.querySelector(".line");
  root.lastseen ??= new Line(root);
  root.lastseen.show(component);
}

const TICK_PX = 104, NEAR_PX = 33, ROW = 44;

class Line extends Hands {
  constructor(root) {
    super();
    this.root = root;
    this.marks = [];
    this.sizes = new ResizeObserver(() => this.measure());
  }

  leave() {
    this.sizes.disconnect();
    clearInterval(this.ticking);
  }

  show({ data, setTriggerValue }) {
    this.go = (mark) => setTriggerValue("go", { kind: mark.kind, id: mark.id });
    this.ahead = data.now - Date.now() / 1000; // of this computer's clock
    const stamp = JSON.stringify({ ...data, now: 0 });
    if (stamp === this.stamp) return this.later();
    const isFirst = !this.stamp;
    [this.stamp, this.data, this.words] = [stamp, data, data.words];
    this.clock = new Clock(data.zone, data.language);
    this.bound();
    if (isFirst) this.frame();
    // the line of the present moves, as long as there is one
    this.ticking ??= setInterval(() => (this.root.isConnected ? this.later() : this.leave()), 30_000);
    this.fill();
    this.measure();
  }

  // -- the frame, made once

  frame() {
    const { root, words } = this;
    const tools = html("div", "tools");
    tools.setAttribute("role", "group");
    tools.setAttribute("aria-label", words.name);
    const button = (name, sign, act) => {
      const element = html("button", name);
      element.type = "button";
      const before = html("span", "sign", sign);
      before.setAttribute("aria-hidden", "true");
      element.append(before, html("span", "says", words[name]));
      element.onclick = act;
      tools.append(element);
      return element;
    };
    this.earlier = button("earlier", "◀", () => this.pan(-0.5));
    this.later_ = button("later", "▶", () => this.pan(0.5));
    button("closer", "+", () => this.zoom(0.5));
    button("wider", "−", () => this.zoom(2));
    button("whole", "⤢", () => this.look(...this.whole));
    button("until_now", "⇥", () => this.look(this.whole[0], Math.max(this.now + (this.now - this.whole[0]) * 0.03, this.whole[1])));
    this.which = html("select");
    this.which.setAttribute("aria-label", words.show);
    for (const name of ["all", "with_footage", "with_candidates", "asked"]) {
      const option = html("option", "", words[name]);
      option.value = name;
      this.which.append(option);
    }
    this.sought = html("input");
    Object.assign(this.sought, { type: "search", placeholder: words.find, maxLength: 60 });
    this.sought.setAttribute("aria-label", words.find);
    this.which.onchange = this.sought.oninput = () => this.choose();
    this.counted = html("span", "counted");
    this.counted.setAttribute("role", "status");
    tools.append(this.which, this.sought);

    this.range = html("p", "range");
    this.whole_ = made("svg", { class: "overview", role: "img", "aria-label": words.overview });
    this.axis = made("svg", { class: "axis", "aria-hidden": "true" });
    this.grid = made("svg", { class: "grid", "aria-hidden": "true" });
    this.rows = html("div", "rows");
    this.body = html("div", "body");
    this.body.setAttribute("role", "group");
    this.body.setAttribute("aria-label", words.name);
    this.body.setAttribute("aria-description", words.how);
    const head = html("div", "head"), corner = html("div", "corner");
    corner.append(this.range, this.counted);
    head.append(corner, this.axis);
    this.tip = html("div", "tip");
    this.tip.setAttribute("role", "tooltip");
    this.tip.hidden = true;
    this.inner = html("div", "inner");
    this.inner.append(head, this.grid, this.rows);
    this.body.append(this.inner);
    this.legend = html("div", "legend");
    root.replaceChildren(this.patterns(), tools, this.whole_, this.body, this.tip, this.legend, html("p", "how", words.how));
    this.sizes.observe(this.body);
    this.listen();
  }

  patterns() {
    const svg = made("svg", { width: 0, height: 0, "aria-hidden": "true", class: "patterns" });
    const lost = made("pattern", { id: "lost", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    lost.append(made("rect", { width: 7, height: 7, class: "lost-ground" }), made("rect", { width: 3.5, height: 7, class: "lost-stripe" }));
    svg.append(lost);
    return svg;
  }

  // -- rows and marks, made anew when the case has changed

  fill() {
    const { data, words } = this;
    const held = this.held && [this.held.kind, this.held.id, this.held.at].join();
    const hasFocus = this.held && this.held.element === this.root.getRootNode().activeElement;
    this.marks = [];
    this.lines = [];
    this.rows.replaceChildren();
    this.add({ name: words.sightings, under: "", marks: data.sightings, klass: "of-sightings" });
    if (data.decisions.length) this.add({ name: words.decisions, under: words.decisions_under, marks: data.decisions, klass: "of-decisions" });
    for (const row of data.rows) this.add({ ...row, klass: "of-camera" });
    this.empty = html("p", "empty", words.no_rows);
    this.rows.append(this.empty);
    this.hold(this.marks.find((mark) => [mark.kind, mark.id, mark.at].join() === held) ?? this.marks[0]);
    if (hasFocus) this.held?.element.focus({ preventScroll: true });
    this.choose();
    this.explain();
  }

  add({ name, under, marks, klass }) {
    const row = html("div", `row ${klass}`), label = html("div", "label");
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", under ? `${name}, ${under}` : name);
    const title = html("span", "name", name);
    title.title = name;
    label.append(title);
    if (under) label.append(html("span", "under", under));
    const plot = made("svg", { class: "plot", height: ROW });
    row.append(label, plot);
    this.rows.append(row);
    const line = { row, name, isCamera: klass === "of-camera", marks: [] };
    for (const told of [...marks].sort((a, b) => DEPTH[a.kind] - DEPTH[b.kind] || a.at - b.at)) {
      const mark = { ...told, line };
      this.draw(mark, plot);
      line.marks.push(mark);
      this.marks.push(mark);
    }
    line.byTime = [...line.marks].sort((a, b) => a.at - b.at);
    if (!line.isCamera) this.edge(line, plot);
    this.lines.push(line);
  }

  // where the marks of a row lie outside of what is shown, how many they are, and the way there
  edge(line, plot) {
    const way = (sign) => {
      const text = made("text", { y: MIDDLE + 4, class: `way ${sign}`, "aria-hidden": "true" });
      text.addEventListener("click", () => {
        const out = line.byTime.filter((mark) => (sign === "after" ? mark.at > this.view[1] : mark.at < this.view[0]));
        const by = Math.max(60, (out.at(-1).at - out[0].at) * 0.1);
        this.look(out[0].at - by, out.at(-1).at + by);
      });
      plot.append(text);
      return text;
    };
    [line.before, line.after] = [way("before"), way("after")];
  }

  point(line) {
    const before = line.marks.filter((mark) => mark.at < this.view[0]).length;
    const after = line.marks.filter((mark) => mark.at > this.view[1]).length;
    line.before.textContent = before ? `◀ ${before}` : "";
    line.after.textContent = after ? `${after} ▶` : "";
    line.before.setAttribute("x", 6);
    line.after.setAttribute("x", this.width - 6);
  }

  draw(mark, plot) {
    const link = made("a", { class: `mark ${mark.kind}`, "data-look": mark.look, tabindex: -1, href: this.address(mark) });
    link.setAttribute("aria-label", this.spoken(mark));
    mark.element = link;
    SHAPES[mark.kind](this, mark, link);
    link.addEventListener("click", (event) => this.clicked(event, mark));
    link.addEventListener("focus", () => { this.hold(mark); this.tell(mark); });
    link.addEventListener("blur", () => this.hush());
    link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.tell(mark, event));
    link.addEventListener("pointerleave", () => this.hush());
    plot.append(link);
  }

  address(mark) {
    const { page, chooses } = this.data.pages[mark.kind];
    const query = new URLSearchParams({ case: this.data.case });
    if (chooses) query.set(chooses, mark.id);
    return `/${page}?${query}`;
  }

  when(mark) {
    const say = (t) => this.clock.long(t);
    if (mark.kind === "sighting" && mark.unsure) return `${say(mark.at)} ± ${this.clock.span(mark.unsure)}`;
    if (["candidate", "sighting"].includes(mark.kind) || mark.to === mark.from) return say(mark.at);
    const sameDay = this.clock.day(mark.from) === this.clock.day(mark.to);
    return `${say(mark.from)} – ${sameDay ? this.clock.time(mark.to, true) : say(mark.to)}`;
  }

  spoken(mark) {
    return [mark.words, mark.line.isCamera ? mark.line.name : "", this.when(mark), mark.more].filter(Boolean).join(", ");
  }

  choose() {
    const name = this.sought.value.trim().toLocaleLowerCase(), which = this.which.value;
    const has = (line, kind) => line.marks.some((mark) => mark.kind === kind);
    let shown = 0;
    for (const line of this.lines) {
      const fits = which === "all" || (which === "with_footage" && has(line, "footage"))
        || (which === "with_candidates" && has(line, "candidate")) || (which === "asked" && !has(line, "footage"));
      line.row.hidden = line.isCamera && !(fits && line.name.toLocaleLowerCase().includes(name));
      shown += line.isCamera && !line.row.hidden;
    }
    const all = this.data.rows.length;
    this.empty.hidden = !all || shown > 0;
    this.counted.textContent = filled(this.words.shown, { shown, all });
    this.later();
  }

  // -- drawing at the present view

  measure() {
    const plot = this.axis.getBoundingClientRect().width;
    if (!plot) return;
    this.width = plot;
    const left = this.axis.getBoundingClientRect().left - this.inner.getBoundingClientRect().left;
    Object.assign(this.grid.style, { left: `${left}px`, width: `${plot}px` });
    this.later();
  }

  later() {
    this.waits ??= requestAnimationFrame(() => { this.waits = null; if (this.width) this.paint(); });
  }

  // the rows that are scrolled to, and that of the mark with the focus
  inSight() {
    const top = this.body.scrollTop - 2 * ROW, bottom = top + this.body.clientHeight + 4 * ROW;
    return this.lines.filter(({ row }) => {
      if (row.hidden) return false;
      const at = row.offsetTop;
      return (at > top && at < bottom) || row === this.held?.line.row;
    });
  }

  paint() {
    const hasFocus = this.held?.element === this.root.getRootNode().activeElement;
    for (const line of this.inSight()) {
      for (const mark of line.marks) mark.place();
      this.gather(line);
      if (line.after) this.point(line);
    }
    if (hasFocus && this.held.head && this.held.head !== this.held) this.held.head.element.focus({ preventScroll: true });
    this.paintAxis();
    this.paintOverview();
    const [from, to] = this.view;
    const points = this.marks.filter((mark) => !mark.line.row.hidden);
    const before = points.filter((mark) => mark.to < from).length, after = points.filter((mark) => mark.from > to).length;
    this.earlier.querySelector(".says").textContent = before ? `${this.words.earlier} (${before})` : this.words.earlier;
    this.later_.querySelector(".says").textContent = after ? `${this.words.later} (${after})` : this.words.later;
    this.earlier.disabled = from <= this.limits[0] + 1;
    this.later_.disabled = to >= this.limits[1] - 1;
    this.range.textContent = this.clock.range(from, to);
    if (this.told) this.tell(this.told);
  }

  // marks of one moment that would cover one another become one, which says how many they are
  gather(line) {
    for (const kind of ["candidate", "decision", "sighting"]) {
      let head = null;
      for (const mark of line.byTime) {
        if (mark.kind !== kind) continue;
        const at = this.x(mark.at), isOut = mark !== this.held && (at <= -40 || at >= this.width + 40);
        const joins = !isOut && head && at - head.headX < NEAR_PX;
        mark.element.classList.toggle("hidden", Boolean(isOut || joins));
        mark.head = joins ? head : mark;
        if (isOut) continue;
        if (joins) { head.group.push(mark); continue; }
        if (head) this.crown(head);
        head = mark;
        [mark.group, mark.headX] = [[mark], at];
      }
      if (head) this.crown(head);
    }
  }

  crown(head) {
    const n = head.group.length, isMany = n > 1;
    head.element.classList.toggle("many", n > 1);
    const look = head.kind !== "candidate" ? head.look : STRONGEST.find((one) => head.group.some((mark) => mark.look === one));
    head.element.dataset.look = look;
    head.sign.textContent = n === 1 ? head.own : together(head, look);
    head.shaped(isMany ? (this.x(head.at) + this.x(head.group.at(-1).at)) / 2 : this.x(head.at), n > 1);
    if (head.told === n) return; // saying times costs more than drawing
    head.told = n;
    head.element.setAttribute("aria-label", isMany ? `${this.spoken(head)}, ${filled(this.words.many, { n })}` : this.spoken(head));
  }

  paintAxis() {
    const ticks = this.clock.ticks(this.view, Math.max(2, Math.floor(this.width / TICK_PX)));
    this.axis.replaceChildren();
    this.grid.replaceChildren();
    for (const { t, label, isDay } of ticks) {
      const x = this.x(t);
      this.axis.append(made("line", { x1: x, x2: x, y1: 32, y2: 38, class: "tick" }));
      if (x > 14 && x < this.width - 14) this.axis.append(made("text", { x, y: 27, class: isDay ? "day" : "hour" }, label));
      this.grid.append(made("line", { x1: x, x2: x, y1: 0, y2: "100%", class: isDay ? "day" : "hour" }));
    }
    const now = this.now;
    if (now >= this.view[0] && now <= this.view[1]) {
      const x = this.x(now);
      this.grid.append(made("line", { x1: x, x2: x, y1: 0, y2: "100%", class: "now" }));
      const label = made("text", { x: Math.min(Math.max(x, 16), this.width - 16), y: 11, class: "now" }, this.words.now);
      this.axis.append(label);
    }
  }

  paintOverview() {
    const { width } = this.whole_.getBoundingClientRect(), [least, most] = this.limits;
    const x = (t) => ((t - least) / (most - least)) * width;
    this.overviewTime = (px) => least + (px / width) * (most - least);
    const drawn = [least, most, width].join();
    if (this.overviewOf !== this.stamp || this.overviewDrawn !== drawn) {
      [this.overviewOf, this.overviewDrawn] = [this.stamp, drawn];
      this.whole_.replaceChildren(...this.overviewDots(x, width));
    }
    const [a, b] = [x(this.view[0]), x(this.view[1])], now = x(this.now);
    const [line, shown] = [...this.whole_.children].slice(-2);
    for (const end of ["x1", "x2"]) line.setAttribute(end, now);
    shown.setAttribute("x", a);
    shown.setAttribute("width", Math.max(4, b - a));
  }

  overviewDots(x, width) {
    const drawn = [made("rect", { width, height: 30, class: "ground" })];
    const tops = { sighting: 3, request: 9, footage: 13, candidate: 19, decision: 24, deadline: 9 };
    const seen = new Set();
    for (const mark of this.marks) {
      const from = Math.round(x(mark.from)), wide = Math.max(2, Math.round(x(mark.to)) - from);
      const key = `${mark.kind}${from}+${wide}`;
      if (seen.has(key)) continue;
      seen.add(key);
      drawn.push(made("rect", { x: from, y: tops[mark.kind], width: wide, height: 3, class: `dot ${mark.kind}` }));
    }
    return [...drawn, made("line", { y1: 0, y2: 30, class: "now" }), made("rect", { y: 0.5, height: 29, rx: 3, class: "window" })];
  }

  // -- what the shapes mean

  explain() {
    const { words } = this, items = [];
    const item = (kind, look, text, extra = {}) => {
      const svg = made("svg", { width: 34, height: 20, "aria-hidden": "true" }), g = made("g", { class: `mark ${kind}`, "data-look": look });
      const mark = { kind, look, at: 17, from: 3, to: 31, unsure: 5, number: 1, ...extra };
      SHAPES[kind]({ x: (t) => t, width: 34, words: {}, percent: () => "" }, mark, g);
      const by = { request: 4, deadline: 0, footage: -25, candidate: -11, sighting: -12, decision: -12 }[kind];
      const moved = made("g", { transform: `translate(0 ${by})` });
      moved.append(g);
      svg.append(moved);
      mark.place();
      const entry = html("span", "item");
      entry.append(svg, document.createTextNode(text));
      items.push(entry);
    };
    item("sighting", "seen", words.legend.sighting);
    item("footage", "known", words.looked.searched, { parts: [["searched", 3, 31]], unsure: 0 });
    item("footage", "known", words.looked["not searched"], { parts: [["not searched", 3, 31]], unsure: 0 });
    item("footage", "known", words.looked.unreadable, { parts: [["unreadable", 3, 31]], unsure: 0 });
    item("footage", "known", words.legend.clock, { parts: [["searched", 9, 25]], from: 9, to: 25, unsure: 6 });
    item("request", "sent", words.legend.request);
    item("deadline", "sent", words.legend.deadline);
    const there = new Set(["to_review", "confirmed", ...this.marks.filter(({ kind }) => kind === "candidate").map(({ look }) => look)]);
    for (const state of STRONGEST.filter((one) => there.has(one)))
      item("candidate", state, `${words.legend.candidate}: ${words.states[state]}`, { from: 17, to: 17 });
    this.legend.replaceChildren(...items);
  }
}
