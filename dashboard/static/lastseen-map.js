// LastSeen's own part of the map: draws one case from one JSON value, and mends two faults of streamlit-folium 0.27.4.
// Words arrive escaped (dashboard/text.py); nothing here turns them back into markup.
(function () {
  'use strict';

  // Mend 1: an edited circle reports its new radius.
  L.Circle.include({
    toGeoJSON(precision) {
      const feature = L.CircleMarker.prototype.toGeoJSON.call(this, precision);
      feature.properties = Object.assign({}, feature.properties, {radius: this.getRadius()});
      return feature;
    },
  });

  // Mend 2: replaced dynamic layers are let go.
  L.Map.addInitHook(function () {
    const map = this;
    map.on('layerremove', () => {
      clearTimeout(map._sweep);
      map._sweep = setTimeout(() => {
        if (window.feature_group) window.feature_group = window.feature_group.filter((layer) => map.hasLayer(layer));
      }, 0);
    });
  });

  const GROUPS = [
    // name, words of the legend, symbols shown beside them
    ['matches', 'Matches', [
      ['?', 'to review', () => diamond('to_review')], ['✓', 'confirmed', () => diamond('confirmed')],
      ['✕', 'rejected', () => diamond('rejected')], ['~', 'unsure', () => diamond('unsure')],
      ['½', 'second person needed', () => diamond('half_confirmed')], ['!', 'in dispute', () => diamond('disputed')]]],
    ['sightings', 'Sightings, by time', [
      ['1', 'reported', () => drop(1, false, false)], ['2', 'confirmed match', () => drop(2, true, false)],
      ['3', 'last known', () => drop(3, false, true)]]],
    ['route', 'Order of sightings', [['→', '', () => dash('ls-key-route')]]],
    ['cameras', 'Cameras to ask first', [
      ['1', 'by rank', () => badge(1, false, false)], ['1', 'selected', () => badge(1, true, false)],
      ['1', 'has footage', () => badge(1, false, true)]]],
    ['sectors', 'Fields of view', [['', '', () => dash('ls-key-sector')]]],
    ['dots', 'Other cameras', [
      ['•', 'ranked', () => dash('ls-key-dot ls-key-ranked')], ['•', 'not ranked', () => dash('ls-key-dot')]]],
  ];

  // ---- symbols: numbers and letters from this file and from our own counting only

  function badge(rank, selected, footage) {
    const classes = 'ls-badge' + (selected ? ' ls-selected' : '') + (rank === null ? ' ls-unranked' : '');
    return `<span class="${classes}">${rank === null ? '•' : Number(rank)}${footage ? '<i class="ls-film"></i>' : ''}</span>`;
  }

  function drop(number, confirmed, last) {
    const classes = 'ls-drop' + (confirmed ? ' ls-confirmed' : '') + (last ? ' ls-last' : '');
    const path = 'M15 39 C15 39 2 23 2 14.5 A13 12.5 0 0 1 28 14.5 C28 23 15 39 15 39 Z';
    return `<svg class="${classes}" viewBox="0 0 30 40" aria-hidden="true"><path d="${path}"/>` +
      `<text x="15" y="19.5">${Number(number)}</text>` +
      (confirmed ? '<path class="ls-tick" d="M20 5 l3 3 l6 -7"/>' : '') + '</svg>';
  }

  const LETTERS = {
    to_review: '?', confirmed: '✓', rejected: '✕', unsure: '~', half_confirmed: '½', disputed: '!',
  };

  function diamond(look) {
    const known = look in LETTERS ? look : 'unsure';
    return `<span class="ls-diamond ls-${known}"><b>${LETTERS[known]}</b></span>`;
  }

  function dash(classes) {
    return `<span class="${classes}"></span>`;
  }

  // ---- the base map: once a mount

  function begin(map, base) {
    const box = map.getContainer();
    box.classList.add('ls-map');
    box.style.height = '100vh';  // of the frame, whose height the page gives; before anything is fitted to it
    map.invalidateSize({animate: false, pan: false});
    box.setAttribute('aria-label', 'Map of the case');
    map.attributionControl.setPrefix('Leaflet');
    for (const [name, z] of [['under', 350], ['dots', 380]]) {
      map.createPane('ls-' + name).style.zIndex = z;
    }
    map.getPane('ls-under').style.pointerEvents = 'none';
    const groups = {};
    for (const [name] of GROUPS) groups[name] = L.layerGroup().addTo(map);
    groups.dots.clearLayers();
    map.LastSeen = {groups, draft: L.layerGroup().addTo(map), view: null, areas: null, shown: null, swallow: -Infinity};
    fitWhenResized(map);
    followTheme(map);
    addFitButton(map);
    addLegend(map, groups);
    L.control.scale({imperial: false}).addTo(map);
    keepDrawingFromClicking(map);
    LastSeenGround.begin(map, base.ground);
    if (base.cameras_url) map.LastSeen.cameras = new LastSeenCameras(base.cameras_url, base.badges).addTo(groups.dots);
  }

  // The click that ends a drawing is not a click on the ground: it would choose a place for a sighting.
  function keepDrawingFromClicking(map) {
    const box = map.getContainer();
    const fire = map.fire;
    map.fire = function (type, ...rest) {
      const is_none = box.classList.contains('ls-drawing') || performance.now() - map.LastSeen.swallow < 50;
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

  function addFitButton(map) {
    const control = L.control({position: 'topleft'});
    control.onAdd = () => {
      const bar = L.DomUtil.create('div', 'leaflet-bar');
      const button = L.DomUtil.create('a', 'ls-fit', bar);
      button.href = '#';
      button.title = 'Show the whole case';
      button.setAttribute('role', 'button');
      button.setAttribute('aria-label', button.title);
      L.DomEvent.disableClickPropagation(bar);
      L.DomEvent.on(button, 'click', (event) => {
        L.DomEvent.preventDefault(event);
        if (map.LastSeen.bounds) fit(map, map.LastSeen.bounds);
      });
      return bar;
    };
    control.addTo(map);
  }

  function addLegend(map, groups) {
    const control = L.control({position: 'bottomright'});
    control.onAdd = () => {
      const box = L.DomUtil.create('details', 'ls-legend');
      box.open = map.getSize().x >= 1000;
      L.DomUtil.create('summary', '', box).textContent = 'Legend';
      for (const [name, title, symbols] of GROUPS) {
        const row = L.DomUtil.create('label', 'ls-row', box);
        const tick = L.DomUtil.create('input', '', row);
        tick.type = 'checkbox';
        tick.checked = true;
        tick.addEventListener('change', () => (tick.checked ? map.addLayer(groups[name]) : map.removeLayer(groups[name])));
        const words = L.DomUtil.create('span', 'ls-words', row);
        L.DomUtil.create('span', '', words).textContent = title;
        for (const [, meaning, symbol] of symbols) {
          const key = L.DomUtil.create('span', 'ls-key', words);
          key.innerHTML = symbol();
          L.DomUtil.create('span', '', key).textContent = meaning;
        }
      }
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    control.addTo(map);
  }

  // ---- the case: at every change

  function show(map, content) {
    const state = map.LastSeen;
    showView(map, content.view);
    showAreas(map, content.areas);
    if (state.cameras) state.cameras.follow(content.cameras_token);
    const shown = JSON.stringify([content.cameras, content.sightings, content.matches, content.route, content.draft]);
    if (shown === state.shown) return;
    state.shown = shown;
    for (const name of ['matches', 'sightings', 'route', 'cameras', 'sectors']) state.groups[name].clearLayers();
    state.draft.clearLayers();
    const near = (lon) => lon + 360 * Math.round((state.middle - lon) / 360);
    const at = (pin) => [pin.lat, near(pin.lon)];
    content.cameras.forEach((pin) => showCamera(state, pin, at, near));
    showRoute(state, content.route.map(([lat, lon]) => [lat, near(lon)]), map);
    content.sightings.forEach((pin) => showSighting(state, pin, at));
    content.matches.forEach((pin) => showMatch(state, pin, at));
    if (content.draft) showDraft(state, content.draft, near);
  }

  // While nobody has moved the map, it is fitted again when the frame gets its height or the window another size.
  function fit(map, bounds) {
    const state = map.LastSeen;
    state.fitting = true;
    map.fitBounds(bounds, {maxZoom: 17, paddingTopLeft: [56, 44], paddingBottomRight: [28, 44], animate: false});
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

  // Loads the stored search area at the first call and whenever its token changes; never over a drawing in progress.
  function showAreas(map, areas) {
    const state = map.LastSeen;
    if (state.areas === areas.token || typeof window.drawnItems.clearLayers !== 'function') return;
    state.areas = areas.token;
    const style = {color: '#0f766e', weight: 3, dashArray: '8 5', fillColor: '#0f766e', fillOpacity: 0.07};
    window.drawnItems.clearLayers();
    for (const feature of areas.features) {
      const radius = Number((feature.properties || {}).radius);
      if (feature.geometry.type === 'Point' && radius > 0) {
        const [lon, lat] = feature.geometry.coordinates;
        window.drawnItems.addLayer(L.circle([lat, lon], Object.assign({radius}, style)));
      } else if (feature.geometry.type === 'Polygon') {
        window.drawnItems.addLayer(L.polygon(L.GeoJSON.coordsToLatLngs(feature.geometry.coordinates, 1), style));
      }
    }
  }

  function mark(pin) {
    return `${pin.words}<span hidden>${pin.id}</span>`;
  }

  function place(group, pin, where, icon, zIndexOffset) {
    const marker = L.marker(where, {icon: L.divIcon(icon), zIndexOffset, riseOnHover: true});
    marker.bindTooltip(mark(pin), {direction: 'top', offset: icon.tip || [0, -12], className: 'ls-tip'});
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

  function showCamera(state, pin, at, near) {
    for (const ring of pin.sectors) {
      const classes = 'ls-sector' + (pin.selected ? ' ls-sector-selected' : '');
      L.polygon(ring.map(([lat, lon]) => [lat, near(lon)]), {pane: 'ls-under', interactive: false, className: classes})
        .addTo(state.groups.sectors);
    }
    const size = pin.selected ? 34 : 26;
    const icon = {className: 'ls-icon', html: badge(pin.rank, pin.selected, pin.footage), iconSize: [size, size], tip: [0, -size / 2]};
    place(state.groups.cameras, pin, at(pin), icon, pin.selected ? 500 : pin.rank === null ? 0 : 200 - pin.rank);
  }

  function showSighting(state, pin, at) {
    if (pin.radius_m > 0) {
      L.circle(at(pin), {radius: pin.radius_m, pane: 'ls-under', interactive: false, className: 'ls-disc' + (pin.last ? ' ls-disc-last' : '')})
        .addTo(state.groups.sightings);
    }
    const [width, height] = pin.last ? [36, 48] : [30, 40];
    const icon = {
      className: 'ls-icon', html: drop(pin.number, pin.confirmed, pin.last), iconSize: [width, height],
      iconAnchor: [width / 2, height - 1], tip: [0, -height],
    };
    place(state.groups.sightings, pin, at(pin), icon, 1000 + pin.number);
  }

  function showRoute(state, places, map) {
    if (places.length < 2) return;
    L.polyline(places, {pane: 'ls-under', interactive: false, className: 'ls-route-rim'}).addTo(state.groups.route);
    L.polyline(places, {pane: 'ls-under', interactive: false, className: 'ls-route'}).addTo(state.groups.route);
    for (let i = 1; i < places.length; i += 1) {
      const from = map.project(places[i - 1], 18), to = map.project(places[i], 18);
      if (from.distanceTo(to) < 1) continue;
      const angle = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
      const html = `<span class="ls-arrow" style="transform: rotate(${angle.toFixed(1)}deg)"></span>`;
      const icon = L.divIcon({className: 'ls-icon', html, iconSize: [16, 16]});
      L.marker(map.unproject(from.add(to).divideBy(2), 18), {icon, interactive: false, keyboard: false, zIndexOffset: -500})
        .addTo(state.groups.route);
    }
  }

  // Below the camera's badge, side by side, so that both can be clicked.
  function showMatch(state, pin, at) {
    const row = Math.floor(pin.slot / 4), column = pin.slot % 4;
    const icon = {
      className: 'ls-icon', html: diamond(pin.look), iconSize: [24, 24],
      iconAnchor: [-4 - column * 22, -6 - row * 22], tip: [16 + column * 22, 4 + row * 22],
    };
    place(state.groups.matches, pin, at(pin), icon, pin.look === 'to_review' ? 900 : 800);
  }

  function showDraft(state, [lat, lon, radius], near) {
    const where = [lat, near(lon)];
    if (radius > 0) L.circle(where, {radius, pane: 'ls-under', interactive: false, className: 'ls-disc ls-disc-draft'}).addTo(state.draft);
    const icon = L.divIcon({className: 'ls-icon', html: '<span class="ls-draft"></span>', iconSize: [28, 28]});
    L.marker(where, {icon, interactive: false, keyboard: false, zIndexOffset: 2000}).addTo(state.draft);
  }

  window.LastSeen = {begin, show};
})();
