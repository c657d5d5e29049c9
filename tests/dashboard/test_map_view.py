from typing import Any

from dashboard.map import CaseOnMap, PinKind, View, pin_mark
from dashboard.map_view import PinClick, Seen, news_of

VIEW = View.around([])
CIRCLE = {
    "type": "Feature",
    "properties": {"radius": 250.123456789},
    "geometry": {"type": "Point", "coordinates": [24.9, 60.1]},
}
SQUARE = {
    "type": "Feature",
    "properties": {},
    "geometry": {"type": "Polygon", "coordinates": [[[24.0, 60.0], [24.1, 60.0], [24.1, 60.1], [24.0, 60.0]]]},
}


def clicked_pin(count: int, mark: str, at: tuple[float, float] = (60.1, 24.9)) -> dict[str, Any]:
    return {
        "last_object_clicked_count": count,
        "last_object_clicked": {"lat": at[0], "lng": at[1]},
        "last_object_clicked_tooltip": f"North gate{mark}",
    }


CAMERA = clicked_pin(2, pin_mark(PinKind.CAMERA, "cam@1:x", 60.1, 24.9))


def test_a_clicked_pin_is_told_once() -> None:
    case = CaseOnMap(VIEW)

    news, seen = news_of(CAMERA, case, Seen())
    again, _ = news_of(CAMERA, case, seen)

    assert news.pin == PinClick(PinKind.CAMERA, "cam@1:x")
    assert again.pin is None


def test_the_same_pin_clicked_again_is_told_again() -> None:
    _, seen = news_of(CAMERA, CaseOnMap(VIEW), Seen())

    news, _ = news_of(CAMERA | {"last_object_clicked_count": 4}, CaseOnMap(VIEW), seen)

    assert news.pin == PinClick(PinKind.CAMERA, "cam@1:x")


def test_a_click_on_a_drawing_does_not_repeat_the_pin_whose_tooltip_it_leaves() -> None:
    _, seen = news_of(CAMERA, CaseOnMap(VIEW), Seen())
    on_drawing = clicked_pin(4, pin_mark(PinKind.CAMERA, "cam@1:x", 60.1, 24.9), at=(60.2, 24.8))

    assert news_of(on_drawing, CaseOnMap(VIEW), seen)[0].pin is None
    assert news_of(on_drawing | {"last_object_clicked": None}, CaseOnMap(VIEW), seen)[0].pin is None


def test_a_pin_drawn_on_the_other_side_of_the_antimeridian_is_still_known() -> None:
    value = clicked_pin(2, pin_mark(PinKind.SIGHTING, "s", -17.0, -179.9), at=(-17.0, 180.1))

    assert news_of(value, CaseOnMap(VIEW), Seen())[0].pin == PinClick(PinKind.SIGHTING, "s")


def test_a_tooltip_without_a_mark_names_no_pin() -> None:
    assert news_of(clicked_pin(2, ""), CaseOnMap(VIEW), Seen())[0].pin is None


def test_a_clicked_place_is_told_once() -> None:
    value = {"last_clicked": {"lat": 60.0, "lng": 24.0}, "last_object_clicked_count": 0}

    news, seen = news_of(value, CaseOnMap(VIEW), Seen())

    assert news.place == (60.0, 24.0)
    assert news_of(value, CaseOnMap(VIEW), seen)[0].place is None


def test_no_drawings_reported_is_no_news_and_an_empty_list_means_all_deleted() -> None:
    case = CaseOnMap(VIEW, areas=[CIRCLE])
    news, seen = news_of({"all_drawings": None, "last_object_clicked_count": None}, case, Seen())
    deleted, _ = news_of({"all_drawings": [], "last_object_clicked_count": 1}, case, seen)

    assert news.areas is None
    assert deleted.areas == []


def test_the_stored_area_coming_back_is_no_news() -> None:
    case = CaseOnMap(VIEW, areas=[CIRCLE, SQUARE])
    _, seen = news_of({"all_drawings": None, "last_object_clicked_count": None}, case, Seen())
    rounded = CIRCLE | {"geometry": {"type": "Point", "coordinates": [24.9000000001, 60.1]}}

    news, _ = news_of({"all_drawings": [rounded, SQUARE], "last_object_clicked_count": 1}, case, seen)

    assert news.areas is None


def test_a_changed_radius_is_news() -> None:
    case = CaseOnMap(VIEW, areas=[CIRCLE])
    _, seen = news_of({"all_drawings": None, "last_object_clicked_count": None}, case, Seen())
    larger = CIRCLE | {"properties": {"radius": 400.0}}

    assert news_of({"all_drawings": [larger], "last_object_clicked_count": 1}, case, seen)[0].areas == [larger]


def test_a_click_on_an_old_map_does_not_undo_what_someone_else_drew() -> None:
    _, seen = news_of({"last_object_clicked_count": None}, CaseOnMap(VIEW, areas=[CIRCLE]), Seen())
    meanwhile = CaseOnMap(VIEW, areas=[CIRCLE, SQUARE])

    news, _ = news_of(CAMERA | {"all_drawings": [CIRCLE]}, meanwhile, seen)

    assert news.areas is None
