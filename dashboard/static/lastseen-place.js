// Where a camera stands and which way it looks, picked on a map: click or drag, or by the keys; no library but Leaflet.
// Words arrive from the page and are set as text. Tells the page {lat, lon, headings, n} when a hand lets go.

const ARM_PX = 58;
const UNKNOWN_RANGE_M = 40, UNKNOWN_WIDTH_DEG = 60;
const M_PER_DEG = 111195;
const loading = new Map();
const pickers = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  let picker = pickers.get(root);
  if (!picker) pickers.set(root, picker = new Picker(root));
  picker.show(component);
  return () => picker.leaveIfGone();
}

function script(address) {
  if (!loading.has(address)) {
    loading.set(address, new Promise((loaded, failed) => {
      const element = document.createElement("script");
      element.src = address;
      element.onload = loaded;
      element.onerror = () => failed(new Error(address.split("?")[0]));
      document.head.append(element);
    }));
  }
  return loading.get(address);
}

function style(root, address) {
  return new Promise((loaded, failed) => {
    const element = document.createElement("link");
    element.rel = "stylesheet";
    element.href = address;
    element.onload = loaded;
    element.onerror = () => failed(new Error(address.split("?")[0]));
    root.append(element);
  });
}

class Picker {
  told = 0;
  mode = "place";
  active = 0;
  headings = [];
  place = null;

  constructor(root) {
    this.root = root;
    this.box = root.querySelector(".map");
  }

  show(component) {
    this.component = component;
    this.data = component.data;
    this.words = component.data.words;
    if (!this.ready) this.ready = this.begin();
    this.ready.then(() => this.update()).catch((error) => this.fail(error));
  }

  fail(error) {
    this.root.querySelector(".said").textContent = `${this.words.failed} ${error.message}`;
  }

  leaveIfGone() {
    setTimeout(() => {
      if (this.box.isConnected || !this.map) return;
      this.resized.disconnect();
      this.map.remove();
      this.map = null;
      pickers.delete(this.root);
    }, 500);
  }

  async begin() {
    const { scripts, styles } = this.data;
    await Promise.all(styles.map((address) => style(this.root, address)));
    for (const address of scripts) await script(address);
    const map = this.map = L.map(this.box, { minZoom: 2, maxZoom: 22, zoomSnap: 0.5, worldCopyJump: true });
    map.attributionControl.setPrefix(false);
    this.box.classList.add("ls-map");
    this.box.setAttribute("role", "application");
    this.box.setAttribute("aria-label", this.words.map);
    this.night();
    map.createPane("others").style.zIndex = 390;
    this.dots = L.canvas({ pane: "others", padding: 0.2 });
    this.others = L.layerGroup().addTo(map);
    this.sectors = L.layerGroup().addTo(map);
    this.hands = L.layerGroup().addTo(map);
    this.points = L.layerGroup().addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    map.setView([20, 0], 2);
    if (this.data.ground) await LastSeenGround.begin(map, this.data.ground);
    map.on("click", (event) => this.clicked(event.latlng));
    map.on("zoomend", () => this.draw());
    map.on("moveend", () => this.ask());
    this.resized = new ResizeObserver(() => map.invalidateSize({ pan: false }));
    this.resized.observe(this.box);
    this.buttons();
  }

  night() {
    const ground = getComputedStyle(this.box).getPropertyValue("--st-background-color").trim();
    const parts = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(ground);
    const dark = parts !== null && parts.slice(1).reduce((sum, part) => sum + parseInt(part, 16), 0) < 384;
    this.box.classList.toggle("ls-night", dark);
  }

  buttons() {
    this.root.querySelector(".tools").hidden = !this.data.editable || this.data.turns === false;
    for (const name of ["place", "heading"]) {
      this.button(name).onclick = () => this.choose(name);
    }
    this.button("another").onclick = () => {
      this.headings.push(((this.headings[this.active] || 0) + 90) % 360);
      this.active = this.headings.length - 1;
      this.choose("heading");
      this.tell();
    };
    this.button("none").onclick = () => {
      this.headings = [];
      this.active = 0;
      this.choose("heading");
      this.tell();
    };
    this.choose(this.data.lat === null ? "place" : "heading");
  }

  button(name) {
    const button = this.root.querySelector(`[data-do=${name}]`);
    button.textContent = this.words[name];
    return button;
  }

  choose(mode) {
    this.mode = mode;
    for (const name of ["place", "heading"]) this.button(name).setAttribute("aria-pressed", String(name === mode));
    this.draw();
  }

  // ---- what the page says

  update() {
    if (!this.map) return;
    this.night();
    const { lat, lon, headings, n, points } = this.data;
    if (n < this.told || this.busy) return;  // the page has not yet heard of what was done here last
    const was = this.place;
    this.place = lat === null || lon === null ? null : L.latLng(lat, lon);
    this.headings = [...headings];
    this.active = Math.max(0, Math.min(this.active, this.headings.length - 1));
    const key = JSON.stringify([this.data.of, points.length, points[0] || null]);
    if (key !== this.looked) {
      this.looked = key;
      this.look();
    } else if (this.place && (!was || !this.map.getBounds().contains(this.place))) {
      this.map.panTo(this.place);
    }
    this.draw();
    this.drawPoints(points);
  }

  look() {
    const { points, near } = this.data;
    const go = { animate: false };
    const sound = points.filter(([, , odd]) => !odd), shown = sound.length ? sound : points;
    if (shown.length) this.map.fitBounds(L.latLngBounds(shown.map(([lat, lon]) => [lat, lon])), { maxZoom: 16, padding: [24, 24], ...go });
    else if (this.place) this.map.setView(this.place, 18, go);
    else if (near) this.map.setView(near, 15, go);
  }

  drawPoints(points) {
    this.points.clearLayers();
    for (const [lat, lon, odd] of points) {
      L.circleMarker([lat, lon], {
        renderer: this.dots, interactive: false, radius: odd ? 7 : 5, weight: odd ? 3 : 1.5, color: odd ? "#b42318" : "#ffffff",
        fillColor: odd ? "#ffffff" : "#1d4ed8", fillOpacity: 0.9,
      }).addTo(this.points);
    }
  }

  // ---- what is picked here

  clicked(at) {
    if (!this.data.editable) return;
    if (this.mode === "place" || !this.place) {
      this.place = at.wrap();
      this.choose("heading");
    } else {
      this.turn(this.headings.length ? this.active : 0, at);
    }
    this.tell();
  }

  turn(number, at) {
    const from = this.map.latLngToLayerPoint(this.place), to = this.map.latLngToLayerPoint(at);
    if (from.distanceTo(to) < 3) return;
    this.headings[number] = Math.round((Math.atan2(to.x - from.x, from.y - to.y) * 180) / Math.PI + 360) % 360;
  }

  tell() {
    this.busy = false;
    this.draw();
    this.say();
    this.told = Math.max(this.told, this.data.n) + 1;
    const place = this.place ? { lat: Number(this.place.lat.toFixed(6)), lon: Number(this.place.lng.toFixed(6)) } : { lat: null, lon: null };
    this.component.setStateValue("picked", { ...place, headings: this.headings, n: this.told, of: this.data.of });
  }

  say() {
    const looks = this.headings.length ? `\u2066${this.headings.map((heading) => `${Math.round(heading)}°`).join(", ")}\u2069` : this.words.unknown;
    const where = this.place ? `\u2066${this.place.lat.toFixed(5)}, ${this.place.lng.toFixed(5)}\u2069` : "";
    this.root.querySelector(".said").textContent = !where ? "" : this.data.turns === false ? where : `${where} · ${this.words.looks} ${looks}`;
  }

  // ---- drawing

  draw() {
    if (!this.hands) return;
    const focused = this.root.getRootNode().activeElement?.dataset.hand;
    this.sectors.clearLayers();
    this.hands.clearLayers();
    const hint = !this.data.editable ? "" : !this.place ? this.words.click_place : this.mode === "place" ? this.words.move_place : this.words.click_heading;
    this.root.querySelector(".hint").textContent = hint;
    if (!this.place) return;
    this.say();
    this.drawSectors();
    this.hand(this.place, "camera", this.words.camera, (marker) => {
      marker.on("drag", () => { this.place = marker.getLatLng(); this.drawSectors(); });
      marker.on("dragend", () => { this.place = marker.getLatLng().wrap(); this.tell(); });
    }, (key) => this.nudge(key));
    if (this.data.editable) this.headings.forEach((heading, number) => this.arm(heading, number));
    if (focused) this.root.querySelector(`[data-hand="${focused}"]`)?.focus();
  }

  drawSectors() {
    this.sectors.clearLayers();
    const { fov, range } = this.data;
    for (const [number, heading] of this.headings.entries()) {
      const classes = `ls-sector${number === this.active && this.data.editable ? " ls-sector-selected" : ""}`;
      const dashed = range ? {} : { dashArray: "4 5" };
      L.polygon(this.sector(heading, fov || UNKNOWN_WIDTH_DEG, range || UNKNOWN_RANGE_M), { interactive: false, className: classes, ...dashed }).addTo(this.sectors);
    }
  }

  sector(heading, width, range) {
    const ring = width >= 360 ? [] : [this.place];
    for (let step = 0; step <= 16; step += 1) {
      const towards = ((heading - width / 2 + (width * step) / 16) * Math.PI) / 180;
      const north = (range * Math.cos(towards)) / M_PER_DEG;
      const east = (range * Math.sin(towards)) / (M_PER_DEG * Math.max(0.01, Math.cos((this.place.lat * Math.PI) / 180)));
      ring.push(L.latLng(this.place.lat + north, this.place.lng + east));
    }
    return ring;
  }

  arm(heading, number) {
    const from = this.map.latLngToLayerPoint(this.place), towards = (heading * Math.PI) / 180;
    const at = this.map.layerPointToLatLng(from.add([ARM_PX * Math.sin(towards), -ARM_PX * Math.cos(towards)]));
    const line = L.polyline([this.place, at], { interactive: false, className: "ls-arm" }).addTo(this.hands);
    const marker = this.hand(at, `heading${number}`, `${this.words.heading_of} ${Math.round(heading)}°`, (hand) => {
      hand.on("dragstart", () => { this.active = number; });
      hand.on("drag", () => {
        this.turn(number, hand.getLatLng());
        line.setLatLngs([this.place, hand.getLatLng()]);
        this.drawSectors();
        this.say();
      });
      hand.on("dragend", () => this.tell());
      hand.on("click", () => { this.active = number; this.choose("heading"); });
    }, (key, far) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[key];
      if (step) this.headings[number] = (Math.round(this.headings[number]) + step * (far ? 15 : 1) + 360) % 360;
      else if (key === "Delete" || key === "Backspace") this.headings.splice(number, 1);
      else return false;
      this.active = Math.max(0, Math.min(number, this.headings.length - 1));
      return true;
    });
    const element = marker.getElement();
    element.setAttribute("role", "slider");
    for (const [name, value] of [["min", 0], ["max", 359], ["now", Math.round(heading)]]) element.setAttribute(`aria-value${name}`, value);
  }

  nudge(key) {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[key];
    if (!step) return false;
    this.place = this.map.layerPointToLatLng(this.map.latLngToLayerPoint(this.place).add(step)).wrap();
    return true;
  }

  hand(at, name, words, listen, press) {
    const { editable } = this.data;
    const size = name === "camera" ? 28 : 26;
    const icon = L.divIcon({ className: `hand ${name === "camera" ? "camera" : "arm"}`, iconSize: [size, size] });
    const marker = L.marker(at, { icon, draggable: editable, keyboard: editable, interactive: editable, zIndexOffset: name === "camera" ? 0 : 500 });
    marker.addTo(this.hands);
    marker.on("dragstart", () => { this.busy = true; });
    listen(marker);
    const element = marker.getElement();
    element.dataset.hand = name;
    element.setAttribute("aria-label", words);
    if (!editable) element.setAttribute("role", "img");
    element.addEventListener("keydown", (event) => {
      if (!editable || !press(event.key, event.shiftKey)) return;
      event.preventDefault();
      event.stopPropagation();
      this.busy = true;
      this.draw();
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.tell(), 400);
    });
    return marker;
  }

  // ---- the other cameras of the case's map

  ask() {
    const { cameras_url } = this.data;
    if (!cameras_url || !this.map || this.map.getZoom() < 13) return void this.others.clearLayers();
    if (this.under_way) this.under_way.abort();
    const under_way = this.under_way = new AbortController();
    const edges = this.map.getBounds().toBBoxString();
    fetch(`${cameras_url}&bbox=${edges}&zoom=${Math.floor(this.map.getZoom())}`, { signal: under_way.signal, credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : { cameras: [] }))
      .then(({ cameras }) => this.drawOthers(cameras))
      .catch((error) => { if (error.name !== "AbortError") console.warn("LastSeen: no other cameras on the map:", error.message); });
  }

  drawOthers(cameras) {
    if (!this.map) return;
    this.others.clearLayers();
    for (const [id, , , lat, lon] of cameras) {
      if (id === this.data.of) continue;
      L.circleMarker([lat, lon], { renderer: this.dots, interactive: false, radius: 4, weight: 1.5, color: "#ffffff", fillColor: "#5b6672", fillOpacity: 1 }).addTo(this.others);
    }
  }
}
