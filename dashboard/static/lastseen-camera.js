// Camera search (/camera): a picture of this device's camera every two seconds, with the place, to /api/v1/camera/frames.
// Nothing is stored here and nothing waits to be sent: a picture that cannot go now is forgotten.
import { Shown } from "./lastseen-camera-shown.js";
import { Place } from "./lastseen-camera-place.js";

const FRAMES = "/api/v1/camera/frames", END = "/api/v1/camera/end";
const EVERY_MS = 2000, FIRST_ANSWER_MS = 60_000, ANSWER_MS = 20_000, LONGEST_WAIT_MS = 30_000;
const LONGEST_SIDE_PX = 1280, JPEG_QUALITY = 0.9;
const DARK = 14; // of 255, the mean of a picture in which nothing can be seen
const UNTOUCHED_MS = 30 * 60_000;
const ENDS_HERE = new Set([400, 403, 404, 405, 409, 413, 415, 422]);

const root = document.getElementById("camera");
const words = JSON.parse(root.dataset.words);
const t = (key, values = {}) => words[key].replace(/{(\w+)}/g, (_, name) => String(values[name]));
const find = (name) => root.querySelector(`[data-part="${name}"]`);
const sleep = (ms, signal) => new Promise((done) => {
  const timer = setTimeout(done, ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
});

class Search {
  constructor() {
    this.shown = new Shown(root, t);
    this.place = new Place(t, () => this.shown.place(this.place));
    this.video = find("video");
    this.facing = "environment";
    this.running = null;
    find("go").addEventListener("click", () => (this.running ? this.stop("stopped") : this.start()));
    find("flip").addEventListener("click", () => this.flip());
    find("case").addEventListener("change", () => this.running && this.restart());
    find("typed").addEventListener("input", (event) => this.typed(event.target));
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { this.touched = performance.now(); });
    document.addEventListener("visibilitychange", () => document.hidden || this.awake());
    addEventListener("pagehide", () => this.running && this.stop("stopped"));
    find("go").disabled = false;
    const lacks = this.lacks();
    this.shown.say(lacks ?? "ready", {}, lacks ? "wrong" : "");
  }

  // Why this browser cannot search at all; null where it can.
  lacks() {
    if (!isSecureContext) return "no_https";
    if (!navigator.mediaDevices?.getUserMedia) return "no_camera_here";
    return null;
  }

  async start() {
    const lacks = this.lacks();
    if (lacks) return this.shown.say(lacks, {}, "wrong");
    const run = { id: crypto.randomUUID(), ended: new AbortController(), looked: 0, sent: 0 };
    this.running = run;
    this.touched = performance.now();
    this.shown.started();
    this.shown.say("asking");
    this.place.start();
    if (!(await this.film(run)) || run !== this.running) return;
    this.awake();
    this.loop(run);
  }

  // The picture of the camera; false, and said why, where there is none to be had.
  async film(run) {
    const video = { facingMode: { ideal: this.facing }, width: { ideal: 1280 }, height: { ideal: 720 } };
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      if (run !== this.running) {
        for (const track of stream.getTracks()) track.stop();
        return false;
      }
      this.unfilm();
      this.video.srcObject = stream;
      const [track] = stream.getVideoTracks();
      track.addEventListener("ended", () => run === this.running && this.stop("camera_gone", {}, "wrong"));
      this.shown.filming(track.getSettings().facingMode === "user");
      await this.video.play();
      return true;
    } catch (error) {
      if (run === this.running) this.stop(why(error), {}, "wrong");
      return false;
    }
  }

  unfilm() {
    for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }

  async flip() {
    this.facing = this.facing === "environment" ? "user" : "environment";
    if (this.running) {
      this.unfilm(); // some devices give the second camera only once the first is free
      await this.film(this.running);
    }
  }

  typed(field) {
    const isRead = this.place.type(field.value);
    field.setAttribute("aria-invalid", String(!isRead));
    find("typed-wrong").textContent = isRead ? "" : t("typed_wrong");
  }

  stop(key, values = {}, how = "") {
    const run = this.running;
    this.running = null;
    run?.ended.abort();
    this.unfilm();
    this.place.stop();
    this.lock?.release().catch(() => {});
    this.lock = null;
    this.shown.stopped();
    this.shown.say(key, values, how);
    if (run?.sent) this.tellEnd(run);
  }

  restart() {
    this.stop("stopped");
    this.start();
  }

  // The record says when a search ended; where this never arrives, the server notes it a minute later.
  tellEnd(run) {
    const headers = { "X-LastSeen": "1", "Frame-Search": run.id };
    fetch(END, { method: "POST", headers, keepalive: true }).catch(() => {});
  }

  // A screen that goes dark ends the search of most phones.
  async awake() {
    if (!this.running || this.lock) return;
    try {
      this.lock = await navigator.wakeLock?.request("screen");
      this.lock?.addEventListener("release", () => { this.lock = null; });
    } catch {
      this.lock = null; // not granted: the phone's own settings decide
    }
  }

  async loop(run) {
    const { signal } = run.ended;
    let failed = 0;
    while (run === this.running) {
      const began = performance.now();
      if (began - this.touched > UNTOUCHED_MS) return this.stop("untouched", {}, "wrong");
      const wait = document.hidden ? 0 : await this.turn(run, failed);
      if (run !== this.running) return;
      failed = wait ? failed + 1 : 0;
      await sleep(Math.max(wait, EVERY_MS - (performance.now() - began)), signal);
    }
  }

  // One picture there and back; how long to wait before the next one, 0 for as usual.
  async turn(run, failed) {
    const place = this.place.now();
    if (!place) {
      this.shown.say(this.place.why, {}, "wrong");
      return 0;
    }
    const taken = this.picture();
    if (!taken) return 0;
    const jpeg = await new Promise((done) => taken.canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
    if (!jpeg || run !== this.running) return 0;
    if (!run.looked && !failed) this.shown.say("first");
    run.sent += 1;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), run.looked ? ANSWER_MS : FIRST_ANSWER_MS);
    let answer;
    let told;
    try {
      const headers = about(run, place, taken.at);
      answer = await fetch(FRAMES, { method: "POST", headers, body: jpeg, signal: late.signal });
      told = await answer.json();
    } catch {
      if (run !== this.running) return 0;
      this.shown.say(late.signal.aborted ? "slow" : "offline", {}, "wrong");
      return Math.min(EVERY_MS * 2 ** Math.min(failed, 4), LONGEST_WAIT_MS);
    } finally {
      clearTimeout(timer);
    }
    if (run !== this.running) return 0;
    return this.answered(run, answer, told, taken);
  }

  answered(run, answer, told, taken) {
    if (answer.ok) {
      run.looked += 1;
      this.shown.looked(told, taken.canvas, run.looked);
      return 0;
    }
    if (answer.status === 401) {
      this.stop("signed_out", {}, "wrong");
      find("sign-in").hidden = false;
      return 0;
    }
    if (ENDS_HERE.has(answer.status)) {
      this.stop("refused", { why: told.detail ?? answer.status }, "wrong");
      return 0;
    }
    const seconds = Math.min(Math.max(Number(answer.headers.get("retry-after")) || 5, 2), LONGEST_WAIT_MS / 1000);
    this.shown.say(answer.status === 429 || answer.status === 503 ? "busy" : "broken", { n: seconds }, "wrong");
    return seconds * 1000;
  }

  // What the camera sees now; null, and said why, where that is nothing.
  picture() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const isStill = this.video.currentTime === this.shownAt;
    this.shownAt = this.video.currentTime;
    if (!width || isStill || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      this.shown.say("no_picture", {}, "wrong");
      return null;
    }
    const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    if (isDark(canvas)) {
      this.shown.say("dark", {}, "wrong");
      return null;
    }
    return { canvas, at: new Date() };
  }
}

function about(run, place, at) {
  return {
    "Content-Type": "image/jpeg",
    "X-LastSeen": "1",
    "Frame-Search": run.id,
    "Frame-Case": find("case").value,
    "Frame-Lat": place.lat.toFixed(7),
    "Frame-Lon": place.lon.toFixed(7),
    "Frame-Accuracy-M": place.accuracy_m.toFixed(1),
    "Frame-Place-From": place.from,
    "Frame-Taken-At": at.toISOString(),
  };
}

function why(error) {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "camera_refused";
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return "no_camera";
  if (error.name === "NotReadableError" || error.name === "AbortError") return "camera_taken";
  return "no_camera";
}

function isDark(canvas) {
  const small = document.createElement("canvas");
  small.width = small.height = 16;
  const brush = small.getContext("2d", { willReadFrequently: true });
  brush.drawImage(canvas, 0, 0, 16, 16);
  const { data } = brush.getImageData(0, 0, 16, 16);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += data[at] + data[at + 1] + data[at + 2];
  return sum / (3 * 256) < DARK;
}

new Search();
