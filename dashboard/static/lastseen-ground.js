// What lies under the case: a map file of this machine (pictures or vectors), an online server where one is switched
// on, the case's own streets, or nothing. The first that there is, unless the reader chose another one in this browser.
(function () {
  'use strict';

  const KEPT = 'lastseen-ground';
  const ORDER = ['file', 'online', 'streets', 'none'];

  class Ground {
    constructor(map, told) {
      this.map = map;
      this.told = told;
      this.words = told.words || {};
      this.choices = new Map();  // name -> () => a layer
      this.is_ready = false;
      this.layer = null;
      const pane = map.createPane('ls-ground');
      pane.style.zIndex = 150;  // below everything that is drawn of the case
      pane.style.pointerEvents = 'none';
      this.box = L.DomUtil.create('div', 'ls-ground');
      const control = L.control({position: 'bottomleft'});
      control.onAdd = () => this.box;
      control.addTo(map);
      L.DomEvent.disableClickPropagation(this.box);
      L.DomEvent.disableScrollPropagation(this.box);
      this.night = this.is_night();
      new MutationObserver(() => this.follow()).observe(map.getContainer(), {attributes: true, attributeFilter: ['class']});
    }

    is_night() {
      return this.map.getContainer().classList.contains('ls-night');
    }

    async begin() {
      const {told, choices} = this;
      if (told.streets) choices.set('streets', () => this.streets());
      if (told.online) choices.set('online', () => this.pictures(told.online, {attribution: told.online_attribution}));
      if (told.file) await this.ask(told.file);
      if (choices.size) choices.set('none', () => null);
      else if (!this.note) this.say(this.words.nothing);
      const kept = localStorage.getItem(KEPT);
      this.offer();
      this.is_ready = true;
      this.choose(choices.has(kept) ? kept : ORDER.find((name) => choices.has(name)));
    }

    // What the file on the server says of itself; where it cannot be used, that is said and the next ground is shown.
    async ask(address) {
      let info;
      try {
        const answer = await fetch(address, {credentials: 'same-origin'});
        if (!answer.ok) return void this.say(`${this.words.unusable} ${(await answer.text()).slice(0, 300)}`);
        info = await answer.json();
      } catch (error) {
        return void this.say(`${this.words.unusable} ${error.message}`);
      }
      if (!info.vector) {
        const pictures = {attribution: escaped(info.attribution), minZoom: info.minzoom, maxNativeZoom: info.maxzoom, bounds: bounds_of(info), photos: info.type === 'image/jpeg'};
        this.choices.set('file', () => this.pictures(info.tiles[0], pictures));
      } else if (!this.told.vector.length) {
        this.say(this.words.no_vector);
      } else {
        try {
          for (const script of this.told.vector) await load(script);
          this.choices.set('file', () => LastSeenVector.layer(info, {attribution: escaped(info.attribution), bounds: bounds_of(info), night: this.night, language: this.told.language}));
        } catch (error) {
          this.say(`${this.words.unusable} ${error.message}`);
        }
      }
    }

    streets() {
      return L.tileLayer(this.told.streets, {
        pane: 'ls-ground', maxZoom: 22, theme: this.night ? 'dark' : 'light', attribution: this.told.streets_attribution,
      });
    }

    pictures(url, options) {
      const is_photo = options.photos || /\.jpe?g/i.test(url);
      return L.tileLayer(url, Object.assign({
        pane: 'ls-ground', maxZoom: 22, maxNativeZoom: 19, className: is_photo ? 'ls-photos' : 'ls-pictures',
      }, options));
    }

    choose(name) {
      if (this.layer) this.layer.remove();
      if (this.note && this.note.textContent === this.words.silent) {  // said of the one before
        this.note.remove();
        this.note = null;
      }
      const make = this.choices.get(name);
      this.layer = make ? make() : null;
      if (this.layer) {
        let came = false;
        this.layer.on('tileload', () => { came = true; });
        this.layer.on('tileerror', () => { if (!came) this.say(this.words.silent); });
        this.layer.addTo(this.map);
      }
      for (const input of this.box.querySelectorAll('input')) input.checked = input.value === name;
    }

    // A dark page gets a dark ground: streets are drawn so, vectors painted so, pictures turned by the style sheet.
    follow() {
      const night = this.is_night();
      if (night === this.night) return;
      this.night = night;
      if (!this.layer) return;
      if (this.layer.options.theme) {
        this.layer.options.theme = night ? 'dark' : 'light';
        this.layer.remove().addTo(this.map);  // redraw() would ask for tiles of half a zoom level (Leaflet 1.9)
      } else if (this.layer.ls_night) {
        this.layer.ls_night(night);
      }
    }

    offer() {
      if (!this.choices.size) return;
      const box = L.DomUtil.create('details', 'ls-legend ls-grounds', this.box);
      L.DomUtil.create('summary', '', box).textContent = this.words.title || 'Base map';
      const group = L.DomUtil.create('div', '', box);
      group.setAttribute('role', 'radiogroup');
      group.setAttribute('aria-label', this.words.title || 'Base map');
      for (const name of ORDER.filter((one) => this.choices.has(one))) {
        const row = L.DomUtil.create('label', 'ls-row', group);
        const pick = L.DomUtil.create('input', '', row);
        pick.type = 'radio';
        pick.name = 'ls-ground';
        pick.value = name;
        L.DomUtil.create('span', 'ls-words', row).textContent = this.words[name] || name;
        pick.addEventListener('change', () => {
          localStorage.setItem(KEPT, name);
          this.choose(name);
        });
      }
    }

    say(text) {
      if (!text) return;
      this.note = this.note || L.DomUtil.create('p', 'ls-ground-note', this.box);
      this.note.setAttribute('role', 'status');
      this.note.textContent = text;
    }
  }

  function bounds_of(info) {
    const [west, south, east, north] = info.bounds;
    return L.latLngBounds([[south, west], [north, east]]);
  }

  // Leaflet takes attributions for markup.
  function escaped(text) {
    const box = document.createElement('span');
    box.textContent = text || '';
    return box.innerHTML;
  }

  function load(address) {
    return new Promise((loaded, failed) => {
      const script = document.createElement('script');
      script.src = address;
      script.onload = loaded;
      script.onerror = () => failed(new Error(address.split('?')[0]));
      document.head.append(script);
    });
  }

  window.LastSeenGround = {
    begin(map, told) {
      map.LastSeenGround = new Ground(map, told);
      return map.LastSeenGround.begin();
    },
  };
})();
