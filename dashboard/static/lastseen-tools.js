// What a map needs at hand: fit to the case, coordinates, measuring, and a view for the printer.
(function () {
  'use strict';

  const SAME_PX = 4;

  function begin(map, words, fit_case) {
    bar(map, 'topleft', [['ls-fit', words.fit, fit_case]]);
    const measure = new Measure(map, words);
    const [ruler] = bar(map, 'topright', [
      ['ls-ruler', words.measure, () => measure.toggle()],
      ['ls-printer', words.print, () => print(map, words)],
    ]);
    measure.button = ruler;
    ruler.setAttribute('aria-pressed', 'false');
    coordinates(map, words);
    L.control.scale({imperial: false, maxWidth: map.getSize().x < 560 ? 64 : 100}).addTo(map);
  }

  function bar(map, position, tools) {
    const buttons = [];
    const control = L.control({position});
    control.onAdd = () => {
      const box = L.DomUtil.create('div', 'leaflet-bar');
      for (const [classes, title, act] of tools) {
        const button = L.DomUtil.create('a', classes, box);
        button.href = '#';
        button.title = title;
        button.setAttribute('role', 'button');
        button.setAttribute('aria-label', title);
        L.DomEvent.on(button, 'click', (event) => { L.DomEvent.preventDefault(event); act(); });
        L.DomEvent.on(button, 'keydown', (event) => { if (event.key === ' ') { event.preventDefault(); act(); } });
        buttons.push(button);
      }
      L.DomEvent.disableClickPropagation(box);
      return box;
    };
    control.addTo(map);
    return buttons;
  }

  // ---- coordinates: of the pointer, or of the middle

  function coordinates(map, words) {
    const control = L.control({position: 'bottomright'});
    let box;
    control.onAdd = () => {
      box = L.DomUtil.create('button', 'ls-where');
      box.type = 'button';
      box.title = words.copy;
      L.DomEvent.disableClickPropagation(box);
      box.addEventListener('click', () => {
        const place = place_words(map.getCenter());
        copy(place);
        box.textContent = words.copied.replace('{place}', place);
      });
      return box;
    };
    control.addTo(map);
    const tell = (place) => { box.textContent = place_words(place); };
    map.on('mousemove', (event) => tell(event.latlng));
    map.on('moveend mouseout', () => tell(map.getCenter()));
    tell(map.getCenter());
  }

  function place_words(place) {
    const {lat, lng} = place.wrap();
    return `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
  }

  function copy(text) {
    if (navigator.clipboard) return void navigator.clipboard.writeText(text).catch(() => copy_by_hand(text));
    copy_by_hand(text);
  }

  function copy_by_hand(text) {
    const field = document.body.appendChild(document.createElement('textarea'));
    field.value = text;
    field.select();
    document.execCommand('copy');
    field.remove();
  }

  // ---- measuring

  class Measure {
    constructor(map, words) {
      Object.assign(this, {map, words, points: [], is_on: false});
      map.createPane('ls-measure').style.zIndex = 640;
      this.layer = L.layerGroup().addTo(map);
      this.note = L.DomUtil.create('div', 'ls-measure-note', map.getContainer());
      this.note.setAttribute('role', 'status');
      this.cross = L.DomUtil.create('div', 'ls-cross', map.getContainer());
      map.on('preclick', (event) => { if (this.is_on) this.add(event.latlng); });
      map.on('dblclick', () => { if (this.is_on) this.finish(); });
      map.getContainer().addEventListener('keydown', (event) => this.key(event));
    }

    toggle() {
      if (this.is_on) return this.finish();
      this.clear();
      this.is_on = true;
      this.map.doubleClickZoom.disable();
      this.map.getContainer().classList.add('ls-measuring');
      this.button.setAttribute('aria-pressed', 'true');
      this.note.textContent = this.words.measure_first;
      this.map.getContainer().focus({preventScroll: true});
    }

    key(event) {
      if (event.key === 'Escape' && (this.is_on || this.points.length)) {
        this.finish();
        this.clear();
      }
      if (event.key !== 'Enter' || !this.is_on || event.target !== this.map.getContainer()) return;
      const place = this.map.getCenter();
      if (this.is_near(place)) this.finish();
      else this.add(place);
    }

    is_near(place) {
      const last = this.points[this.points.length - 1];
      return Boolean(last) && this.map.latLngToContainerPoint(last).distanceTo(this.map.latLngToContainerPoint(place)) < SAME_PX;
    }

    add(place) {
      if (this.is_near(place)) return;
      this.points.push(place);
      this.draw();
    }

    draw() {
      const {points, words} = this;
      this.layer.clearLayers();
      const look = {pane: 'ls-measure', interactive: false};
      L.polyline(points, Object.assign({className: 'ls-measured-rim'}, look)).addTo(this.layer);
      L.polyline(points, Object.assign({className: 'ls-measured'}, look)).addTo(this.layer);
      for (const point of points) L.circleMarker(point, Object.assign({radius: 4, className: 'ls-measured-point'}, look)).addTo(this.layer);
      if (points.length < 2) {
        this.note.textContent = words.measure_next;
        return;
      }
      const stretches = points.slice(1).map((point, k) => points[k].distanceTo(point));
      const [from, to] = points.slice(-2);
      const said = words.measured
        .replace('{length}', length_words(stretches.reduce((sum, each) => sum + each, 0)))
        .replace('{last}', length_words(stretches[stretches.length - 1]))
        .replace('{bearing}', String(Math.round(bearing(from, to)) % 360));
      this.note.textContent = this.is_on ? `${said} ${words.measure_next}` : said;
    }

    finish() {
      this.is_on = false;
      this.map.doubleClickZoom.enable();
      setTimeout(() => this.map.getContainer().classList.remove('ls-measuring'), 100);
      this.button.setAttribute('aria-pressed', 'false');
      if (this.points.length > 1) this.draw();
      else this.clear();
    }

    clear() {
      this.points = [];
      this.layer.clearLayers();
      this.note.textContent = '';
    }
  }

  function bearing(from, to) {
    const [a, b, turn] = [from.lat, to.lat, to.lng - from.lng].map((degrees) => (degrees * Math.PI) / 180);
    const east = Math.sin(turn) * Math.cos(b);
    const north = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(turn);
    return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
  }

  function length_words(metres) {
    if (metres < 1000) return `${Math.round(metres)} m`;
    return `${(metres / 1000).toFixed(metres < 10000 ? 2 : 1)} km`;
  }

  // ---- the printer: the map alone and by day, its legend below, what it shows and when above

  function print(map, words) {
    const box = map.getContainer();
    if (box.classList.contains('ls-printing')) return;
    const legend = box.querySelector('.ls-signs');
    const [home, was_open, was_night] = [legend.parentNode, legend.open, box.classList.contains('ls-night')];
    const bounds = map.getBounds();
    const head = L.DomUtil.create('div', 'ls-print-head', box);
    L.DomUtil.create('strong', '', head).innerHTML = map.LastSeen.title || '';  // escaped by the page (dashboard/text.py)
    const hour = box.querySelector('.ls-clock');
    const printed = words.printed.replace('{time}', new Date().toLocaleString());
    L.DomUtil.create('span', '', head).textContent = [hour.textContent, place_words(map.getCenter()), printed].filter(Boolean).join(' · ');
    const fit = () => {
      map.invalidateSize({animate: false, pan: false});
      map.fitBounds(bounds, {animate: false});
    };
    const back = () => {
      window.removeEventListener('afterprint', back);
      box.classList.remove('ls-printing');
      box.classList.toggle('ls-night', was_night);
      head.remove();
      home.prepend(legend);
      legend.open = was_open;
      fit();
    };
    box.classList.add('ls-printing');
    box.classList.remove('ls-night');
    legend.open = true;
    document.body.append(legend);
    fit();
    window.addEventListener('afterprint', back);
    setTimeout(() => window.print(), 900);  // until the ground of the other size is there
  }

  window.LastSeenTools = {begin, length_words};
})();
