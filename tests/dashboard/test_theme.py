"""The theme's colours, by the contrast that WCAG 2.2 AA asks for."""

import tomllib
from pathlib import Path

import pytest

CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"
THEME = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"]
COLOURS = ("red", "orange", "yellow", "blue", "green", "violet", "gray")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Of WCAG 2.2: 1 for the same colour, 21 for black on white."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("base", ["light", "dark"])
def test_every_text_of_the_theme_can_be_read_on_every_ground_it_stands_on(base: str) -> None:
    theme = THEME[base]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]]
    for name in ("textColor", "linkColor", *(f"{colour}TextColor" for colour in COLOURS)):
        for ground in grounds:
            assert contrast(theme[name], ground) >= 4.5, f"{base}: {name} on {ground}"
    for colour in COLOURS:
        assert contrast(theme[f"{colour}TextColor"], theme[f"{colour}BackgroundColor"]) >= 4.5, f"{base}: {colour}"
    assert contrast(theme["codeTextColor"], theme["codeBackgroundColor"]) >= 4.5
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5, "the words of a primary button"
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 3, "its edge"


def test_styles_of_our_own_know_no_left_and_no_right() -> None:
    for name in ("dashboard/static/lastseen-pages.css", "api/sign_in.css"):
        style = (CONFIG.parents[1] / name).read_text(encoding="utf-8")
        for side in ("margin-left", "margin-right", "padding-left", "padding-right", "text-align: left", "border-left"):
            assert side not in style, f"{name}: {side}; use inline-start and inline-end"
