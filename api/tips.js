// The public's page with scripts: a map to tap, one's own position, and sending without losing what was typed.
// Nothing is kept in the browser, nothing is asked of other machines. Words come from the page, as text.
(function () {
  'use strict';

  const form = document.getElementById('tip');
  if (!form) return;
  const words = JSON.parse(form.dataset.words);
  const ground = JSON.parse(form.dataset.ground);
  const part = (id) => document.getElementById(id);
  const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
  form.elements.zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || '';

  // ---- the map

  const lat = form.elements.lat, lon = form.elements.lon, radius = form.elements.radius_m;
  const chosen = part('chosen');
  let map = null, pin = null, disc = null;

  function grid() {
    const Grid = L.GridLayer.extend({
      createTile(at) {
        const tile = document.createElement('canvas');
        const size = this.getTileSize();
        [tile.width, tile.height] = [size.x, size.y];
        const paper = tile.getContext('2d');
        paper.strokeStyle = '#8a94a0';
        paper.fillStyle = '#5b6570';
        paper.font = '11px sans-serif';
        paper.strokeRect(0.5, 0.5, size.x, size.y);
        const corner = map.unproject(at.scaleBy(size), at.z);
        paper.fillText(`${corner.lat.toFixed(at.z > 9 ? 3 : 0)}, ${corner.lng.toFixed(at.z > 9 ? 3 : 0)}`, 4, 14);
        return tile;
      },
    });
    return new Grid();
  }

  function begin() {
    if (!window.L) return;
    part('map-part').hidden = false;
    map = L.map('map', {zoomSnap: 0.5, worldCopyJump: true, minZoom: 1, maxZoom: 19});
    map.attributionControl.setPrefix('Leaflet');
    if (ground.tiles) {
      const text = document.createElement('span');
      text.textContent = ground.attribution || '';  // Leaflet takes it for markup
      L.tileLayer(ground.tiles, {minZoom: 1, maxZoom: 19, minNativeZoom: ground.min_zoom, maxNativeZoom: ground.max_zoom, attribution: text.innerHTML}).addTo(map);
    } else {
      grid().addTo(map);
    }
    const [south, west, north, east] = ground.bounds || [-60, -180, 75, 180];
    map.fitBounds([[south, west], [north, east]], {animate: false});
    map.on('click', (event) => choose(event.latlng.wrap()));
    part('middle').addEventListener('click', () => choose(map.getCenter().wrap()));
    part('here').addEventListener('click', here);
    part('none').addEventListener('click', () => { lat.value = ''; lon.value = ''; show(); part('here').focus(); });
    for (const input of [lat, lon, radius]) input.addEventListener('change', show);
    show();
  }

  function choose(where) {
    lat.value = where.lat.toFixed(6);
    lon.value = where.lng.toFixed(6);
    show();
  }

  function show() {
    const [y, x] = [lat, lon].map((input) => parseFloat(input.value.replace(',', '.')));
    const is_place = Number.isFinite(y) && Number.isFinite(x) && Math.abs(y) <= 90 && Math.abs(x) <= 180;
    if (pin) pin.remove();
    if (disc) disc.remove();
    part('none').hidden = !is_place;
    chosen.textContent = is_place ? say(words.place, {lat: y.toFixed(5), lon: x.toFixed(5)}) : words.tap;
    if (!is_place) return;
    disc = L.circle([y, x], {radius: Number(radius.value), color: '#b42318', weight: 2, fillOpacity: 0.12, interactive: false}).addTo(map);
    pin = L.marker([y, x], {icon: L.divIcon({className: 'pin'}), draggable: true, keyboard: false}).addTo(map);
    pin.on('dragend', () => choose(pin.getLatLng().wrap()));
    if (!map.getBounds().contains([y, x])) map.setView([y, x], Math.max(map.getZoom(), 15), {animate: false});
  }

  function here() {
    if (!navigator.geolocation || !window.isSecureContext) return void (chosen.textContent = words.no_position);
    chosen.textContent = words.asking;
    navigator.geolocation.getCurrentPosition(
      ({coords}) => {
        const wide = [...radius.options].find((option) => Number(option.value) >= coords.accuracy) || radius.options[radius.options.length - 1];
        radius.value = wide.value;
        map.setView([coords.latitude, coords.longitude], 16, {animate: false});
        choose(L.latLng(coords.latitude, coords.longitude));
      },
      (error) => { chosen.textContent = error.code === error.PERMISSION_DENIED ? words.denied : words.no_position; },
      {enableHighAccuracy: true, timeout: 20000, maximumAge: 60000},
    );
  }

  // ---- sending

  const progress = part('progress'), send = part('send');

  function tell(text, is_wrong) {
    progress.textContent = text;
    progress.className = is_wrong ? 'said wrong' : '';
    progress.setAttribute('role', is_wrong ? 'alert' : 'status');
  }

  function post() {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open('POST', form.action);
      request.setRequestHeader('Accept', 'application/json');
      request.upload.addEventListener('progress', (event) => {
        if (event.lengthComputable) tell(say(words.sending, {n: Math.floor(event.loaded / event.total * 100)}));
      });
      for (const how of ['error', 'abort', 'timeout']) request.addEventListener(how, () => done([0, {}]));
      request.addEventListener('load', () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* not from us */ }
        done([request.status, answer]);
      });
      request.send(new FormData(form));
    });
  }

  // A page that was left open for long gets a new ticket, and what was typed stays.
  async function renewed() {
    const answer = await fetch(form.action, {headers: {Accept: 'application/json'}, cache: 'no-store'}).catch(() => null);
    if (!answer?.ok) return false;
    form.elements.ticket.value = (await answer.json()).ticket;
    tell(words.checking);
    await new Promise((soon) => setTimeout(soon, 3500));
    return true;
  }

  const opened = Date.now();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    const file = form.elements.file.files[0];
    if (file && file.size > Number(form.dataset.max)) {
      tell(say(words.too_large, {n: Number(form.dataset.max) >> 20}), true);
      form.elements.file.focus();
      return;
    }
    send.disabled = true;
    tell(say(words.sending, {n: 0}));
    if (Date.now() - opened > 23 * 3600e3) await renewed();
    const [status, answer] = await post();
    send.disabled = false;
    if (status === 201 && answer.number) return thank(answer.number);
    tell(answer.detail || words.failed, true);
  });

  function thank(number) {
    const line = (element, text, name) => {
      const made = document.createElement(element);
      made.textContent = text;
      if (name) made.className = name;
      return made;
    };
    const said = line('p', words.thanks, 'said');
    said.tabIndex = -1;
    const shown = line('p', number, 'once');
    shown.dir = 'ltr';
    form.replaceWith(said, line('p', words.number), shown, line('p', words.keep));
    said.focus();
    window.scrollTo(0, 0);
  }

  begin();
})();
