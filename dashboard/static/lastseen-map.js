// LastSeen's own part of the map: draws one case from one JSON value, and mends a fault of streamlit-folium 0.27.4.
// Words arrive escaped (dashboard/text.py); nothing here turns them back into markup.
(function () {
  'use strict';

  // Replaced dynamic layers are let go.
  L.Map.addInitHook(function () {
    const map = this;
    map.on('layerremove', () => {
      clearTimeout(map._sweep);
      map._sweep = setTimeout(() => {
        if (window.feature_group) window.feature_group = window.feature_group.filter((layer) => map.hasLayer(layer));
      }, 0);
    });
  });

  const {badge, drop, diamond, envelope, eye, bubble} = LastSeenSymbols;
  const WAITING = new Set(['to_review', 'unsure', 'half_confirmed', 'disputed']);

  // ---- the base map: once a mount

  function begin(map, base) {
    const box = map.getContainer();
    box.classList.add('ls-map');
    box.style.height = '100vh';  // of the frame, whose height the page gives; before anything is fitted to it
    map.invalidateSize({animate: false, pan: false});
    box.setAttribute('aria-label', base.words.map);
    map.attributionControl.setPrefix('Leaflet');
    for (const [name, z] of [['under', 350], ['dots', 380]]) {
      map.createPane('ls-' + name).style.zIndex = z;
    }
    map.getPane('ls-under').style.pointerEvents = 'none';
    const groups = {};
    for (const name of LastSeenLegend.NAMES) groups[name] = L.layerGroup().addTo(map);
    const state = map.LastSeen = {
      groups, words: base.words, draft: L.layerGroup().addTo(map), view: null, shown: null, drawn: {}, layers: null, swallow: -Infinity,
    };
    fitWhenResized(map);
    followTheme(map);
    if (base.places_url) LastSeenSearch.begin(map, base.places_url, base.words);
    LastSeenTools.begin(map, base.words, () => { if (state.bounds) fit(map, state.bounds); });
    state.legend = LastSeenLegend.begin(map, groups, base.words);
    state.hours = new LastSeenHours(map, base, (layers) => draw(map, layers), () => state.layers);
    keepDrawingFromClicking(map);
    LastSeenGround.begin(map, base.ground);
    LastSeenDrawing.begin(map, base.drawing);
    for (const part of box.querySelectorAll('.ls-legend, .ls-hours, .ls-search, .ls-measure-note')) part.dir = base.direction;
    if (base.cameras_url) state.cameras = new LastSeenCameras(base.cameras_url, base.badges, base.words).addTo(groups.dots);
  }

  // The click that ends a drawing is not a click on the ground: it would choose a place for a sighting.
  function keepDrawingFromClicking(map) {
    const box = map.getContainer();
    const fire = map.fire;
    map.fire = function (type, ...rest) {
      const is_busy = ['ls-drawing', 'ls-measuring'].some((name) => box.classList.contains(name));
      const is_none = is_busy || performance.now() - map.LastSeen.swallow < 50;
      return type === 'click' && is_none ? this : fire.call(this, type, ...rest);
    };
    map.on('draw:drawstart draw:editstart draw:deletestart', () => {
      clearTimeout(map.LastSeen.pause);
      box.classList.add('ls-drawing');
    });
    map.on('draw:drawstop draw:editstop draw:deletestop', () => {
      map.LastSeen.pause = setTimeout(() => box.classList.remove('ls-drawing'), 100);
    });
  }

  // Streamlit writes its theme's colours into the frame; a dark page gets a dark ground.
  function followTheme(map) {
    const box = map.getContainer();
    const look = () => {
      const ground = getComputedStyle(document.documentElement).getPropertyValue('--background-color').trim();
      const parts = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(ground);
      const dark = parts !== null && parts.slice(1).reduce((sum, part) => sum + parseInt(part, 16), 0) < 384;
      box.classList.toggle('ls-night', dark);
    };
    look();
    window.addEventListener('message', () => setTimeout(look, 0));
  }

  // ---- the case: at every change

  function show(map, content) {
    const state = map.LastSeen;
    state.title = content.title;
    state.layers = content.layers;
    showView(map, content.view);
    LastSeenDrawing.show(map, content.areas);
    if (state.cameras) state.cameras.follow(content.cameras_token);
    each(map, 'cameras', content.cameras, (pin, tools) => showCamera(state, pin, tools));
    state.draft.clearLayers();
    if (content.draft) showDraft(state, content.draft, near(state));
    state.hours.follow(content.time);  // asks anew for the hour that is shown, where it is not now
    if (state.hours.hour === null) draw(map, content.layers);
    state.shown = true;
  }

  // What was known at one hour.
  function draw(map, layers) {
    const state = map.LastSeen;
    const {reach} = layers;
    each(map, 'ways', layers.ways, (way, tools) => showWay(map, way, tools));
    each(map, 'sightings', layers.sightings, (pin, tools) => showSighting(state, pin, tools));
    each(map, 'requests', layers.requests, (pin, {at}) => showBeside(state.groups.requests, pin, at, envelope(pin.state), [26, -3], 700));
    each(map, 'looked', layers.looked, (pin, {at}) => showBeside(state.groups.looked, pin, at, eye(), [26, 26], 690));
    const is_waiting = (pin) => WAITING.has(pin.look);
    each(map, 'waiting', layers.matches.filter(is_waiting), (pin, tools) => showMatch(state, 'waiting', pin, tools));
    each(map, 'decided', layers.matches.filter((pin) => !is_waiting(pin)), (pin, tools) => showMatch(state, 'decided', pin, tools));
    each(map, 'tips', layers.tips, (pin, tools) => showTip(state, pin, tools));
    each(map, 'reach', [reach], (one, tools) => showReach(state, one, tools), reach.rings.length || reach.words ? null : 0);
    state.legend.tell('reach', reach.words ? null : 0, reach.words);
  }

  // Draws a layer anew where anything of it changed, so that focus and tooltips stay where nothing did.
  function each(map, name, things, drawOne, count = things.length) {
    const state = map.LastSeen;
    const told = JSON.stringify([things, state.middle]);
    if (state.drawn[name] === told) return;
    state.drawn[name] = told;
    state.groups[name].clearLayers();
    if (name === 'cameras') state.groups.sectors.clearLayers();
    const shift = near(state);
    const tools = {shift, at: (pin) => [pin.lat, shift(pin.lon)], line: (places) => places.map(([lat, lon]) => [lat, shift(lon)])};
    things.forEach((thing) => drawOne(thing, tools));
    state.legend.tell(name, count);
  }

  // The copy of a longitude that lies nearest to the case.
  function near(state) {
    return (lon) => lon + 360 * Math.round((state.middle - lon) / 360);
  }

  // While nobody has moved the map, it is fitted again when the frame gets its height or the window another size.
  function fit(map, bounds) {
    const state = map.LastSeen;
    state.fitting = true;
    map.fitBounds(bounds, {maxZoom: 17, paddingTopLeft: [56, 66], paddingBottomRight: [40, 96], animate: false});
    state.fitting = false;
    state.untouched = true;
  }

  function fitWhenResized(map) {
    const state = map.LastSeen;
    map.on('movestart', () => { if (!state.fitting) state.untouched = false; });
    map.on('resize', () => { if (state.untouched && state.bounds) fit(map, state.bounds); });
  }

  function showView(map, view) {
    const state = map.LastSeen;
    const asked = JSON.stringify(view.token);
    state.bounds = view.bounds;
    if (state.view === asked) return;
    state.view = asked;
    state.middle = (view.bounds[0][1] + view.bounds[1][1]) / 2;
    fit(map, view.bounds);
  }

  function mark(pin, more) {
    return `${pin.words}${more || ''}<span hidden>${pin.id}</span>`;
  }

  function place(group, pin, where, icon, zIndexOffset, more) {
    const marker = L.marker(where, {icon: L.divIcon(icon), zIndexOffset, riseOnHover: true});
    marker.bindTooltip(mark(pin, more), {direction: 'top', offset: icon.tip || [0, -12], className: 'ls-tip'});
    marker.on('add', () => {
      const element = marker.getElement();
      const words = document.createElement('span');
      words.innerHTML = pin.words.replaceAll('<br>', ', ');
      element.setAttribute('aria-label', words.textContent);
      element.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        marker.fire('click', {latlng: marker.getLatLng()}, true);
      });
    });
    return marker.addTo(group);
  }

  function showCamera(state, pin, {at, line}) {
    for (const ring of pin.sectors) {
      const classes = 'ls-sector' + (pin.selected ? ' ls-sector-selected' : '');
      L.polygon(line(ring), {pane: 'ls-under', interactive: false, className: classes}).addTo(state.groups.sectors);
    }
    const size = pin.selected ? 34 : 26;
    const icon = {className: 'ls-icon', html: badge(pin.rank, pin.selected, pin.footage), iconSize: [size, size], tip: [0, -size / 2]};
    place(state.groups.cameras, pin, at(pin), icon, pin.selected ? 500 : pin.rank === null ? 0 : 200 - pin.rank);
  }

  function showSighting(state, pin, {at}) {
    if (pin.radius_m > 0) {
      L.circle(at(pin), {radius: pin.radius_m, pane: 'ls-under', interactive: false, className: 'ls-disc' + (pin.last ? ' ls-disc-last' : '') + (pin.later ? ' ls-ghost' : '')})
        .addTo(state.groups.sightings);
    }
    const [width, height] = pin.last ? [36, 48] : [30, 40];
    const icon = {
      className: 'ls-icon' + (pin.later ? ' ls-ghost' : ''), html: drop(pin.number, pin.confirmed, pin.last), iconSize: [width, height],
      iconAnchor: [width / 2, height - 1], tip: [0, -height],
    };
    place(state.groups.sightings, pin, at(pin), icon, 1000 + pin.number);
  }

  // A line with an arrow half way.
  function showWay(map, way, {line}) {
    const group = map.LastSeen.groups.ways;
    const places = line(way.places);
    const classes = way.streets ? '' : ' ls-route-straight';
    L.polyline(places, {pane: 'ls-under', interactive: false, className: 'ls-route-rim'}).addTo(group);
    L.polyline(places, {pane: 'ls-under', interactive: false, className: 'ls-route' + classes}).addTo(group);
    const points = places.map((each) => map.project(each, 18));
    const lengths = points.slice(1).map((point, k) => point.distanceTo(points[k]));
    let rest = lengths.reduce((sum, length) => sum + length, 0) / 2;
    if (rest < 1) return;
    const k = lengths.findIndex((length) => { rest -= length; return rest <= 0; });
    const [from, to] = [points[k], points[k + 1]];
    const angle = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
    const middle = from.add(to.subtract(from).multiplyBy(1 + rest / lengths[k]));
    const html = `<span class="ls-arrow" style="transform: rotate(${angle.toFixed(1)}deg)"></span>`;
    const icon = L.divIcon({className: 'ls-icon', html, iconSize: [16, 16]});
    L.marker(map.unproject(middle, 18), {icon, interactive: false, keyboard: false, zIndexOffset: -500}).addTo(group);
  }

  function showReach(state, reach, {line}) {
    const options = {pane: 'ls-under', interactive: false};
    if (reach.streets.length) L.polyline(reach.streets.map(line), Object.assign({className: 'ls-reach-streets'}, options)).addTo(state.groups.reach);
    if (reach.rings.length) {  // what lies beyond is darker
      const [south, north, west, east] = [-89, 89, state.middle - 360, state.middle + 360];
      const all = [[south, west], [north, west], [north, east], [south, east]];
      L.polygon([all, ...reach.rings.map(line)], Object.assign({className: 'ls-beyond'}, options)).addTo(state.groups.reach);
    }
    for (const ring of reach.rings) L.polygon(line(ring), Object.assign({className: 'ls-reach'}, options)).addTo(state.groups.reach);
  }

  // A small sign beside the camera's badge.
  function showBeside(group, pin, at, html, iconAnchor, zIndexOffset) {
    place(group, pin, at(pin), {className: 'ls-icon ls-beside', html, iconSize: [24, 24], iconAnchor, tip: [0, -8]}, zIndexOffset);
  }

  // Below the camera's badge, side by side, so that both can be clicked.
  function showMatch(state, name, pin, {at}) {
    const row = Math.floor(pin.slot / 4), column = pin.slot % 4;
    const icon = {
      className: 'ls-icon', html: diamond(pin.look, pin.more), iconSize: [24, 24],
      iconAnchor: [-4 - column * 22, -6 - row * 22], tip: [16 + column * 22, 4 + row * 22],
    };
    const more = pin.more ? `<br>${state.words.more.replace('{n}', pin.more)}` : '';
    place(state.groups[name], pin, at(pin), icon, pin.look === 'to_review' ? 900 : 800, more);
  }

  // What the public sent and nobody has checked: dashed, and never a drop.
  function showTip(state, pin, {at}) {
    if (pin.radius_m > 0) L.circle(at(pin), {radius: pin.radius_m, pane: 'ls-under', interactive: false, className: 'ls-tip-disc'}).addTo(state.groups.tips);
    const icon = {className: 'ls-icon', html: bubble(), iconSize: [26, 26], iconAnchor: [7, 25], tip: [6, -24]};
    place(state.groups.tips, pin, at(pin), icon, 600);
  }

  function showDraft(state, [lat, lon, radius], near) {
    const where = [lat, near(lon)];
    if (radius > 0) L.circle(where, {radius, pane: 'ls-under', interactive: false, className: 'ls-disc ls-disc-draft'}).addTo(state.draft);
    const icon = L.divIcon({className: 'ls-icon', html: '<span class="ls-draft"></span>', iconSize: [28, 28]});
    L.marker(where, {icon, interactive: false, keyboard: false, zIndexOffset: 2000}).addTo(state.draft);
  }

  window.LastSeen = {begin, show};
})();
