// What is seen, heard and felt of a camera search. Every text is text: textContent alone.
const MOST_SHOWN = 20;
const CROP_PX = 192, MARGIN = 0.35;
const CHOICES = "lastseen-camera";
const CHIP_PX = 64, BLURRED = 12; // variance of the Laplacian, as recognition/quality.py has it

export class Shown {
  constructor(root, t) {
    this.root = root;
    this.t = t;
    this.items = new Map();
    this.kind = "";
    for (const name of ["sound", "vibration"]) this.remembered(name);
  }

  find(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  remembered(name) {
    const box = this.find(name);
    try {
      const kept = JSON.parse(localStorage.getItem(CHOICES) ?? "{}");
      if (name in kept) box.checked = kept[name];
    } catch {
      // a browser without a store of its own begins with what the page has
    }
    box.addEventListener("change", () => {
      const chosen = Object.fromEntries(["sound", "vibration"].map((one) => [one, this.find(one).checked]));
      try {
        localStorage.setItem(CHOICES, JSON.stringify(chosen));
      } catch {
        // then it counts for this page alone
      }
      if (box.checked) this.alarm();
    });
  }

  // A line on how it stands; read aloud when it says something of another kind than before.
  say(key, values = {}, how = "") {
    const line = this.find("status");
    const text = this.t(key, values);
    line.textContent = text;
    line.dataset.how = how;
    if (this.kind !== key) this.find("told").textContent = text;
    this.kind = key;
  }

  started() {
    this.root.dataset.state = "on";
    this.find("go").textContent = this.t("stop");
    this.find("sign-in").hidden = true;
    if (!this.sounds && window.AudioContext) this.sounds = new AudioContext(); // only a touch may make one
  }

  stopped() {
    this.root.dataset.state = "off";
    this.find("go").textContent = this.t("start");
    this.boxes([], 1, 1);
  }

  filming(isMirror) {
    this.root.dataset.mirror = isMirror ? "yes" : "no";
  }

  place(place) {
    const known = place.byHand ?? place.known;
    const where = known && inOrder(`${known.lat.toFixed(5)}, ${known.lon.toFixed(5)}`);
    const key = known?.from === "typed" ? "place_typed" : "place_is";
    this.find("place").textContent = known ? this.t(key, { where, n: Math.round(known.accuracy_m) }) : this.t(place.why);
  }

  // What the server found in one picture.
  looked(told, canvas, number) {
    const line = this.find("status");
    const kind = told.candidates.length ? "candidates" : told.faces.length ? "faces" : "nobody";
    const isBlurred = kind === "faces" && told.faces.every((face) => sharpness(canvas, face.box_px) < BLURRED);
    const said = isBlurred ? this.t("blurred") : told.said;
    line.textContent = said;
    line.dataset.how = isBlurred ? "wrong" : kind;
    if (this.kind !== kind && kind !== "candidates") this.find("told").textContent = said;
    this.kind = kind;
    this.find("count").textContent = this.t("looked_at", { n: number });
    this.find("clock").textContent = told.clock_said;
    this.find("left-out").textContent = told.not_searched_said;
    this.boxes(told.faces, told.width_px, told.height_px, told.candidates);
    const fresh = told.candidates.filter((one) => one.is_new && !one.is_set_aside);
    for (const one of [...told.candidates].reverse()) this.candidate(one, canvas);
    if (fresh.length) {
      this.alarm();
      this.find("alarm").textContent = fresh.map((one) => `${one.title}. ${one.said}`).join(" ");
    }
  }

  boxes(faces, width, height, candidates = []) {
    const canvas = this.find("boxes");
    canvas.width = width;
    canvas.height = height;
    const brush = canvas.getContext("2d");
    const hits = new Set(candidates.map((one) => one.face));
    faces.forEach((face, number) => {
      const [x1, y1, x2, y2] = face.box_px;
      const isHit = hits.has(number);
      brush.lineWidth = Math.max(width, height) / (isHit ? 120 : 240);
      brush.strokeStyle = "#000000";
      brush.strokeRect(x1, y1, x2 - x1, y2 - y1);
      brush.lineWidth /= 2;
      brush.strokeStyle = isHit ? "#ffe100" : "#ffffff";
      brush.strokeRect(x1, y1, x2 - x1, y2 - y1);
    });
  }

  candidate(told, canvas) {
    const known = this.items.get(told.match);
    if (known) {
      known.querySelector(".again").textContent = told.seen_said;
      return;
    }
    const item = document.createElement("li");
    item.dataset.strength = told.is_strong ? "strong" : "weak";
    const pictures = element("div", "pictures");
    pictures.append(picture(crop(canvas, told.box_px), this.t("seen_picture")));
    if (told.reference_jpeg) {
      pictures.append(picture(`data:image/jpeg;base64,${told.reference_jpeg}`, this.t("photo_picture")));
    }
    const link = element("a", "", this.t("review"));
    link.href = told.review;
    link.target = "_blank";
    const texts = [element("h3", "", told.title), element("p", "", told.said), element("p", "again", told.seen_said), link];
    const words = element("div", "words");
    words.append(...texts);
    item.append(pictures, words);
    this.items.set(told.match, item);
    this.find("found").prepend(item);
    this.find("none").hidden = true;
    if (this.items.size > MOST_SHOWN) this.forgetOldest();
  }

  forgetOldest() {
    const [id, item] = this.items.entries().next().value;
    this.items.delete(id);
    item.remove();
  }

  alarm() {
    if (this.find("vibration").checked) navigator.vibrate?.([250, 120, 250]);
    if (!this.find("sound").checked || !this.sounds) return;
    this.sounds.resume();
    const tone = this.sounds.createOscillator();
    const loudness = this.sounds.createGain();
    loudness.gain.value = 0.25;
    tone.frequency.value = 880;
    tone.connect(loudness).connect(this.sounds.destination);
    tone.start();
    tone.stop(this.sounds.currentTime + 0.25);
  }
}

// Numbers keep their order in a text that is read from right to left.
function inOrder(text) {
  return document.documentElement.dir === "rtl" ? `\u2066${text}\u2069` : text;
}

function element(name, kind, text = "") {
  const made = document.createElement(name);
  made.className = kind;
  made.textContent = text;
  return made;
}

function picture(source, alternative) {
  const made = element("img", "");
  made.src = source;
  made.alt = alternative;
  return made;
}

// A face with some of what is around it, out of the picture that is about to be forgotten.
function crop(canvas, [x1, y1, x2, y2]) {
  const side = Math.max(x2 - x1, y2 - y1) * (1 + 2 * MARGIN);
  const small = document.createElement("canvas");
  small.width = small.height = CROP_PX;
  const [left, top] = [(x1 + x2 - side) / 2, (y1 + y2 - side) / 2];
  small.getContext("2d").drawImage(canvas, left, top, side, side, 0, 0, CROP_PX, CROP_PX);
  return small.toDataURL("image/jpeg", 0.85);
}

// How sharp a face is: below BLURRED it was moved, or out of focus.
function sharpness(canvas, [x1, y1, x2, y2]) {
  const chip = document.createElement("canvas");
  chip.width = chip.height = CHIP_PX;
  const brush = chip.getContext("2d", { willReadFrequently: true });
  brush.drawImage(canvas, x1, y1, x2 - x1, y2 - y1, 0, 0, CHIP_PX, CHIP_PX);
  const { data } = brush.getImageData(0, 0, CHIP_PX, CHIP_PX);
  const grey = (x, y) => {
    const at = 4 * (y * CHIP_PX + x);
    return 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  };
  let [sum, squares, count] = [0, 0, 0];
  for (let y = 1; y < CHIP_PX - 1; y += 1) {
    for (let x = 1; x < CHIP_PX - 1; x += 1) {
      const bend = grey(x - 1, y) + grey(x + 1, y) + grey(x, y - 1) + grey(x, y + 1) - 4 * grey(x, y);
      sum += bend;
      squares += bend * bend;
      count += 1;
    }
  }
  return squares / count - (sum / count) ** 2;
}
