// The legend: what each sign means, how many there are, and a switch for each layer, kept in this browser.
(function () {
  'use strict';

  const KEPT = 'lastseen-layers-off';
  const {badge, drop, diamond, envelope, eye, bubble, dash} = LastSeenSymbols;

  // Name of the layer, and its signs with the names of their meanings.
  const ROWS = [
    ['sightings', [
      ['reported', drop(1, false, false)], ['confirmed_match', drop(2, true, false)], ['last_known', drop(3, false, true)],
      ['unsure_place', dash('ls-key-disc')]]],
    ['ways', [['by_streets', dash('ls-key-way')], ['straight', dash('ls-key-way ls-key-straight')]]],
    ['reach', [['', dash('ls-key-reach')], ['reach_streets', dash('ls-key-reach-streets')]]],
    ['cameras', [['by_rank', badge(1, false, false)], ['selected', badge(1, true, false)], ['has_footage', badge(1, false, true)]]],
    ['sectors', [['', dash('ls-key-sector')]]],
    ['dots', [['ranked', dash('ls-key-dot ls-key-ranked')], ['not_ranked', dash('ls-key-dot')], ['several', '<span class="ls-key-cluster">8</span>']]],
    ['requests', ['draft', 'sent', 'received', 'refused', 'expired'].map((state) => [state, envelope(state)])],
    ['waiting', ['to_review', 'unsure', 'half_confirmed', 'disputed'].map((look) => [look, diamond(look)])],
    ['decided', ['confirmed', 'rejected'].map((look) => [look, diamond(look)])],
    ['looked', [['', eye()]]],
    ['tips', [['not_checked', bubble()]]],
  ];
  const NAMES = ROWS.map(([name]) => name);

  function begin(map, groups, words) {
    const off = new Set(JSON.parse(localStorage.getItem(KEPT) || '[]'));
    const counts = {}, notes = {};
    const control = L.control({position: 'bottomright'});
    control.onAdd = () => {
      const box = L.DomUtil.create('details', 'ls-legend ls-signs');
      box.open = map.getSize().x >= 1000;
      L.DomUtil.create('summary', '', box).textContent = words.legend;
      const rows = L.DomUtil.create('div', 'ls-rows', box);
      for (const [name, signs] of ROWS) addRow(rows, name, signs);
      const area = L.DomUtil.create('div', 'ls-row ls-only-key', rows);
      L.DomUtil.create('span', 'ls-key', area).innerHTML = dash('ls-key-area');
      L.DomUtil.create('span', '', area).textContent = words.area;
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };

    function addRow(box, name, signs) {
      const row = L.DomUtil.create('label', 'ls-row', box);
      const tick = L.DomUtil.create('input', '', row);
      tick.type = 'checkbox';
      tick.name = name;
      tick.checked = !off.has(name);
      tick.addEventListener('change', () => turn(name, tick.checked));
      if (off.has(name)) map.removeLayer(groups[name]);
      const lines = L.DomUtil.create('span', 'ls-words', row);
      L.DomUtil.create('span', 'ls-name', lines).textContent = words[name];
      counts[name] = L.DomUtil.create('span', 'ls-count', lines);
      for (const [meaning, sign] of signs) {
        const key = L.DomUtil.create('span', 'ls-key', lines);
        key.innerHTML = sign;
        if (meaning) L.DomUtil.create('span', '', key).textContent = words[meaning];
      }
      notes[name] = L.DomUtil.create('span', 'ls-note', lines);
    }

    function turn(name, on) {
      if (on) map.addLayer(groups[name]);
      else map.removeLayer(groups[name]);
      if (on) off.delete(name);
      else off.add(name);
      localStorage.setItem(KEPT, JSON.stringify([...off]));
    }

    control.addTo(map);
    return {
      // How many of a layer there are now, and what is to be said of it.
      tell(name, count, note) {
        counts[name].textContent = count === null ? '' : count ? String(count) : words.none;
        notes[name].innerHTML = note || '';  // escaped by the page (dashboard/text.py)
      },
    };
  }

  window.LastSeenLegend = {begin, NAMES};
})();
