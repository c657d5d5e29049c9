from typing import Any

from dashboard.map_layers import PinKind, pin_mark
from dashboard.map_view import PinClick, Seen, news_of


def act(n: int, mount: str = "m") -> dict[str, Any]:
    return {"type": "Feature", "properties": {"act": "new", "n": n, "mount": mount, "radius": 5}, "geometry": None}


def clicked_pin(count: int, mark: str, at: tuple[float, float] = (60.1, 24.9)) -> dict[str, Any]:
    return {
        "last_object_clicked_count": count,
        "last_object_clicked": {"lat": at[0], "lng": at[1]},
        "last_object_clicked_tooltip": f"North gate{mark}",
    }


CAMERA = clicked_pin(2, pin_mark(PinKind.CAMERA, "cam@1:x", 60.1, 24.9))


def test_a_clicked_pin_is_told_once() -> None:
    news, seen = news_of(CAMERA, Seen())
    again, _ = news_of(CAMERA, seen)

    assert news.pin == PinClick(PinKind.CAMERA, "cam@1:x")
    assert again.pin is None


def test_the_same_pin_clicked_again_is_told_again() -> None:
    _, seen = news_of(CAMERA, Seen())

    news, _ = news_of(CAMERA | {"last_object_clicked_count": 4}, seen)

    assert news.pin == PinClick(PinKind.CAMERA, "cam@1:x")


def test_a_click_on_a_drawing_does_not_repeat_the_pin_whose_tooltip_it_leaves() -> None:
    _, seen = news_of(CAMERA, Seen())
    on_drawing = clicked_pin(4, pin_mark(PinKind.CAMERA, "cam@1:x", 60.1, 24.9), at=(60.2, 24.8))

    assert news_of(on_drawing, seen)[0].pin is None
    assert news_of(on_drawing | {"last_object_clicked": None}, seen)[0].pin is None


def test_a_pin_drawn_on_the_other_side_of_the_antimeridian_is_still_known() -> None:
    value = clicked_pin(2, pin_mark(PinKind.SIGHTING, "s", -17.0, -179.9), at=(-17.0, 180.1))

    assert news_of(value, Seen())[0].pin == PinClick(PinKind.SIGHTING, "s")


def test_a_tooltip_without_a_mark_names_no_pin() -> None:
    assert news_of(clicked_pin(2, ""), Seen())[0].pin is None


def test_a_clicked_place_is_told_once() -> None:
    value = {"last_clicked": {"lat": 60.0, "lng": 24.0}, "last_object_clicked_count": 0}

    news, seen = news_of(value, Seen())

    assert news.place == (60.0, 24.0)
    assert news_of(value, seen)[0].place is None


def test_what_was_drawn_is_told_once_and_what_came_since_alone() -> None:
    news, seen = news_of({"all_drawings": [act(1), act(2)]}, Seen())
    again, seen = news_of({"all_drawings": [act(1), act(2)]}, seen)
    later, seen = news_of({"all_drawings": [act(2), act(3)]}, seen)

    assert news.areas == [act(1), act(2)]
    assert again.areas is None
    assert later.areas == [act(3)]
    assert seen.heard == {"m": 3}


def test_a_map_made_anew_counts_from_one_again() -> None:
    _, seen = news_of({"all_drawings": [act(7)]}, Seen())
    news, seen = news_of({"all_drawings": [act(1, "other")]}, seen)

    assert news.areas == [act(1, "other")]
    assert news_of({"all_drawings": [act(7)]}, seen)[0].areas is None


def test_no_drawings_reported_are_no_news() -> None:
    assert news_of({"all_drawings": None}, Seen())[0].areas is None
    assert news_of(CAMERA | {"all_drawings": []}, Seen())[0].areas is None
