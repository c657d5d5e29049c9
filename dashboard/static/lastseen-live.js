// What a page left open does as its case changes: counts in the tab's title what waits, shows news, and asks for those
// parts of the page anew that would look different now. Leaves for the sign-in as soon as the session has ended.
// Words come from Python and are set as text. See dashboard/live.py, api/events.py and lastseen-live-line.js.

const TYPING_MS = 900, TYPING_AT_MOST_MS = 1800;
const STATE_EVERY_MS = 15000;
const NEWS_MS = 45000;
const MOST_NEWS = 4;

let live = null;

export function show(component) {
  live ??= new Live();
  live.show(component);
  return () => live.hide(component);
}

class Live {
  parts = new Map(); // key -> the part of the page as it is drawn now
  told = new Map(); // case id -> the marks and the count that were told last
  shown = new Set(); // ids of news that stood here
  session = null;
  typed = 0; // when somebody last pressed a key in a field
  wants = new Map(); // key -> since when this part waits to be asked for anew

  constructor() {
    document.addEventListener("input", () => (this.typed = performance.now()), true);
    document.addEventListener("visibilitychange", () => document.hidden || this.awake());
    window.addEventListener("pagehide", () => this.port?.postMessage({ leaves: true }));
    window.addEventListener("pageshow", () => this.tellWhere());
    new MutationObserver(() => this.title()).observe(document.head, { childList: true, subtree: true, characterData: true });
    setInterval(() => this.look(), STATE_EVERY_MS);
  }

  // ---- the parts of the page

  show(component) {
    const { data, key, setTriggerValue } = component;
    this.parts.set(key, { ...data, ask: () => setTriggerValue("changed", true), place: component.parentElement });
    this.wants.delete(key);
    if (data.line) this.frame(data);
    keepTyped.bringBack();
    this.compare();
  }

  hide({ key, parentElement }) {
    if (this.parts.get(key)?.place === parentElement) this.parts.delete(key);
  }

  frame(data) {
    if (this.case !== data.case) document.getElementById("ls-news")?.replaceChildren(); // it would be read as this one's
    this.case = data.case;
    this.words = data.words;
    if (!this.port) this.connect(data.line);
    this.tellWhere();
    this.title();
    for (const one of data.news) this.tellNews(one);
  }

  // ---- the line

  connect(address) {
    if (typeof SharedWorker === "function") {
      const worker = new SharedWorker(address, { name: "lastseen-live" });
      worker.onerror = () => this.look(); // refused its script: the session may have ended meanwhile
      this.port = worker.port;
      this.port.onmessage = ({ data }) => this.hear(data);
      this.port.start();
    } else {
      this.port = new OwnLine((told) => this.hear(told));
    }
  }

  tellWhere() {
    this.port?.postMessage({ cases: [this.case ?? ""] });
  }

  hear(told) {
    if (told.lost) return this.look();
    if ("session" in told) {
      this.session ??= told.session;
      if (this.session !== told.session) location.reload(); // somebody else has signed in in this browser
      return;
    }
    this.told.set(told.case, told);
    if (told.case === this.case) document.documentElement.dataset.lastseenLive = "heard";
    this.title();
    this.compare();
  }

  async look() {
    let answer;
    try {
      answer = await fetch("/sign-in/state", { cache: "no-store" });
    } catch {
      return; // the server is away for a moment, which the page says itself
    }
    if (answer.status === 401) {
      location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    } else if (answer.status === 200) {
      this.hear({ session: (await answer.json()).session });
    }
  }

  // ---- what would look different now

  compare() {
    const told = this.told.get(this.case);
    if (!told) return;
    for (const [key, part] of this.parts) {
      if (this.isOld(part, told) && !this.wants.has(key)) this.wants.set(key, performance.now());
    }
    this.ask();
  }

  isOld(part, { marks }) {
    if (marks === null) return part.line !== undefined && part.tried !== "gone";
    return part.follows.some((name) => name in marks && marks[name] !== part.drawn[name] && marks[name] !== part.tried?.[name]);
  }

  ask() {
    clearTimeout(this.later);
    if (!this.wants.size || document.hidden) return; // nobody looks: when they come back
    const wait = this.busyMs();
    if (wait > 0) {
      this.later = setTimeout(() => this.ask(), wait);
      return;
    }
    const told = this.told.get(this.case);
    keepTyped.note();
    for (const key of this.wants.keys()) {
      const part = this.parts.get(key);
      if (!part || !told) continue;
      part.tried = told.marks ?? "gone";
      part.ask();
    }
    this.wants.clear();
  }

  // For how long the page is better left alone: a word is half typed, a list is open, a question is on the screen.
  busyMs() {
    if (document.querySelector("[data-testid='stDialog'], [data-baseweb='popover'] [role='listbox']")) return 300;
    const now = performance.now(), since = Math.min(...this.wants.values());
    if (now - since > TYPING_AT_MOST_MS) return 0;
    return Math.min(TYPING_MS - (now - this.typed), TYPING_AT_MOST_MS - (now - since) + 1);
  }

  awake() {
    this.look();
    this.compare();
  }

  // ---- the tab's title

  title() {
    const waits = this.told.get(this.case)?.waits ?? 0;
    const plain = document.title.replace(/^\(\d+\) /, "");
    const wanted = waits ? `(${waits}) ${plain}` : plain;
    if (document.title !== wanted) document.title = wanted;
  }

  // ---- news

  tellNews({ id, text, to, label }) {
    if (this.shown.has(id)) return;
    this.shown.add(id);
    const board = this.board();
    const one = document.createElement("div");
    one.className = "ls-news-one";
    const words = document.createElement("p");
    words.textContent = text;
    one.append(words);
    const foot = document.createElement("div");
    if (to && new URL(to, location).pathname !== location.pathname) {
      const go = document.createElement("a");
      go.href = to;
      go.target = "_self";
      go.textContent = label;
      foot.append(go);
    }
    const off = document.createElement("button");
    off.type = "button";
    off.textContent = this.words.dismiss;
    off.onclick = () => one.remove();
    foot.append(off);
    one.append(foot);
    board.append(one);
    while (board.children.length > MOST_NEWS) board.firstElementChild.remove();
    const leave = () => (one.matches(":hover, :focus-within") ? setTimeout(leave, NEWS_MS / 3) : one.remove());
    setTimeout(leave, NEWS_MS);
  }

  board() {
    let board = document.getElementById("ls-news");
    if (!board) {
      board = document.createElement("section");
      board.id = "ls-news";
      board.setAttribute("role", "status");
      board.setAttribute("aria-live", "polite");
      document.querySelector(".stApp").append(board); // whose colours it takes on
    }
    board.setAttribute("aria-label", this.words.news);
    return board;
  }
}

// Where a browser has no shared workers: a line of this tab's own, only while somebody looks at it.
class OwnLine {
  constructor(hear) {
    this.hear = hear;
    document.addEventListener("visibilitychange", () => this.open());
  }

  postMessage({ cases, leaves }) {
    if (leaves) return this.line?.close();
    const address = `/api/v1/events?case=${encodeURIComponent(cases[0])}`;
    if (address !== this.address) this.line?.close();
    this.address = address;
    this.open();
  }

  open() {
    if (document.hidden) return this.line?.close();
    if (this.line && this.line.readyState !== EventSource.CLOSED && this.line.url.endsWith(this.address)) return;
    this.line = new EventSource(this.address);
    this.line.addEventListener("hello", ({ data }) => this.hear(JSON.parse(data)));
    this.line.onmessage = ({ data }) => this.hear(JSON.parse(data));
    this.line.onerror = () => this.hear({ lost: true });
  }
}

// A word that is half typed is nobody's but this field's: where drawing anew made the field anew, it is put back.
const keepTyped = {
  kept: null,

  note() {
    const field = document.activeElement;
    const is_text = field?.matches?.("textarea, input[type='text'], input[type='search'], input[type='number'], input:not([type])");
    this.kept = is_text && field.value
      ? { field, where: placeOf(field), value: field.value, from: field.selectionStart, to: field.selectionEnd, until: performance.now() + 4000 }
      : null;
    if (this.kept) this.watch();
  },

  watch() {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.bringBack(), 100);
  },

  bringBack() {
    const kept = this.kept;
    if (!kept || performance.now() > kept.until) {
      clearInterval(this.timer);
      this.kept = null;
      return;
    }
    if (kept.field.isConnected) {
      kept.value = kept.field.value;
      return;
    }
    const same = [...document.querySelectorAll("textarea, input")].filter((one) => placeOf(one) === kept.where);
    if (same.length !== 1) return; // not there (yet), or not sure which: better no word than a word in a wrong place
    this.kept = null;
    const [field] = same;
    if (field.value !== kept.value) {
      const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set;
      set.call(field, kept.value);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    field.focus();
    if (kept.from !== null) field.setSelectionRange(kept.from, kept.to);
  },
};

// A field by its label and the keys of the boxes around it.
function placeOf(field) {
  const keys = [];
  for (let box = field; box; box = box.parentElement) {
    keys.push(...[...box.classList].filter((name) => name.startsWith("st-key-")));
  }
  return `${field.tagName}|${field.getAttribute("aria-label") ?? ""}|${keys.join(" ")}`;
}
