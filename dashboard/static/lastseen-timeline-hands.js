// What a hand, a key or a look does to the time line's marks. See lastseen-timeline-time.js.

class Hands extends View {
  // -- words at a mark

  tell(mark, event) {
    this.told = mark;
    if (mark.element.classList.contains("hidden")) return this.hush();
    const group = mark.element.classList.contains("many") ? mark.group : [mark];
    const told = group.slice(0, 6).map((one) => [one.words, this.when(one), group.length > 1 ? "" : one.more].filter(Boolean).join("\n"));
    if (group.length > 6) told.push(filled(this.words.and_more, { n: group.length - 6 }));
    told.push(group.length > 1 ? filled(this.words.many, { n: group.length }) : this.words.goes[mark.kind]);
    this.tip.textContent = [mark.line.isCamera ? mark.line.name : "", ...told].filter(Boolean).join("\n");
    this.tip.hidden = false;
    const box = this.root.getBoundingClientRect(), at = mark.element.getBoundingClientRect();
    const x = event ? event.clientX : Math.min(Math.max(at.left + at.width / 2, box.left), box.right);
    const width = this.tip.offsetWidth, height = this.tip.offsetHeight;
    const top = at.bottom + 8 + height > window.innerHeight ? at.top - height - 8 : at.bottom + 8;
    this.tip.style.left = `${Math.min(Math.max(x - box.left - width / 2, 0), box.width - width)}px`;
    this.tip.style.top = `${top - box.top}px`;
  }

  hush() {
    this.told = null;
    this.tip.hidden = true;
  }

  hold(mark) {
    this.held?.element.setAttribute("tabindex", -1);
    this.held = mark;
    mark?.element.setAttribute("tabindex", 0);
  }

  clicked(event, mark) {
    if (this.dragged) { event.preventDefault(); return; }
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
    event.preventDefault();
    const group = mark.element.classList.contains("many") ? mark.group : [mark];
    const [from, to] = [group[0].at, group.at(-1).at];
    if (to - from > SHORTEST_S / 4 && this.view[1] - this.view[0] > SHORTEST_S * 1.01) {
      const by = Math.max((to - from) * 0.3, 2);
      this.look(from - by, to + by);
    } else this.go(mark);
  }

  // -- hand and keys

  listen() {
    const { body } = this, hands = new Map();
    const inPlot = (event) => event.clientX - this.axis.getBoundingClientRect().left;
    body.addEventListener("wheel", (event) => {
      const isAxis = event.composedPath().includes(this.axis);
      if (event.ctrlKey || event.metaKey || isAxis) this.zoom(Math.exp(event.deltaY * 0.002), this.t(inPlot(event)));
      else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.pan((event.deltaX || event.deltaY) / this.width);
      else return;
      event.preventDefault();
    }, { passive: false });
    body.addEventListener("pointerdown", (event) => {
      if (event.button || inPlot(event) < 0 || inPlot(event) > this.width) return;
      hands.set(event.pointerId, { x: inPlot(event), at: this.t(inPlot(event)) });
      this.dragged = false;
    });
    body.addEventListener("pointermove", (event) => {
      const hand = hands.get(event.pointerId);
      if (!hand) return;
      const x = inPlot(event);
      if (!this.dragged && Math.abs(x - hand.x) < 5) return;
      if (!this.dragged) { this.dragged = true; body.setPointerCapture(event.pointerId); this.hush(); }
      hand.now = x;
      const [one, other] = [...hands.values()];
      if (!other) {
        const width = this.view[1] - this.view[0], from = hand.at - (x / this.width) * width;
        this.look(from, from + width);
      } else if (Math.abs((one.now ?? one.x) - (other.now ?? other.x)) > 8) { // two fingers keep their moments
        const [xa, xb] = [one.now ?? one.x, other.now ?? other.x];
        const perPx = (other.at - one.at) / (xb - xa);
        if (perPx > 0) this.look(one.at - xa * perPx, one.at + (this.width - xa) * perPx);
      }
    });
    for (const end of ["pointerup", "pointercancel"]) body.addEventListener(end, (event) => {
      hands.delete(event.pointerId);
      if (this.dragged) setTimeout(() => (this.dragged = false), 0); // after the click that follows
    });
    body.addEventListener("scroll", () => this.later(), { passive: true });
    body.addEventListener("dragstart", (event) => event.preventDefault());
    body.addEventListener("keydown", (event) => this.key(event));
    const slide = (event) => {
      const width = this.view[1] - this.view[0];
      const at = this.overviewTime(event.clientX - this.whole_.getBoundingClientRect().left);
      this.look(at - width / 2, at + width / 2);
    };
    this.whole_.addEventListener("pointerdown", (event) => { this.whole_.setPointerCapture(event.pointerId); slide(event); });
    this.whole_.addEventListener("pointermove", (event) => event.buttons && slide(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.composedPath()[0].classList?.contains("mark")) return;
    const act = {
      "+": () => this.zoom(0.5, this.held.at), "=": () => this.zoom(0.5, this.held.at), "-": () => this.zoom(2, this.held.at),
      0: () => this.look(...this.whole), Escape: () => this.hush(),
      ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), ArrowUp: () => this.climb(-1), ArrowDown: () => this.climb(1),
      Home: () => this.reach(this.there()[0]), End: () => this.reach(this.there().at(-1)),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  there(line = this.held.line) {
    return line.byTime;
  }

  step(by) {
    const marks = this.there(), group = this.held.element.classList.contains("many") ? this.held.group : [this.held];
    const next = marks[marks.indexOf(by > 0 ? group.at(-1) : group[0]) + by];
    this.reach(next);
  }

  climb(by) {
    const lines = this.lines.filter((line) => !line.row.hidden && line.marks.length);
    const line = lines[lines.indexOf(this.held.line) + by];
    if (!line) return;
    this.reach(line.byTime.reduce((a, b) => (Math.abs(b.at - this.held.at) < Math.abs(a.at - this.held.at) ? b : a)));
  }

  reach(mark) {
    if (!mark) return;
    const [from, to] = this.view, width = to - from;
    this.hold(mark);
    if (mark.at < from || mark.at > to) this.look(mark.at - width / 2, mark.at + width / 2);
    if (this.waits) { cancelAnimationFrame(this.waits); this.waits = null; this.paint(); }
    const head = mark.head ?? mark;
    this.hold(head);
    head.element.focus();
    head.line.row.scrollIntoView({ block: "nearest" });
  }
}
