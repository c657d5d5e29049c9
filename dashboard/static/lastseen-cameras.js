// Very many cameras on one canvas: asks the server for what the view holds, draws dots, headings, ranks and clusters.
// Every word from the server is set as text, never as markup. Panning and zooming never reach the page's script.
(function () {
  'use strict';

  const PAD = 0.25;             // of the view, fetched and drawn beyond each edge, so that a short pan shows no gap
  const HEADINGS_FROM_ZOOM = 15;
  const NUMBERS_FROM_ZOOM = 13;
  const HIT_PX = 6;             // beside the dot itself; a finger gets more
  const WEDGE_PX = 26;
  const LOOK = {
    day: {dot: '#75808c', ranked: '#2f5fc4', rim: '#ffffff', wedge: 'rgba(47, 95, 196, .28)', plain: 'rgba(90, 100, 112, .24)', ink: '#ffffff', cluster: '#4b5663'},
    night: {dot: '#9aa6b2', ranked: '#7aa2ff', rim: '#10161d', wedge: 'rgba(122, 162, 255, .32)', plain: 'rgba(170, 180, 190, .25)', ink: '#0b0f14', cluster: '#b7c0ca'},
  };

  const Cameras = L.Layer.extend({
    // `badges`: cameras up to this rank, and those with footage, are markers of the page's own: nobody sends them.
    initialize(url, badges, texts) {
      this._texts = texts;
      this._url = url;
      this._badges = badges;
      this._shown = {clusters: [], cameras: []};
      this._token = '';
    },

    onAdd(map) {
      this._map = map;
      this._canvas = L.DomUtil.create('canvas', 'ls-cameras leaflet-zoom-animated', map.getPane('ls-dots'));
      this._canvas.setAttribute('aria-hidden', 'true');  // the list beside the map holds the same cameras
      this._tip = L.tooltip({direction: 'top', className: 'ls-tip', offset: [0, -8], opacity: 1});
      this._ask();
    },

    onRemove() {
      if (this._under_way) this._under_way.abort();
      this._tip.remove();
      this._canvas.remove();
    },

    getEvents() {
      return {moveend: this._moved, zoomanim: this._zooming, resize: this._ask, mousemove: this._hover, mouseout: this._leave, preclick: this._click};
    },

    // The page's token changes with the cameras and their ranks.
    follow(token) {
      const is_new = token !== this._token;
      this._token = token;
      if (is_new && this._map) this._ask();
    },

    _moved() {
      this._draw();
      this._ask();
    },

    _view() {
      const bounds = this._map.getBounds().pad(PAD);
      return [Math.max(-90, bounds.getSouth()), bounds.getWest(), Math.min(90, bounds.getNorth()), bounds.getEast()];
    },

    _ask() {
      const [south, west, north, east] = this._view();
      if (!(north > south) || !(east > west)) return;
      if (this._under_way) this._under_way.abort();
      const under_way = this._under_way = new AbortController();
      const began = performance.now();
      const edges = [west, south, east, north].map((edge) => edge.toFixed(6)).join(',');
      const join = this._url.includes('?') ? '&' : '?';
      fetch(`${this._url}${join}bbox=${edges}&zoom=${Math.floor(this._map.getZoom())}&badges=${this._badges}`, {signal: under_way.signal, credentials: 'same-origin'})
        .then((answer) => {
          if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
          return answer.json();
        })
        .then((shown) => {
          if (under_way.signal.aborted || !this._map) return;
          this._shown = shown;
          this._draw();
          this.painted_ms = performance.now() - began;
          this._map.fire('ls:cameras', {painted_ms: this.painted_ms});
        })
        .catch((error) => {
          if (error.name !== 'AbortError') console.warn('LastSeen: no cameras on the map:', error.message);
        });
    },

    // ---- drawing

    _draw() {
      const map = this._map, canvas = this._canvas;
      const size = map.getSize(), pad = size.multiplyBy(PAD).round();
      const corner = map.containerPointToLayerPoint([0, 0]).subtract(pad);
      const wide = size.x + 2 * pad.x, high = size.y + 2 * pad.y, ratio = window.devicePixelRatio || 1;
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(high * ratio);
      canvas.style.width = `${wide}px`;
      canvas.style.height = `${high}px`;
      L.DomUtil.setPosition(canvas, corner);
      this._drawn = {corner: map.layerPointToLatLng(corner), zoom: map.getZoom()};
      const pen = canvas.getContext('2d');
      pen.setTransform(ratio, 0, 0, ratio, -corner.x * ratio, -corner.y * ratio);
      pen.textAlign = 'center';
      pen.textBaseline = 'middle';
      const look = LOOK[map.getContainer().classList.contains('ls-night') ? 'night' : 'day'];
      const middle = map.getCenter().lng;
      const at = (lat, lon) => map.latLngToLayerPoint([lat, lon + 360 * Math.round((middle - lon) / 360)]);
      const visible = this._shown.cameras;
      this._targets = [];
      if (map.getZoom() >= HEADINGS_FROM_ZOOM) {
        for (const camera of visible) this._headings(pen, look, camera, at(camera[3], camera[4]));
      }
      for (const camera of visible) this._camera(pen, look, camera, at(camera[3], camera[4]));
      for (const cluster of this._shown.clusters) this._cluster(pen, look, cluster, at(cluster[0], cluster[1]));
    },

    _headings(pen, look, [, , , , , headings, fov, , rank], where) {
      const half = (Math.PI / 360) * Math.min(180, fov || 70);
      pen.fillStyle = rank ? look.wedge : look.plain;
      for (const heading of headings) {
        const ahead = ((heading - 90) * Math.PI) / 180;
        pen.beginPath();
        pen.moveTo(where.x, where.y);
        pen.arc(where.x, where.y, WEDGE_PX, ahead - half, ahead + half);
        pen.closePath();
        pen.fill();
      }
    },

    _camera(pen, look, camera, where) {
      const rank = camera[8];
      const numbered = rank && rank < 1000 && this._map.getZoom() >= NUMBERS_FROM_ZOOM;
      const radius = numbered ? 9 : rank ? 5.5 : 4;
      pen.beginPath();
      pen.arc(where.x, where.y, radius, 0, 2 * Math.PI);
      pen.fillStyle = rank ? look.ranked : look.dot;
      pen.fill();
      pen.lineWidth = 1.5;
      pen.strokeStyle = look.rim;
      pen.stroke();
      if (numbered) this._word(pen, look.ink, '600 9px', String(rank), where.x, where.y + 0.5);
      this._targets.push({where, radius, camera});
    },

    _cluster(pen, look, cluster, where) {
      const count = cluster[2], best = cluster[7];
      const radius = Math.min(26, 11 + 2.6 * Math.log2(count));
      for (const [wider, alpha] of [[4, 0.3], [0, 1]]) {  // with a rim: a number in it is a count, not a rank
        pen.beginPath();
        pen.arc(where.x, where.y, radius + wider, 0, 2 * Math.PI);
        pen.globalAlpha = alpha;
        pen.fillStyle = look.cluster;
        pen.fill();
      }
      pen.lineWidth = 1.5;
      pen.strokeStyle = look.rim;
      pen.stroke();
      this._word(pen, look.ink, '600 12px', count < 10000 ? String(count) : `${Math.round(count / 1000)}k`, where.x, where.y + 0.5);
      if (best) {  // the number of the first of its cameras to ask, on a flag
        const wide = 10 + 6 * String(best).length;
        pen.fillStyle = look.rim;
        pen.fillRect(where.x + radius * 0.4, where.y - radius - 7, wide, 14);
        pen.lineWidth = 1;
        pen.strokeStyle = look.ranked;
        pen.strokeRect(where.x + radius * 0.4, where.y - radius - 7, wide, 14);
        this._word(pen, look.ranked, '700 10px', String(best), where.x + radius * 0.4 + wide / 2, where.y - radius + 0.5);
      }
      this._targets.push({where, radius, cluster});
    },

    _word(pen, ink, font, text, x, y) {
      pen.fillStyle = ink;
      pen.font = `${font} system-ui, sans-serif`;
      pen.fillText(text, x, y);
    },

    _zooming(event) {
      if (!this._drawn) return;
      const scale = this._map.getZoomScale(event.zoom, this._drawn.zoom);
      const corner = this._map._latLngToNewLayerPoint(this._drawn.corner, event.zoom, event.center);
      L.DomUtil.setTransform(this._canvas, corner, scale);
      this._tip.remove();
    },

    // ---- pointing

    _near(point, reach) {
      let best = null, least = Infinity;
      for (const target of this._targets || []) {
        const away = Math.hypot(target.where.x - point.x, target.where.y - point.y) - target.radius;
        if (away <= reach && away < least) [best, least] = [target, away];
      }
      return best;
    },

    _hover(event) {
      if (event.originalEvent.target.closest('.leaflet-marker-icon, .leaflet-control')) return this._leave();
      const target = this._near(event.layerPoint, 2);
      if (target === this._over) return;
      this._over = target;
      this._map.getContainer().classList.toggle('ls-pointing', Boolean(target));
      if (!target) return void this._tip.remove();
      this._tip.setLatLng(this._map.layerPointToLatLng(target.where)).setContent(words(target, this._texts)).addTo(this._map);
    },

    _leave() {
      this._over = null;
      this._tip.remove();
      this._map.getContainer().classList.remove('ls-pointing');
    },

    _click(event) {
      const source = event.originalEvent;
      if (!source || source.target.closest('.leaflet-marker-icon, .leaflet-control, .leaflet-interactive')) return;
      if (['ls-drawing', 'ls-measuring'].some((name) => this._map.getContainer().classList.contains(name))) return;
      const touch = source.pointerType === 'touch';
      const target = this._near(event.layerPoint, touch ? 3 * HIT_PX : HIT_PX);
      if (!target) return;
      this._map.LastSeen.swallow = performance.now();  // the click on the ground that follows is none
      if (target.cluster) this._open(target.cluster);
      else choose(this._map, target.camera);
    },

    _open([, , , south, west, north, east, , first]) {
      const tight = north - south < 1e-5 && east - west < 1e-5;
      if (tight || this._map.getZoom() >= this._map.getMaxZoom()) {
        choose(this._map, [first[0], '', '', first[1], first[2]]);
      } else {
        const near = (lon) => lon + 360 * Math.round((this._map.getCenter().lng - lon) / 360);
        this._map.fitBounds([[south, near(west)], [north, near(east)]], {padding: [60, 60]});
      }
    },
  });

  function words({camera, cluster}, texts) {
    const box = document.createElement('div');
    const line = (text) => { box.appendChild(document.createElement('div')).textContent = text; };
    if (cluster) {
      line(texts.n_cameras.replace('{n}', cluster[2]));
      if (cluster[7]) line(texts.first_to_ask.replace('{n}', cluster[7]));
    } else {
      line((camera[8] ? `${camera[8]}. ` : '') + (camera[1] || camera[0]));
      if (camera[2]) line(camera[2]);
      if (!camera[5].length) line(texts.no_heading);
    }
    return box;
  }

  // Tells the page through streamlit-folium 0.27.4's own record (private to it: pinned, and held by a browser test).
  function choose(map, [id, , , lat, lon]) {
    const told = window.__GLOBAL_DATA__;
    if (!told) return;
    told.last_object_clicked = {lat, lng: lon};
    told.last_object_clicked_count += 1;
    told.last_object_clicked_tooltip = `\u2063camera:${id}@${lat},${lon}`;
    map.fire('moveend');
  }

  window.LastSeenCameras = Cameras;
})();
