"""The demo's town: the street grid and river of central Turku, written by hand, and invented cameras on it.

Street axes and names follow the real town so that distances and detours are lifelike; positions are approximate
(tens of metres) and come from no data set. Every camera and every owner is invented.

The town is laid out in metres on its own axes, about the market square: x runs north-east along the river, y runs
south-east across it, towards and over the river.
"""

from math import cos, radians, sin

from data.models import Camera

TIMEZONE = "Europe/Helsinki"
_ORIGIN = (60.45150, 22.26680)  # the market square
_GRID_BEARING_DEG = 49.0  # of the x axis
_M_PER_DEG_LAT = 111_320.0

_ALONG = {  # streets along the river: y
    "Läntinen Pitkäkatu": -545, "Puutarhakatu": -415, "Maariankatu": -190, "Yliopistonkatu": -62, "Eerikinkatu": 64,
    "Linnankatu": 190, "Läntinen Rantakatu": 262, "Itäinen Rantakatu": 345, "Itäinen Pitkäkatu": 470,
    "Sirkkalankatu": 610,
}  # fmt: skip
_ACROSS = {  # streets across it: x
    "Koulukatu": -640, "Puistokatu": -500, "Humalistonkatu": -345, "Kristiinankatu": -200, "Aurakatu": -62,
    "Kauppiaskatu": 62, "Brahenkatu": 195, "Aninkaistenkatu": 335, "Multavierunkatu": 470, "Hämeenkatu": 620,
}  # fmt: skip
_BRIDGES = {"Koulukatu": "Theatre bridge", "Aurakatu": "Aura bridge", "Brahenkatu": "Library bridge",
            "Multavierunkatu": "Cathedral bridge"}  # fmt: skip
_WEST_BANK, _EAST_BANK = "Läntinen Rantakatu", "Itäinen Rantakatu"
_EAST = (_EAST_BANK, "Itäinen Pitkäkatu", "Sirkkalankatu")
_PASSAGES = {  # short ways off the grid, through points (x, y) in metres; the ends are crossings of the grid
    "Market square north-south": (("Aurakatu", "Yliopistonkatu"), ((0, 0),), ("Kauppiaskatu", "Eerikinkatu")),
    "Market square west-east": (("Aurakatu", "Eerikinkatu"), ((0, 0),), ("Kauppiaskatu", "Yliopistonkatu")),
    "Brahe arcade": (("Brahenkatu", "Eerikinkatu"), ((235, 112), (290, 135)), ("Aninkaistenkatu", "Linnankatu")),
    "Cathedral underpass":
        (("Multavierunkatu", _EAST_BANK), ((540, 392), (590, 432)), ("Hämeenkatu", "Itäinen Pitkäkatu")),
    "School path": (("Hämeenkatu", "Itäinen Pitkäkatu"), ((668, 520), (672, 572)), ("Hämeenkatu", "Sirkkalankatu")),
}  # fmt: skip


def place(x_m: float, y_m: float) -> tuple[float, float]:
    """(lat, lon) of a point given in metres on the town's own axes."""
    along, across = radians(_GRID_BEARING_DEG), radians(_GRID_BEARING_DEG + 90)
    east = x_m * sin(along) + y_m * sin(across)
    north = x_m * cos(along) + y_m * cos(across)
    lat = _ORIGIN[0] + north / _M_PER_DEG_LAT
    return round(lat, 6), round(_ORIGIN[1] + east / (_M_PER_DEG_LAT * cos(radians(_ORIGIN[0]))), 6)


def _bend(x: float, y: float) -> tuple[float, float]:
    """Real grids are not ruled: move each crossing by a few metres, always the same way."""
    return x + 6 * sin(x / 97 + y / 61), y + 6 * sin(x / 71 - y / 113)


def _crossing(across: str, along: str) -> tuple[int, float, float]:
    """The node id and the place in metres where two streets meet."""
    number = 1000 + 100 * list(_ALONG).index(along) + list(_ACROSS).index(across)
    return (number, *_bend(_ACROSS[across], _ALONG[along]))


def _street(number: int, name: str, nodes: list[tuple[int, float, float]], highway: str) -> dict[str, object]:
    line = [place(x, y) for _, x, y in nodes]
    return {
        "type": "Feature",
        "id": f"demo-way/{number}",
        "properties": {"highway": highway, "name": name, "nodes": [node for node, _, _ in nodes]},
        "geometry": {"type": "LineString", "coordinates": [[lon, lat] for lat, lon in line]},
    }


def _grid() -> list[tuple[str, list[tuple[int, float, float]], str]]:
    """Every street of the grid with its crossings, in order; streets across stop at the river but for bridges."""
    streets = [(name, [_crossing(across, name) for across in _ACROSS], "residential") for name in _ALONG]
    for across in _ACROSS:
        west = [_crossing(across, along) for along in _ALONG if along not in _EAST]
        east = [_crossing(across, along) for along in _EAST]
        streets += [(across, west, "residential"), (across, east, "residential")]
        if across in _BRIDGES:
            ends = [_crossing(across, _WEST_BANK), _crossing(across, _EAST_BANK)]
            streets.append((_BRIDGES[across], ends, "pedestrian"))
    return streets


def _passages() -> list[tuple[str, list[tuple[int, float, float]], str]]:
    """The ways off the grid. The two paths over the market square meet in its middle and share that node."""
    ways = []
    numbers: dict[tuple[float, float], int] = {}
    for name, (start, middle, end) in _PASSAGES.items():
        points = [(numbers.setdefault(point, 9000 + len(numbers)), *point) for point in middle]
        ways.append((name, [_crossing(*start), *points, _crossing(*end)], "footway"))
    return ways


def demo_streets() -> dict[str, object]:
    """The walkable network as GeoJSON LineStrings; `nodes` in the properties names the node at each coordinate."""
    features = [_street(number, *way) for number, way in enumerate([*_grid(), *_passages()], start=1)]
    return {
        "type": "FeatureCollection",
        "note": "LastSeen demo, written by hand: approximate, not survey data",
        "features": features,
    }


_OWNERS = {  # owner, contact
    "city": ("Invented City Streets Office", "video@streets-office.example, ask for the duty engineer"),
    "kiosk": ("Market Kiosk Karhula (invented)", "owner@kiosk-karhula.example, +358 00 000 0101"),
    "arcade": ("Brahe Arcade Management (invented)", "control-room@brahe-arcade.example, +358 00 000 0102"),
    "grocer": ("Corner Grocer Niemi (invented)", "niemi@corner-grocer.example, +358 00 000 0103"),
    "bank": ("Rantatie Savings Bank (invented)", "security@rantatie-bank.example, written request only"),
    "hotel": ("Hotel Three Bridges (invented)", "night-desk@three-bridges.example, +358 00 000 0105"),
    "parking": ("Louhi Car Parks (invented)", "cctv@louhi-parks.example, +358 00 000 0106"),
    "bus": ("Archipelago Bus Lines (invented)", "recordings@archipelago-bus.example, +358 00 000 0107"),
    "museum": ("Hillside Art Museum (invented)", "guards@hillside-museum.example, +358 00 000 0108"),
    "school": ("Sirkkala Evening School (invented)", "janitor@sirkkala-school.example"),
    "cafe": ("Café Old Ferry (invented)", "hello@old-ferry.example"),
    "parish": ("Cathedral Parish Office (invented)", "office@cathedral-parish.example, weekdays 9 to 15"),
}  # fmt: skip

# kind, mount, indoor
_Mounting = tuple[str, str, bool | None]
_POLE, _WALL, _CEILING = ("fixed", "pole", False), ("fixed", "wall", False), ("fixed", "ceiling", True)
_WALL_IN, _DOME, _DOME_ANY = ("fixed", "wall", True), ("dome", "wall", False), ("dome", "wall", None)
_WALL_ANY, _DOME_POLE, _PTZ = ("fixed", "wall", None), ("dome", "pole", False), ("ptz", "pole", False)
_HD, _FULL, _SD, _4K = (1280, 720), (1920, 1080), (704, 576), (3840, 2160)
_CALL, _SEEN, _NONE = "owner read it out by telephone", "compared with a radio clock on site", ""

# x, y (m), heading (degrees; None: unknown), field of view, range (m), picture, mounting, owner, retention (days),
# recorder clock minus true time (s), how that was checked, name
_Heading = float | tuple[float, ...] | None
_Row = tuple[
    float, float, _Heading, float | None, float | None, tuple[int, int], _Mounting, str, float, float, str, str
]  # fmt: skip
# fmt: off
_CAMERAS: tuple[_Row, ...] = (
    (-70, -398, 139, 90, 25, _FULL, _WALL, "museum", 14, 0, _SEEN, "Art museum, front steps"),
    (-55, -205, 139, 75, 30, _FULL, _POLE, "city", 7, 0, _SEEN, "Aurakatu at Maariankatu"),
    (-55, -75, None, 360, 40, _4K, _DOME_POLE, "city", 7, 0, _SEEN, "Market square, west corner"),
    (60, -70, (49.0, 229.0), 80, 35, _FULL, _POLE, "city", 7, 0, _SEEN, "Market square, north corner, two lenses"),
    (70, 52, 319, 95, 15, _HD, _WALL_IN, "kiosk", 5, 95, _CALL, "Kiosk Karhula, counter"),
    (-50, 70, None, None, 30, _FULL, _PTZ, "city", 7, 0, _SEEN, "Market square, south corner (turning)"),
    (262, 125, 229, 46, 18, _HD, _CEILING, "arcade", 10, 180, _CALL, "Brahe arcade, middle"),
    (208, 84, 139, 70, 20, _FULL, _CEILING, "arcade", 10, 180, _CALL, "Brahe arcade, Eerikinkatu door"),
    (326, 182, 319, 80, 18, _HD, _WALL, "arcade", 10, 180, _CALL, "Brahe arcade, Linnankatu door"),
    (204, 252, 139, 60, 45, _FULL, _POLE, "city", 7, 0, _SEEN, "Library bridge, west end"),
    (188, 352, 319, 60, 45, _FULL, _POLE, "city", 7, 0, _SEEN, "Library bridge, east end"),
    (130, 338, None, None, 25, _SD, _DOME, "cafe", 3, -240, _CALL, "Café Old Ferry, terrace"),
    (410, 252, 229, 42, 15, _HD, _CEILING, "hotel", 14, -45, _SEEN, "Hotel Three Bridges, foyer"),
    (474, 330, 319, 70, 40, _FULL, _POLE, "city", 7, 0, _SEEN, "Cathedral bridge, east end"),
    (462, 270, 139, 70, 40, _FULL, _POLE, "city", 7, 0, _SEEN, "Cathedral bridge, west end"),
    (480, 462, None, 100, 20, _HD, _DOME, "parish", 30, 0, _NONE, "Cathedral parish office, gate"),
    (548, 398, 319, 40, 22, _HD, _CEILING, "city", 4, 60, _CALL, "Cathedral underpass, west stair"),
    (612, 455, 229, 80, 30, _FULL, _POLE, "city", 7, 0, _SEEN, "Hämeenkatu at Itäinen Pitkäkatu"),
    (628, 618, 319, 80, 30, _FULL, _WALL, "school", 21, 310, _CALL, "Evening school, gate"),
    (340, 478, 49, 85, 25, _FULL, _WALL, "bank", 30, 0, _SEEN, "Savings bank, cash machine"),
    (332, 200, 229, 85, 20, _HD, _WALL, "bank", 30, 0, _SEEN, "Savings bank, Linnankatu door"),
    (345, 62, None, None, None, _SD, _DOME_ANY, "grocer", 6, 420, _CALL, "Corner grocer, till"),
    (340, -75, 139, 90, 30, _FULL, _POLE, "bus", 14, 0, _SEEN, "Aninkaistenkatu stop, shelter A"),
    (338, -190, 49, 70, 35, _FULL, _PTZ, "bus", 14, 0, _SEEN, "Coach station, forecourt"),
    (345, -205, 319, 45, 20, _HD, _CEILING, "bus", 14, 0, _SEEN, "Coach station, hall"),
    (198, 58, 319, 75, 25, _FULL, _WALL, "bank", 30, 0, _SEEN, "Savings bank, Brahenkatu"),
    (190, -68, 229, 75, 25, _HD, _WALL, "grocer", 6, 420, _CALL, "Corner grocer, delivery door"),
    (58, 195, 49, 80, 30, _FULL, _POLE, "city", 7, 0, _SEEN, "Linnankatu at Kauppiaskatu"),
    (70, 268, 139, 100, 25, _HD, _DOME, "hotel", 14, -45, _SEEN, "Hotel Three Bridges, river annexe"),
    (-58, 256, 139, 60, 45, _FULL, _POLE, "city", 7, 0, _SEEN, "Aura bridge, west end"),
    (-66, 352, 319, 60, 45, _FULL, _POLE, "city", 7, 0, _SEEN, "Aura bridge, east end"),
    (60, 350, None, None, 20, _SD, _WALL, "cafe", 3, -240, _CALL, "Café Old Ferry, kitchen door"),
    (-62, 476, 139, 80, 30, _FULL, _POLE, "city", 7, 0, _SEEN, "Itäinen Pitkäkatu at Aurakatu"),
    (200, 476, 49, 80, 30, _FULL, _POLE, "city", 7, 0, _SEEN, "Itäinen Pitkäkatu at Brahenkatu"),
    (190, 604, None, 90, 25, _HD, _DOME, "school", 21, 310, _CALL, "Evening school, bicycle stand"),
    (-205, 60, 49, 80, 25, _FULL, _WALL, "parking", 10, -75, _CALL, "Louhi car park, Kristiinankatu ramp"),
    (-210, -64, 139, 90, 18, _HD, _CEILING, "parking", 10, -75, _CALL, "Louhi car park, pay desk"),
    (-340, 186, 319, 80, 30, _FULL, _POLE, "city", 7, 0, _SEEN, "Linnankatu at Humalistonkatu"),
    (-352, -70, 49, 80, 30, _FULL, _POLE, "city", 7, 0, _SEEN, "Yliopistonkatu at Humalistonkatu"),
    (-348, -405, 229, 70, 35, _FULL, _PTZ, "bus", 14, 0, _SEEN, "Puutarhakatu stop"),
    (-505, -195, 139, 80, 30, _SD, _WALL, "grocer", 6, 420, _CALL, "Corner grocer, Puistokatu branch"),
    (-634, 258, 139, 60, 45, _FULL, _POLE, "city", 7, 0, _SEEN, "Theatre bridge, west end"),
    (-646, 350, 319, 60, 45, _FULL, _POLE, "city", 7, 0, _SEEN, "Theatre bridge, east end"),
    (-500, 470, None, None, None, _HD, _DOME_POLE, "parking", 10, -75, _CALL, "Louhi car park, riverside"),
    (66, -540, 229, 80, 30, _FULL, _POLE, "bus", 14, 0, _SEEN, "Läntinen Pitkäkatu stop"),
    (622, 255, 319, 85, 25, _HD, _WALL_ANY, "hotel", 14, -45, _SEEN, "Hotel Three Bridges, car park"),
)
# fmt: on


def demo_cameras() -> tuple[Camera, ...]:
    """The cameras, "demo-cam-01" onward."""
    return tuple(_camera(number, row) for number, row in enumerate(_CAMERAS, start=1))


def _camera(number: int, row: _Row) -> Camera:
    x, y, heading, fov, range_m, (width, height), (kind, mount, indoor), owner, days, offset, checked, name = row
    lat, lon = place(x, y)
    headings = () if heading is None else heading if isinstance(heading, tuple) else (float(heading),)
    return Camera(
        id=f"demo-cam-{number:02d}",
        name=name,
        lat=lat,
        lon=lon,
        headings_deg=headings,
        fov_deg=fov,
        range_m=range_m,
        width_px=width,
        height_px=height,
        kind=kind,
        mount=mount,
        is_indoor=indoor,
        owner=_OWNERS[owner][0],
        contact=_OWNERS[owner][1],
        retention_days=days,
        clock_offset_s=offset,
        clock_checked=checked,
        source="LastSeen demo (invented)",
    )
