// The keyboard of the review page: one key, one button of the page. Nothing fires while somebody types, and never twice
// for one candidate: after a verdict the keys rest until the page has drawn what comes next. Keys can be switched off.

const OFF = "lastseen-review-keys-off";
const REST_MS = 4000;
const TYPED = new Set(["button", "checkbox", "radio", "submit", "reset", "file", "image"]);
const KEYS = {
  j: "next", arrowright: "next", k: "previous", arrowleft: "previous", y: "confirm", n: "reject", u: "unsure",
  z: "zoom", p: "play", b: "undo", m: "note", "?": "help",
};
const VERDICTS = new Set(["confirm", "reject", "unsure", "undo"]);
const MOVES = new Set(["next", "previous"]);
const TYPING_MS = 2000;
let board = null;
let resting = { match: "", said: "", until: 0 }; // outlives a board: the page may be drawn once more before it has heard
let typingUntil = 0; // somebody types, and believes to be in a field: their words are no commands

export default function (component) {
  board?.leave();
  board = new Keys(component);
  return board.leave;
}

class Keys {
  constructor(component) {
    this.data = component.data;
    this.words = component.data.words;
    this.root = component.parentElement;
    this.byHand = new AbortController();
    this.leave = () => this.byHand.abort();
    const { signal } = this.byHand;
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
    this.find(".zoom-it").textContent = this.words.zoom;
    this.find(".zoom-it").title = `${this.words.zoom} (Z)`;
    this.find(".zoom-it").addEventListener("click", () => this.zoom(), { signal });
    this.find(".keys-it").textContent = this.words.keys;
    this.find(".keys-it").addEventListener("click", () => this.help(), { signal });
    this.find("dialog").addEventListener("click", (event) => event.target.tagName !== "IMG" && this.close(), { signal });
    this.drawHelp(signal);
    this.find(".lastseen-keys").dataset.match = this.data.match; // for which candidate the keys are ready
    const said = this.find(".said");
    if (said.textContent !== this.data.said) said.textContent = this.data.said;
    for (const [what, key] of Object.entries(this.data.buttons)) {
      const shortcut = Object.keys(KEYS).find((name) => KEYS[name] === what);
      this.button(key)?.setAttribute("aria-keyshortcuts", shortcut.toUpperCase());
    }
    if (this.find("dialog").open) this.fill();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  button(key) {
    return key ? document.querySelector(`.st-key-${key.replace(/[^a-zA-Z0-9_-]/g, "-")} button`) : null;
  }

  get isOff() {
    try {
      return localStorage.getItem(OFF) === "1";
    } catch {
      return false;
    }
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    if (event.key === "Escape" && isTyping(target)) return target.blur();
    const what = KEYS[this.mirrored(event.key.toLowerCase())];
    if (event.repeat || this.isOff || isTyping(target)) return;
    if (event.key.length === 1 && (!what || Date.now() < typingUntil)) typingUntil = Date.now() + TYPING_MS;
    if (!what || Date.now() < typingUntil || isElsewhere(target, event.key)) return;
    if ((VERDICTS.has(what) || MOVES.has(what)) && this.rests) return;
    if (this.act(what)) event.preventDefault();
  }

  // what was pressed for this candidate is still on its way
  get rests() {
    const { match, said } = this.data;
    return match === resting.match && said === resting.said && Date.now() < resting.until;
  }

  // what reads from right to left goes on to the left
  mirrored(key) {
    if (getComputedStyle(this.root).direction !== "rtl") return key;
    return { arrowleft: "arrowright", arrowright: "arrowleft" }[key] ?? key;
  }

  act(what) {
    if (what === "zoom") return this.zoom();
    if (what === "help") return this.help();
    if (what === "play") return this.play();
    if (what === "note") return this.note();
    const button = this.button(this.data.buttons[what]);
    if (!button || button.disabled) return false;
    resting = { match: this.data.match, said: this.data.said, until: Date.now() + REST_MS }; // or until the page answers
    button.click();
    return true;
  }

  play() {
    const film = document.querySelector(".st-key-moment video");
    if (!film) return false;
    this.close();
    film.scrollIntoView({ block: "nearest" });
    if (film.paused) film.play().catch(() => film.focus());
    else film.pause();
    return true;
  }

  note() {
    const field = document.querySelector(".st-key-verdict_part input[type=text]");
    if (field) field.focus();
    else typingUntil = Date.now() + REST_MS; // it is not drawn yet, and what follows is meant for it
    return true;
  }

  help() {
    const help = this.find(".help");
    help.hidden = !help.hidden;
    this.find(".keys-it").setAttribute("aria-expanded", String(!help.hidden));
    return true;
  }

  drawHelp(signal) {
    const list = document.createElement("dl");
    for (const [keys, words] of this.data.help) {
      const term = document.createElement("dt");
      keys.forEach((key) => {
        const cap = document.createElement("kbd");
        cap.textContent = key;
        term.append(cap, " ");
      });
      const told = document.createElement("dd");
      told.textContent = words;
      list.append(term, told);
    }
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !this.isOff;
    box.addEventListener("change", () => {
      try {
        if (box.checked) localStorage.removeItem(OFF);
        else localStorage.setItem(OFF, "1");
      } catch {
        box.checked = true; // this browser keeps nothing
      }
    }, { signal });
    label.append(box, ` ${this.words.use}`);
    this.find(".help").replaceChildren(list, label);
  }

  // first the two faces, then the other shots, then the whole picture, then the page again
  zoom() {
    const dialog = this.find("dialog");
    const views = this.views();
    if (!views.length) return false;
    const next = dialog.open ? Number(dialog.dataset.view) + 1 : 0;
    if (next >= views.length) return this.close();
    dialog.dataset.view = String(next);
    this.fill();
    if (!dialog.open) dialog.showModal();
    return true;
  }

  views() {
    const pictures = (selector, most = 1) => [...document.querySelectorAll(selector)].slice(0, most);
    const faces = [...pictures(".st-key-face_reference img"), ...pictures(".st-key-face_candidate img")];
    return [faces, pictures(".st-key-shots img", 12), pictures(".st-key-frame img")].filter((view) => view.length);
  }

  fill() {
    const dialog = this.find("dialog");
    const views = this.views();
    const view = views[Math.min(Number(dialog.dataset.view), views.length - 1)];
    if (!view) return this.close();
    const copies = view.map((picture) => {
      const copy = document.createElement("img");
      copy.src = picture.src;
      copy.alt = picture.alt;
      return copy;
    });
    dialog.querySelector(".pictures").replaceChildren(...copies);
    dialog.querySelector(".pictures").dataset.count = String(copies.length);
    dialog.querySelector(".told").textContent = this.data.told;
    dialog.setAttribute("aria-label", this.words.zoom);
    return true;
  }

  close() {
    this.find("dialog").close();
    return true;
  }
}

function isTyping(target) {
  if (!(target instanceof Element)) return false;
  if (target.isContentEditable || target.matches("textarea, select, [role=textbox], [role=combobox], [role=searchbox]"))
    return true;
  return target.tagName === "INPUT" && !TYPED.has(target.type);
}

// arrows belong to what has the focus and is moved by them; a page's own dialog has its own keys
function isElsewhere(target, key) {
  if (document.querySelector("[role=dialog]:not(dialog)")) return true;
  if (!key.startsWith("Arrow") || !(target instanceof Element)) return false;
  return Boolean(target.closest("[role=radiogroup], [role=slider], [role=tablist], [role=listbox], [role=menu], video, iframe"))
    || (target.tagName === "INPUT");
}
