// Paints vector map files quietly, so that what is drawn of the case stands out. Knows the layers of Protomaps (3 and 4),
// OpenMapTiles and Shortbread by their names; layers of any other make are drawn as plain lines and outlines.
(function () {
  'use strict';

  const LOOK = {
    day: {
      ground: '#f2f1ee', green: '#dfe9d8', sand: '#efe9d5', water: '#c3d9e8', building: '#e2dfd9', edge: '#cfcbc4',
      street: '#ffffff', motorway: '#fbe3ac', path: '#c4beb0', rail: '#b5b0aa', border: '#a79fb5', ink: '#4a4f57',
      water_ink: '#3d6c8e', paper: '#f8f7f5',
    },
    night: {
      ground: '#1b1f26', green: '#1d2a24', sand: '#28261f', water: '#16293a', building: '#232830', edge: '#121418',
      street: '#48505c', motorway: '#6a6048', path: '#363e46', rail: '#3d434c', border: '#5a5470', ink: '#b4bcc7',
      water_ink: '#7fa9c9', paper: '#14171c',
    },
  };

  const LAYERS = {
    areas: ['landcover', 'landuse', 'park', 'land', 'sites'],
    water: ['water', 'ocean', 'water_polygons'],
    rivers: ['waterway', 'water_lines'],
    buildings: ['buildings', 'building'],
    roads: ['roads', 'transportation', 'streets'],
    borders: ['boundaries', 'boundary'],
    road_names: ['roads', 'transportation_name', 'street_labels'],
    places: ['places', 'place', 'place_labels'],
    water_names: ['water', 'water_name', 'water_polygons_labels'],
    numbers: ['buildings', 'housenumber', 'addresses'],
    others: ['earth', 'pois', 'poi', 'transit', 'natural', 'physical_point', 'physical_line', 'mountain_peak', 'aeroway',
      'aerodrome_label', 'street_polygons', 'streets_polygons_labels', 'street_labels_points', 'bridges', 'dam_lines',
      'dam_polygons', 'pier_lines', 'pier_polygons', 'aerialways', 'ferries', 'boundary_labels', 'water_lines_labels',
      'public_transport', 'mask', 'globallandcover', 'contour'],
  };

  const words = (text) => new Set(text.split(' '));
  const GREEN = words('park wood forest grass grassland meadow cemetery grave_yard village_green recreation_ground garden ' +
    'playground pitch golf_course nature_reserve protected_area national_park allotments orchard vineyard scrub heath ' +
    'farmland greenfield wetland marsh swamp bog dog_park');
  const SAND = words('sand beach barren bare_rock scree shingle quarry rock glacier');
  const ROADS = {
    path: words('path track footway steps cycleway bridleway pedestrian pier corridor path_construction'),
    minor: words('minor_road minor other service residential unclassified living_street busway street road raceway'),
    major: words('major_road medium_road primary secondary tertiary primary_link secondary_link tertiary_link'),
    motorway: words('highway motorway trunk motorway_link trunk_link'),
    rail: words('rail transit light_rail subway tram narrow_gauge funicular monorail railway'),
  };
  const TOWNS = words('locality city town');
  const QUARTERS = words('neighbourhood macrohood suburb quarter village hamlet borough district island');
  const LINE = 2, AREA = 3;

  function kind(feature) {
    const said = feature.props;
    return String(said.kind ?? said['pmap:kind'] ?? said.class ?? said.highway ?? said.subclass ?? '');
  }

  const is = (set) => (zoom, feature) => set.has(kind(feature));
  const any = () => true;

  // As wide as geo/street_tiles.py draws a case's streets.
  const wide = (zoom) => Math.min(12, Math.max(1, zoom < 14 ? Math.round(1.3 ** (zoom - 11)) : zoom > 14 ? 2 * (zoom - 14) + 1 : 2));
  const ROAD_LOOKS = [
    // name, from zoom, colour, width
    ['path', 14, 'path', (zoom) => Math.max(1, wide(zoom) / 3)],
    ['minor', 12, 'street', wide],
    ['major', 8, 'street', (zoom) => Math.max(1, wide(zoom) * 1.35)],
    ['motorway', 5, 'motorway', (zoom) => Math.max(1, wide(zoom) * 1.6)],
  ];

  function paint_rules(look, unknown) {
    const {PolygonSymbolizer, LineSymbolizer} = protomapsL;
    const rules = [];
    const add = (layers, symbolizer, filter, minzoom) => {
      for (const dataLayer of layers) rules.push({dataLayer, symbolizer, filter, minzoom});
    };
    const fill = (colour) => new PolygonSymbolizer({fill: colour});
    const line = (color, width, dash) => new LineSymbolizer({color, width, dash, lineCap: dash ? 'butt' : 'round', lineJoin: 'round'});
    const area = (filter) => (zoom, feature) => feature.geomType === AREA && filter(zoom, feature);
    add(LAYERS.areas, fill(look.green), area(is(GREEN)));
    add(LAYERS.areas, fill(look.sand), area(is(SAND)));
    add(LAYERS.water, fill(look.water), area(any));
    add([...LAYERS.rivers, 'water'], line(look.water, (zoom) => Math.max(1, wide(zoom) / 2)), (zoom, feature) => feature.geomType === LINE, 9);
    add(LAYERS.buildings, fill(look.building), area(any), 14);
    const of = (name) => (zoom, feature) => feature.geomType === LINE && ROADS[name].has(kind(feature));
    for (const [name, from, , width] of ROAD_LOOKS.slice(1)) {
      add(LAYERS.roads, line(look.edge, (zoom) => (width(zoom) >= 3 ? width(zoom) + 2 : width(zoom))), of(name), from);
    }
    for (const [name, from, colour, width] of ROAD_LOOKS) {
      const own = (zoom) => (name !== 'path' && width(zoom) < 3 ? look.edge : look[colour]);  // thin white lines would be lost
      add(LAYERS.roads, line(own, width, name === 'path' ? [4, 2] : undefined), of(name), from);
    }
    add(LAYERS.roads, line(look.rail, (zoom) => (zoom < 14 ? 1 : 2), [6, 3]), of('rail'), 10);
    add(LAYERS.borders, line(look.border, 1, [5, 4]), (zoom, feature) => feature.geomType === LINE);
    add(unknown, line(look.edge, (zoom) => (wide(zoom) >= 3 ? wide(zoom) + 2 : wide(zoom))), (zoom, feature) => feature.geomType === LINE);
    add(unknown, line((zoom) => (wide(zoom) < 3 ? look.edge : look.street), wide), (zoom, feature) => feature.geomType === LINE);
    add(unknown, line(look.edge, 1), (zoom, feature) => feature.geomType === AREA);
    return rules;
  }

  // The first rules win where names meet.
  function label_rules(look, unknown, language) {
    const {CenteredTextSymbolizer, LineLabelSymbolizer} = protomapsL;
    const names = [`name:${language}`, `name_${language}`, 'name', 'name:latin'];
    const rules = [];
    const add = (layers, symbolizer, filter, minzoom, maxzoom) => {
      for (const dataLayer of layers) rules.push({dataLayer, symbolizer, filter, minzoom, maxzoom});
    };
    const text = (size, fill, labelProps = names) => new CenteredTextSymbolizer({labelProps, fill, stroke: look.paper, width: 2, lineHeight: 1.3, font: `${size} sans-serif`});
    const along = () => new LineLabelSymbolizer({labelProps: names, fill: look.ink, stroke: look.paper, width: 3, font: '12px sans-serif', position: 2});
    const of = (name) => (zoom, feature) => ROADS[name].has(kind(feature));
    add(LAYERS.places, text('600 13px', look.ink), is(words('country region state')), 3, 9);
    add(LAYERS.places, text('600 14px', look.ink), is(TOWNS), 7, 15);
    add(LAYERS.places, text('12px', look.ink), is(QUARTERS), 12, 17);
    for (const [name, from] of [['motorway', 12], ['major', 13], ['minor', 15], ['path', 17]]) add(LAYERS.road_names, along(), of(name), from);
    add(LAYERS.water_names, text('italic 12px', look.water_ink), (zoom, feature) => feature.geomType !== LINE, 12);
    add(LAYERS.numbers, text('10px', look.ink, ['addr_housenumber', 'housenumber', 'number']), any, 17);
    add(unknown, along(), (zoom, feature) => feature.geomType === LINE, 15);
    return rules;
  }

  // `info` is the answer of /tiles/info. A tile that the file lacks is an empty one; any other answer than a tile is an error.
  function layer(info, {attribution, bounds, night, language}) {
    const known = new Set(Object.values(LAYERS).flat());
    const unknown = info.layers.filter((name) => !known.has(name));
    const tiles = {
      async getZxy(z, x, y, signal) {
        const answer = await fetch(L.Util.template(info.tiles[0], {z, x, y}), {signal, credentials: 'same-origin'});
        if (answer.status === 204) return undefined;
        if (!answer.ok) throw new Error(`tile ${z}/${x}/${y}: HTTP ${answer.status}`);
        return {data: await answer.arrayBuffer()};
      },
    };
    const made = protomapsL.leafletLayer({
      // a tile is drawn from the one above it
      url: tiles, maxDataZoom: info.maxzoom, attribution, bounds, minZoom: info.minzoom && info.minzoom + 1, maxZoom: 22, pane: 'ls-ground',
      lang: language, className: 'ls-vectors',
    });
    made.ls_night = (is_night) => {
      const look = LOOK[is_night ? 'night' : 'day'];
      made.paintRules = paint_rules(look, unknown);
      made.labelRules = label_rules(look, unknown, language);
      made.backgroundColor = look.ground;
      made.clearLayout();
      if (made._map) made.rerenderTiles();
    };
    made.ls_night(night);
    return made;
  }

  window.LastSeenVector = {layer};
})();
