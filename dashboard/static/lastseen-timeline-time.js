// The time line's times: the case's own clocks, and which part of the time is shown.
// This file, -shapes.js and -hands.js stand before lastseen-timeline.js, which is one module with them.

const KEPT = (window.lastseenTimelines ??= new Map());
const STEPS_S = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000];
const SHORTEST_S = 10, DAY = 86400;

// Times as the case's own clocks show them.
class Clock {
  constructor(zone, language) {
    this.zone = zone;
    this.language = language === "en" ? "en-GB" : language; // whose day stands before its month
    const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
    this.parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...parts });
    this.offsets = new Map();
    this.formats = new Map();
  }

  offset(t) {
    const quarter = Math.floor(t / 900);
    if (!this.offsets.has(quarter)) {
      const p = Object.fromEntries(this.parts.formatToParts(quarter * 900_000).map(({ type, value }) => [type, +value]));
      this.offsets.set(quarter, Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) / 1000 - quarter * 900);
    }
    return this.offsets.get(quarter);
  }

  say(t, options) {
    const key = JSON.stringify(options);
    if (!this.formats.has(key)) this.formats.set(key, new Intl.DateTimeFormat(this.language, { timeZone: this.zone, hourCycle: "h23", ...options }));
    return this.formats.get(key).format(t * 1000);
  }

  time(t, seconds) {
    return this.say(t, { hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }) });
  }

  day(t) {
    return this.say(t, { weekday: "short", day: "numeric", month: "short" });
  }

  long(t) {
    return `${this.day(t)}, ${this.time(t, true)}`;
  }

  span(s) {
    return s >= 5400 ? `${+(s / 3600).toFixed(1)} h` : s >= 90 ? `${Math.round(s / 60)} min` : `${Math.round(s)} s`;
  }

  range(from, to) {
    const [a, b] = [this.day(from), this.day(to)], seconds = to - from < 300;
    return a === b ? `${a}, ${this.time(from, seconds)} – ${this.time(to, seconds)}` : `${a} – ${b}`;
  }

  ticks([from, to], most) {
    const step = STEPS_S.find((s) => (to - from) / s <= most) ?? Math.ceil((to - from) / most / DAY) * DAY;
    const ticks = [];
    let local = Math.ceil((from + this.offset(from)) / step) * step;
    for (let n = 0; n <= most + 2; n++, local += step) {
      const t = local - this.offset(local - this.offset(from)), isDay = local % DAY === 0;
      if (t > to) break;
      if (ticks.length && t <= ticks.at(-1).t) continue; // the hour that clocks skip in spring
      ticks.push({ t, isDay, label: isDay ? this.day(t) : this.time(t, step < 60) });
    }
    return ticks;
  }
}

class View {
  get now() {
    return Date.now() / 1000 + this.ahead;
  }

  bound() {
    const { data } = this;
    const [first, last] = data.extent;
    const all = [...data.sightings, ...data.decisions, ...data.rows.flatMap((row) => row.marks)];
    const ends = [this.now, first, last, ...all.flatMap((mark) => [mark.from, mark.to])];
    const [from, to] = [Math.min(...ends), Math.max(...ends)];
    const around = (a, b, least) => { const by = Math.max(least, (b - a) * 0.04); return [a - by, b + by]; };
    this.whole = around(first, last, 300);
    this.limits = around(from, to, 600);
    const kept = KEPT.get(data.case);
    this.view = kept ? [...kept.view] : [...this.whole];
  }

  look(from, to) {
    const [least, most] = this.limits;
    let span = Math.min(Math.max(to - from, SHORTEST_S), most - least);
    let start = (from + to - span) / 2;
    start = Math.min(Math.max(start, least), most - span);
    this.view = [start, start + span];
    KEPT.set(this.data.case, { view: [...this.view] });
    this.later();
  }

  zoom(by, at = (this.view[0] + this.view[1]) / 2) {
    const [from, to] = this.view;
    const span = Math.min(Math.max((to - from) * by, SHORTEST_S), this.limits[1] - this.limits[0]);
    const start = at - ((at - from) / (to - from)) * span;
    this.look(start, start + span);
  }

  pan(by) {
    const width = this.view[1] - this.view[0];
    this.look(this.view[0] + by * width, this.view[1] + by * width);
  }

  x(t) {
    const [from, to] = this.view;
    return Math.min(Math.max(((t - from) / (to - from)) * this.width, -40), this.width + 40);
  }

  t(x) {
    return this.view[0] + (x / this.width) * (this.view[1] - this.view[0]);
  }
}
