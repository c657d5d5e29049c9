// Finds a street or place by its name, in the case's streets and the gazetteer of this machine (/api/v1/places).
// Names are set as text.
(function () {
  'use strict';

  const WAIT_MS = 180;
  const FEWEST_LETTERS = 2;

  function begin(map, url, words) {
    const control = L.control({position: 'topright'});
    control.onAdd = () => build(map, url, words);
    control.addTo(map);
  }

  function build(map, url, words) {
    const box = L.DomUtil.create('div', 'ls-search');
    const input = L.DomUtil.create('input', '', box);
    const list = L.DomUtil.create('ul', '', box);
    const status = L.DomUtil.create('div', 'ls-search-status', box);
    const found = L.layerGroup().addTo(map);
    let places = [], at = -1, timer = 0, asked = 0;
    Object.assign(input, {type: 'search', placeholder: words.search, autocomplete: 'off', spellcheck: false, maxLength: 100});
    list.id = 'ls-found';
    list.hidden = true;
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', words.search);
    status.setAttribute('role', 'status');
    for (const [name, value] of [['role', 'combobox'], ['aria-label', words.search], ['aria-autocomplete', 'list'],
      ['aria-controls', list.id], ['aria-expanded', 'false']]) input.setAttribute(name, value);
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);

    input.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    });
    input.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        if (places.length) mark((at + (event.key === 'ArrowDown' ? 1 : places.length - (at < 0 ? 0 : 1))) % places.length);
      } else if (event.key === 'Enter' && places.length) {
        event.preventDefault();
        go(places[Math.max(0, at)]);
      } else if (event.key === 'Escape') {
        input.value = '';
        found.clearLayers();
        offer([], '');
      }
    });
    input.addEventListener('blur', () => setTimeout(() => { if (!box.contains(document.activeElement)) close(); }, 150));
    input.addEventListener('focus', () => { if (places.length) open(); });

    function ask() {
      const text = input.value.trim(), mine = ++asked;
      if (text.length < FEWEST_LETTERS) return offer([], '');
      const {lat, lng} = map.getCenter().wrap();
      fetch(`${url}&q=${encodeURIComponent(text)}&lat=${lat.toFixed(5)}&lon=${lng.toFixed(5)}`, {credentials: 'same-origin', headers: {'X-LastSeen': '1'}})
        .then((answer) => {
          if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
          return answer.json();
        })
        .then((answer) => {
          if (mine === asked) offer(answer, answer.length ? words.found.replace('{n}', answer.length) : words.nothing_found);
        })
        .catch((error) => {
          if (mine === asked) offer([], words.search_failed);
          console.warn('LastSeen: no search:', error.message);
        });
    }

    function offer(answer, said) {
      [places, at] = [answer, -1];
      status.textContent = said;
      status.classList.toggle('ls-unseen', answer.length > 0);
      list.replaceChildren(...answer.map((place, number) => {
        const item = document.createElement('li');
        item.id = `ls-found-${number}`;
        item.setAttribute('role', 'option');
        item.append(line('ls-found-name', place.name), line('ls-found-kind', kind_of(place)));
        item.addEventListener('mousedown', (event) => { event.preventDefault(); go(place); });
        return item;
      }));
      if (answer.length) open();
      else close();
    }

    function kind_of(place) {
      if (place.distance_m === null) return place.kind;
      const length = LastSeenTools.length_words(place.distance_m);
      return [place.kind, words.away.replace('{length}', length)].filter(Boolean).join(' · ');
    }

    function mark(number) {
      at = number;
      [...list.children].forEach((item, each) => item.setAttribute('aria-selected', String(each === at)));
      input.setAttribute('aria-activedescendant', `ls-found-${at}`);
      list.children[at].scrollIntoView({block: 'nearest'});
    }

    function go(place) {
      close();
      input.value = place.name;
      found.clearLayers();
      const icon = L.divIcon({className: 'ls-icon', html: '<span class="ls-found"></span>', iconSize: [30, 30]});
      const label = document.createElement('div');
      label.textContent = place.name;
      L.marker([place.lat, place.lon], {icon, interactive: false, keyboard: false, zIndexOffset: 1500})
        .bindTooltip(label, {permanent: true, direction: 'top', offset: [0, -14], className: 'ls-tip'}).addTo(found);
      map.setView([place.lat, place.lon], Math.max(map.getZoom(), 16));
    }

    function open() {
      list.hidden = false;
      input.setAttribute('aria-expanded', 'true');
    }

    function close() {
      list.hidden = true;
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
    }

    return box;
  }

  function line(classes, text) {
    const made = document.createElement('span');
    made.className = classes;
    made.textContent = text;
    return made;
  }

  window.LastSeenSearch = {begin};
})();
