// The field that takes files in, by the tus protocol: /api/uploads, see docs/uploads.md. No library.
// What is on its way lives in the window, not in the page's elements: it goes on while other pages are looked at.

const DESK = "/api/uploads";
const MIB = 1 << 20;
const SMALLEST_PIECE = MIB / 4, LARGEST_PIECE = 16 * MIB, PIECE_S = 3;
const SIDE_BY_SIDE = 2;
const SILENT_S = 45;
const WAITS_S = [1, 2, 4, 8, 15, 30];
const TRIES_OF_A_CHANGED_PIECE = 4;
const REMEMBERED = "lastseen-upload:";

// Texts come from Python in the reader's language; one that is missing stands here in English.
let texts = {};
const t = (text, values = {}) => (texts[text] ?? text).replace(/{(\w+)}/g, (_, name) => String(values[name]));

const fields = (window.lastseenUploads ??= new Map());

export default function (component) {
  const { data, parentElement } = component;
  const name = `${data.purpose}:${data.case}:${data.place}`;
  let field = fields.get(name);
  if (!field) {
    field = new Field();
    fields.set(name, field);
  }
  field.show(component);
  return () => field.hide(parentElement);
}

class Field {
  items = [];
  round = null;
  place = null;
  wokenBy = new AbortController();

  show(component) {
    this.component = component;
    this.data = component.data;
    const { round, label, hint, accept, several } = this.data;
    texts = this.data.words ?? {};
    if (this.round !== round) {
      const isFirst = this.round === null;
      this.round = round;
      this.reported = null;
      for (const item of this.items.filter((one) => one.state === "arrived")) this.drop(item);
      if (isFirst) this.bringBack();
    }
    if (this.place !== component.parentElement) {
      this.place = component.parentElement;
      this.listen(this.place);
      for (const item of this.items) item.row = null;
    }
    this.find(".label").textContent = label;
    this.find(".hint").textContent = hint;
    this.find(".choose").textContent = several ? t("Choose files") : t("Choose a file");
    this.find(".or").textContent = several ? t("or drop them here") : t("or drop it here");
    const input = this.find("input");
    input.multiple = several;
    input.accept = accept.join(",");
    this.find(".zone").setAttribute("aria-label", label);
    this.draw();
    this.report();
  }

  hide(place) {
    if (this.place === place) this.place = null;
  }

  find(what) {
    return this.place.querySelector(what);
  }

  listen(place) {
    const zone = place.querySelector(".zone"), input = place.querySelector("input");
    place.querySelector(".choose").onclick = () => input.click();
    input.onchange = () => {
      this.take([...input.files]);
      input.value = "";  // so that the same file can be chosen again
    };
    const over = (is) => (event) => {
      event.preventDefault();
      zone.classList.toggle("over", is);
    };
    zone.ondragenter = zone.ondragover = over(true);
    zone.ondragleave = over(false);
    zone.ondrop = (event) => {
      over(false)(event);
      this.take(dropped(event.dataTransfer));
    };
  }

  take(files) {
    const chosen = this.data.several ? files : files.slice(0, 1);
    if (!this.data.several) for (const item of [...this.items]) this.remove(item, { report: false });
    for (const file of chosen) this.add(file);
    this.report();
    this.pump();
  }

  add(file) {
    const id = fingerprint(this.data, file);
    const known = this.items.find((item) => item.id === id);
    if (known) {
      known.file = file;
      if (["unfinished", "failed"].includes(known.state)) known.state = "waiting";
      return;
    }
    const item = { id, file, name: file.name, size: file.size, offset: 0, state: "waiting", said: "", piece: MIB };
    item.url = remembered(id)?.url ?? null;
    const why = this.unfit(file);
    if (why) Object.assign(item, { state: "failed", said: why, isHopeless: true });
    this.items.push(item);
    this.draw();
  }

  unfit(file) {
    const { accept, limit } = this.data;
    const name = file.name.toLowerCase();
    if (file.isFolder) return t("This is a folder; choose the files in it.");
    if (accept.length && !accept.some((ending) => name.endsWith(ending))) return t("Not taken here; it takes {kinds}.", { kinds: accept.join(", ") });
    if (file.size === 0) return t("The file is empty.");
    if (file.size > limit) return t("Too large: it has {size}, and at most {most} are taken.", { size: bytes(file.size), most: bytes(limit) });
    return "";
  }

  // what was on its way when the page was closed or loaded anew
  async bringBack() {
    for (const { id, url, name, size } of rememberedOf(this.data)) {
      const item = { id, file: null, name, size, offset: 0, state: "unfinished", said: "", piece: MIB, url };
      try {
        const answer = await call(item, "HEAD", url);
        if (answer.status !== 200) forget(id);
        else if (!this.items.some((one) => one.id === id)) {
          item.offset = Number(answer.header("Upload-Offset"));
          if (item.offset === size) item.state = "arrived";
          if (item.state === "arrived" && !this.data.keeps) forget(id);
          else this.items.push(item);
        }
      } catch {
        // the server does not answer now; the file is known again when it is chosen
      }
    }
    this.draw();
    this.report();
  }

  pump() {
    const under = this.items.filter((item) => item.isUnderWay).length;
    for (const item of this.items.filter((one) => one.state === "waiting").slice(0, Math.max(0, SIDE_BY_SIDE - under))) this.send(item);
    this.draw();
  }

  async send(item) {
    Object.assign(item, { isUnderWay: true, state: "sending", said: "", seen: [], changed: 0 });
    let waits = 0;
    while (item.state === "sending" || item.state === "retrying") {
      try {
        item.state = "sending";
        await this.goOn(item, () => { waits = 0; });
        if (item.state === "sending") this.arrived(item);
      } catch (problem) {
        if (!["sending", "retrying"].includes(item.state)) break;
        if (problem.isFinal) Object.assign(item, { state: "failed", said: problem.message });
        else await this.wait(item, problem, WAITS_S[Math.min(waits++, WAITS_S.length - 1)]);
      }
    }
    item.isUnderWay = false;
    this.pump();
  }

  async goOn(item, gotOn) {
    if (item.url) await this.ask(item);
    if (!item.url) await this.begin(item);
    while (item.offset < item.size && item.state === "sending") {
      await this.piece(item);
      gotOn();
    }
  }

  async begin(item) {
    const told = { filename: item.name, purpose: this.data.purpose, case: this.data.case, by: this.data.by };
    const metadata = Object.entries(told).filter(([, value]) => value).map(([key, value]) => `${key} ${base64(value)}`);
    const headers = { "Upload-Length": String(item.size), "Upload-Metadata": metadata.join(",") };
    const answer = await call(item, "POST", DESK, { headers });
    if (answer.status !== 201) throw problemOf(answer);
    item.url = answer.header("Location");
    item.offset = 0;
    remember(item);
  }

  async ask(item) {
    const answer = await call(item, "HEAD", item.url);
    if (answer.status === 404 || answer.status === 410) {
      item.url = null;
      item.offset = 0;
      forget(item.id);
    } else if (answer.status === 200) {
      item.offset = Number(answer.header("Upload-Offset"));
      this.draw();
    } else throw problemOf(answer);
  }

  async piece(item) {
    const from = item.offset;
    const body = item.file.slice(from, Math.min(item.size, from + item.piece));
    const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(from) };
    const sum = await checksum(body);
    if (sum) headers["Upload-Checksum"] = sum;
    const began = performance.now();
    const onprogress = (event) => {
      item.offset = from + event.loaded;
      this.draw();
    };
    let answer;
    try {
      answer = await call(item, "PATCH", item.url, { headers, body, onprogress });
    } finally {
      item.offset = from;  // until the server says that it has more on its disk
    }
    if (answer.status === 460 && ++item.changed < TRIES_OF_A_CHANGED_PIECE) throw new Problem(t("The piece arrived changed"), false);
    if (answer.status !== 204) throw problemOf(answer);
    item.offset = Number(answer.header("Upload-Offset"));
    item.changed = 0;
    const took_s = Math.max(0.01, (performance.now() - began) / 1000);
    item.piece = Math.round(Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, ((item.offset - from) / took_s) * PIECE_S)));
    this.draw();
  }

  async wait(item, problem, seconds) {
    item.state = "retrying";
    item.said = t("{why}. Trying again in {seconds} s; nothing that arrived is lost.", { why: problem.message, seconds });
    this.draw();
    await new Promise((resolve) => {
      item.wake = resolve;
      addEventListener("online", resolve, { once: true });
      setTimeout(resolve, seconds * 1000);
    });
  }

  arrived(item) {
    item.state = "arrived";
    item.said = "";
    this.say(t("{name} has arrived.", { name: item.name }));
    this.report();
    if (!this.data.keeps) this.drop(item);
  }

  pause(item) {
    item.state = "paused";
    item.request?.abort();
    item.wake?.();
    this.draw();
  }

  resume(item) {
    item.state = "waiting";
    if (item.isUnderWay) setTimeout(() => this.pump(), 300);
    else this.pump();
  }

  remove(item, { report = true } = {}) {
    item.state = "removed";
    item.request?.abort();
    item.wake?.();
    if (item.url) call({}, "DELETE", item.url).catch(() => {});
    this.drop(item);
    if (report) this.report();
    this.pump();
  }

  drop(item) {
    forget(item.id);
    this.gone = [...(this.gone ?? []), ...(item.state === "arrived" ? [idOf(item)] : [])];
    this.items = this.items.filter((one) => one !== item);
    item.row?.remove();
  }

  // tell the page which files are here; it draws itself anew only when that has changed
  report() {
    const kept = this.items.filter((item) => item.state === "arrived").map(idOf);
    const done = this.data.keeps ? kept : (this.gone ?? []).concat(kept);
    if (!this.place || done.join() === (this.data.done ?? []).join() || done.join() === this.reported) return;
    this.reported = done.join();
    this.component.setStateValue("done", done);
  }

  say(words) {
    if (this.place) this.find(".said").textContent = words;
  }

  draw() {
    if (!this.place) return;
    const list = this.find(".files");
    for (const item of this.items) {
      item.row ??= this.row(item);
      if (item.row.parentElement !== list) list.append(item.row);
      this.drawRow(item);
    }
    for (const row of [...list.children]) if (!this.items.some((item) => item.row === row)) row.remove();
  }

  row(item) {
    const row = element("li", "file");
    const bar = element("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", t("How much of {name} has arrived", { name: item.name }));
    const button = (kind, words, act) => {
      const made = element("button", kind);
      made.type = "button";
      made.textContent = words;
      made.setAttribute("aria-label", `${words} ${item.name}`);
      made.onclick = act;
      return made;
    };
    const buttons = element("span", "buttons");
    buttons.append(
      button("pause", t("Pause"), () => this.pause(item)),
      button("resume", t("Resume"), () => this.resume(item)),
      button("retry", t("Retry"), () => this.resume(item)),
      button("remove", t("Remove"), () => this.remove(item)),
    );
    row.append(element("span", "name", item.name), element("span", "state"), bar, buttons);
    return row;
  }

  drawRow(item) {
    const row = item.row;
    const shows = (what, is) => { row.querySelector(what).hidden = !is; };
    row.dataset.state = item.state;
    const words = this.words(item);
    const state = row.querySelector(".state");
    if (state.textContent !== words) state.textContent = words;
    row.querySelector("progress").value = item.size ? item.offset / item.size : 0;
    shows("progress", !["arrived", "failed"].includes(item.state));
    shows(".pause", ["sending", "retrying", "waiting"].includes(item.state));
    shows(".resume", item.state === "paused");
    shows(".retry", item.state === "failed" && !item.isHopeless && item.file !== null);
  }

  words(item) {
    const size = bytes(item.size), share = t("{part} of {size}", { part: bytes(item.offset), size });
    switch (item.state) {
      case "waiting": return t("{size} · waits for its turn", { size });
      case "sending":
        return item.offset >= item.size ? t("{size} · all sent, being checked", { size }) : `${share}${this.speed(item)}`;
      case "paused": return t("{share} · paused", { share });
      case "retrying": return item.said;
      case "unfinished": return t("{share} is here. Choose the same file again to go on.", { share });
      case "arrived": return t("{size} · arrived", { size });
      default: return item.said;
    }
  }

  speed(item) {
    const now = performance.now() / 1000;
    item.seen = [...(item.seen ?? []), [now, item.offset]].filter(([at]) => now - at < 6);
    const [since, before] = item.seen[0];
    const rate = (item.offset - before) / (now - since);
    if (!(now - since > 0.8 && rate > 0)) return "";
    return t(" · {rate}/s · {span} left", { rate: bytes(rate), span: duration((item.size - item.offset) / rate) });
  }
}

class Problem extends Error {
  constructor(message, isFinal) {
    super(message);
    this.isFinal = isFinal;
  }
}

function detailOf(text) {
  try {
    return String(JSON.parse(text).detail || "");
  } catch {
    return ""; // not from our server, but from something before it
  }
}

function problemOf(answer) {
  const mends = [404, 408, 409, 410, 423, 429].includes(answer.status) || (answer.status >= 500 && answer.status !== 507);
  const told = detailOf(answer.text);
  const words = told.length && told.length < 400 ? told : t("the server answered with code {code}", { code: answer.status });
  return new Problem(mends && answer.status >= 500 ? t("The server is not ready") : words, !mends);
}

function call(item, method, url, { headers = {}, body = null, onprogress = null } = {}) {
  return new Promise((resolve, reject) => {
    const request = (item.request = new XMLHttpRequest());
    request.open(method, url);
    for (const [name, value] of Object.entries({ "Tus-Resumable": "1.0.0", ...headers })) request.setRequestHeader(name, value);
    request.onload = () => resolve({ status: request.status, text: request.responseText, header: (name) => request.getResponseHeader(name) });
    request.onerror = () => reject(new Problem(t("The connection is lost"), false));
    request.onabort = () => reject(new Problem(t("Nothing has come through for a while"), false));
    // a line can be dead without saying so
    let watch;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), SILENT_S * 1000);
    };
    request.onloadend = () => clearTimeout(watch);
    request.upload.onprogress = (event) => {
      alive();
      onprogress?.(event);
    };
    alive();
    request.send(body);
  });
}

async function checksum(blob) {
  let content;
  try {
    content = await blob.arrayBuffer();
  } catch {
    throw new Problem(t("The file cannot be read any more; remove it here and choose it again."), true);
  }
  if (!window.crypto?.subtle) return null;  // over plain http from another machine
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return `sha256 ${btoa(String.fromCharCode(...digest))}`;
}

function dropped(transfer) {
  const folders = [...transfer.items].map((item) => item.webkitGetAsEntry?.()?.isDirectory ?? false);
  return [...transfer.files].map((file, at) => Object.assign(file, { isFolder: folders[at] }));
}

const idOf = (item) => item.url.split("/").pop();
const prefix = (data) => `${REMEMBERED}${data.purpose}:${data.case}:`;
const fingerprint = (data, file) => `${prefix(data)}${file.size}:${file.lastModified}:${file.name}`;

function remember({ id, url, name, size }) {
  try {
    localStorage.setItem(id, JSON.stringify({ id, url, name, size }));
  } catch {
    // a browser that keeps nothing: the upload goes on, but not after a reload
  }
}

function remembered(id) {
  try {
    return JSON.parse(localStorage.getItem(id));
  } catch {
    return null;
  }
}

function rememberedOf(data) {
  try {
    return Object.keys(localStorage).filter((id) => id.startsWith(prefix(data))).map(remembered).filter(Boolean);
  } catch {
    return [];
  }
}

function forget(id) {
  try {
    localStorage.removeItem(id);
  } catch {
    // nothing was kept
  }
}

function element(kind, className = "", words = "") {
  const made = document.createElement(kind);
  made.className = className;
  made.textContent = words;
  return made;
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function bytes(number) {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (number >= size) return `${(number / size).toFixed(number < 100 * size ? 1 : 0)} ${unit}`;
  }
  return t("{n} bytes", { n: Math.round(number) });
}

function duration(seconds) {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
