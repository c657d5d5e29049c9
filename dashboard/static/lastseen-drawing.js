// The search area on the map: circles, rectangles, polygons and corridors, drawn and edited with Leaflet.draw. Each act
// (a shape drawn, edited, removed) is told to the page once, with the shape as it was before: geo/drawn.py makes strokes
// of them, so that what somebody else drew meanwhile stays. Shapes keep their ids; names come from the page and are
// shown as text.
(function () {
  'use strict';

  const M_A_DEGREE = 111320;
  const mount = [...crypto.getRandomValues(new Uint32Array(2))].map((n) => n.toString(16)).join('');

  function freshId() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, '0')).join('');
  }

  // A line as wide as the corridor on the ground, whatever the zoom.
  const Corridor = L.Polyline.extend({
    options: {className: 'ls-area ls-corridor', lineCap: 'round', lineJoin: 'round', noClip: true, fill: false},
    _project() {
      const lat = this._bounds.isValid() ? this._bounds.getCenter().lat : 0;
      const m_a_pixel = (40075016.7 * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** this._map.getZoom());
      this.options.weight = Math.max(2, this.options.width_m / m_a_pixel);
      this._renderer._updateStyle(this);
      L.Polyline.prototype._project.call(this);
    },
  });

  // ---- the tools: once a mount

  function begin(map, tools) {
    // streamlit-folium reports what the group of this name tells
    const group = (window[tools.group] = new L.FeatureGroup().addTo(map));
    const state = {group, acts: [], told: 0, pending: {}, wanted: null, token: null, busy: false, width_m: tools.width_m};
    map.LastSeenDrawing = state;
    map.createPane('ls-names').style.zIndex = 590;  // below the pins
    group.toGeoJSON = () => ({type: 'FeatureCollection', features: state.acts});
    group.on('layeradd', ({layer}) => dress(map, layer));
    group.on('layerremove', ({layer}) => undress(map, layer));
    if (tools.draws) addTools(map, tools);
  }

  function addTools(map, tools) {
    const state = map.LastSeenDrawing;
    L.drawLocal = tools.words.local;
    const look = {shapeOptions: {className: 'ls-area'}};
    const control = new L.Control.Draw({
      draw: {
        marker: false, circlemarker: false,
        circle: look,
        polygon: Object.assign({allowIntersection: false}, look),
        rectangle: Object.assign({showArea: false}, look),  // its size label breaks Leaflet.draw 1.0 in strict mode
        polyline: {shapeOptions: {className: 'ls-area-middle'}, feet: false},
      },
      edit: {featureGroup: state.group},
    }).addTo(map);
    const buttons = control.getContainer().querySelectorAll('.leaflet-draw-toolbar a');
    for (const button of buttons) {
      button.setAttribute('role', 'button');
      button.addEventListener('keydown', (event) => {
        if (event.key !== ' ') return;
        event.preventDefault();
        button.click();
      });
    }
    const name = () => {
      for (const button of buttons) {
        button.setAttribute('aria-label', button.title);
        button.setAttribute('aria-disabled', button.classList.contains('leaflet-disabled'));
      }
    };
    state.group.on('layeradd layerremove', () => setTimeout(name, 0));
    name();
    map.on('draw:drawstart', (event) => { if (event.layerType === 'polyline') askWidth(map, control, tools.words); });
    map.on('draw:created', (event) => {
      const layer = event.layerType === 'polyline'
        ? new Corridor(event.layer.getLatLngs(), {width_m: state.width_m}) : event.layer;
      layer.ls = {id: freshId(), label: '', told: null, rings: null};
      state.group.addLayer(layer);
      note(state, 'new', layer);
    });
    map.on('draw:edited', (event) => event.layers.eachLayer((layer) => note(state, 'edited', layer)));
    map.on('draw:deleted', (event) => event.layers.eachLayer((layer) => note(state, 'removed', layer)));
    map.on('draw:editstart draw:deletestart', () => {
      state.busy = true;
      map.getContainer().classList.add('ls-editing');
    });
    map.on('draw:editstop draw:deletestop', () => {
      state.busy = false;
      map.getContainer().classList.remove('ls-editing');
      setTimeout(() => {  // an edit that is being cancelled puts its shapes back first
        state.group.eachLayer((layer) => { if (layer instanceof Corridor) layer._reset(); });  // at this zoom
        follow(map);
      }, 0);
    });
  }

  // The width of the next corridor, asked beside the button while one is being drawn.
  function askWidth(map, control, words) {
    const state = map.LastSeenDrawing;
    const actions = control.getContainer().querySelector('.leaflet-draw-section:first-child .leaflet-draw-actions');
    setTimeout(() => {
      const item = L.DomUtil.create('li', 'ls-width', actions);
      const label = L.DomUtil.create('label', '', item);
      L.DomUtil.create('span', '', label).textContent = words.width;
      const box = L.DomUtil.create('input', '', label);
      Object.assign(box, {type: 'number', min: 1, max: 200000, step: 'any', value: state.width_m});
      L.DomUtil.create('span', '', label).textContent = 'm';
      L.DomEvent.disableClickPropagation(item);
      L.DomEvent.on(box, 'keydown keyup', L.DomEvent.stopPropagation);
      box.addEventListener('input', () => {
        if (box.checkValidity() && Number(box.value) > 0) state.width_m = Number(box.value);
      });
    }, 0);
  }

  function note(state, act, layer) {
    const n = (state.told += 1);
    const now = featureOf(layer);
    const properties = Object.assign({}, now.properties, {id: layer.ls.id, act, n, mount, was: layer.ls.told});
    state.acts = [...state.acts, Object.assign({}, now, {properties})];
    state.pending[layer.ls.id] = n;
    layer.ls.told = now;  // a second edit, made before the page has answered the first, is one of this
  }

  // ---- shapes and GeoJSON

  function featureOf(layer) {
    const lonLat = (place) => L.GeoJSON.latLngToCoords(place, 6);
    if (layer instanceof Corridor) {
      const geometry = {type: 'LineString', coordinates: layer.getLatLngs().map(lonLat)};
      return {type: 'Feature', properties: {width_m: layer.options.width_m}, geometry};
    }
    if (layer instanceof L.Circle) {
      const geometry = {type: 'Point', coordinates: lonLat(layer.getLatLng())};
      return {type: 'Feature', properties: {radius: layer.getRadius()}, geometry};
    }
    return {type: 'Feature', properties: {}, geometry: L.Polygon.prototype.toGeoJSON.call(layer, 6).geometry};
  }

  function bare(feature) {
    const properties = {};
    for (const name of ['radius', 'width_m']) if (name in feature.properties) properties[name] = feature.properties[name];
    const {type, coordinates} = feature.geometry;
    return {type: 'Feature', properties, geometry: {type, coordinates}};
  }

  // The copy of the globe that the map shows.
  function turnOf(map, feature) {
    let first = feature.geometry.coordinates;
    while (Array.isArray(first[0])) first = first[0];
    return 360 * Math.round(((map.LastSeen.middle || 0) - first[0]) / 360);
  }

  function layerOf(map, feature) {
    const told = feature.properties;
    const turn = turnOf(map, feature);
    const at = ([lon, lat]) => [lat, lon + turn];
    let layer;
    if (feature.geometry.type === 'Point') {
      layer = L.circle(at(feature.geometry.coordinates), {radius: told.radius, className: 'ls-area'});
    } else if (feature.geometry.type === 'LineString') {
      layer = new Corridor(feature.geometry.coordinates.map(at), {width_m: told.width_m});
    } else {
      const rings = feature.geometry.coordinates.map((ring) => ring.map(at));
      layer = told.upright ? L.rectangle(L.latLngBounds(rings[0]), {className: 'ls-area'})
        : L.polygon(rings, {className: 'ls-area'});
    }
    layer.ls = {id: told.id};
    tell(layer, feature, turn);
    return layer;
  }

  function tell(layer, feature, turn) {
    layer.ls.told = bare(feature);
    layer.ls.label = decodeURIComponent(feature.properties.label);
    layer.ls.rings = (feature.properties.outline || []).map((ring) => ring.map(([lat, lon]) => [lat, lon + turn]));
  }

  // ---- what goes with a shape: its name, and the border and middle of a corridor

  function dress(map, layer) {
    layer.on('edit editdrag', moved, layer);
    layer.on('revert-edited', back, layer);
    layer.ls.map = map;
    back.call(layer);
  }

  function undress(map, layer) {
    layer.off('edit editdrag', moved, layer);
    layer.off('revert-edited', back, layer);
    for (const part of layer.ls.parts || []) part.remove();
    layer.ls.parts = [];
  }

  function moved() {
    if (this.ls.rings) this.ls.was_rings = this.ls.rings;
    this.ls.rings = null;  // the border comes anew from the page
    addParts(this);
  }

  function back() {
    this.ls.rings = this.ls.rings || this.ls.was_rings || null;
    addParts(this);
  }

  function addParts(layer) {
    for (const part of layer.ls.parts || []) part.remove();
    layer.ls.parts = [];
    const add = (part) => layer.ls.parts.push(part.addTo(layer.ls.map));
    if (layer instanceof Corridor) {
      if (layer.ls.rings && layer.ls.rings.length) {
        add(L.polygon(layer.ls.rings, {className: 'ls-area-rim', interactive: false, fill: false}));
      }
      add(L.polyline(layer.getLatLngs(), {className: 'ls-area-middle', interactive: false, fill: false}));
    }
    if (!layer.ls.label) return;
    const words = document.createElement('span');
    words.className = 'ls-area-name';
    words.dir = 'auto';  // a name reads as its own script does
    words.textContent = layer.ls.label;
    const icon = L.divIcon({className: 'ls-icon', html: words, iconSize: [0, 0]});
    add(L.marker(top(layer), {icon, pane: 'ls-names', interactive: false, keyboard: false}));
  }

  function top(layer) {
    if (layer instanceof L.Circle) {
      const {lat, lng} = layer.getLatLng();
      return [lat + layer.getRadius() / M_A_DEGREE, lng];
    }
    if (layer instanceof L.Rectangle) return [layer.getBounds().getNorth(), layer.getBounds().getCenter().lng];
    const corners = layer.getLatLngs().flat(2);
    const highest = corners.reduce((best, place) => (place.lat > best.lat ? place : best));
    const more = layer instanceof Corridor ? layer.options.width_m / 2 / M_A_DEGREE : 0;
    return [highest.lat + more, highest.lng];
  }

  // ---- the stored area: whenever it changes

  function show(map, areas) {
    const state = map.LastSeenDrawing;
    const heard = areas.heard[mount] || 0;
    state.acts = state.acts.filter((act) => act.properties.n > heard);
    for (const [id, n] of Object.entries(state.pending)) if (n <= heard) delete state.pending[id];
    state.wanted = areas;
    follow(map);
  }

  // Never over an edit in progress, nor over what the page has not heard of yet.
  function follow(map) {
    const state = map.LastSeenDrawing;
    const areas = state.wanted;
    if (!areas || state.busy || state.token === areas.token) return;
    state.token = areas.token;
    const features = new Map(areas.features.map((feature) => [feature.properties.id, feature]));
    const known = new Map();
    for (const layer of state.group.getLayers()) {
      if (features.has(layer.ls.id) || layer.ls.id in state.pending) known.set(layer.ls.id, layer);
      else state.group.removeLayer(layer);
    }
    for (const [id, feature] of features) {
      if (id in state.pending) continue;
      const layer = known.get(id);
      if (layer && JSON.stringify(layer.ls.told) === JSON.stringify(bare(feature))) {
        tell(layer, feature, turnOf(map, feature));
        addParts(layer);
      } else {
        if (layer) state.group.removeLayer(layer);
        state.group.addLayer(layerOf(map, feature));
      }
    }
  }

  window.LastSeenDrawing = {begin, show};
})();
