"""The looks to choose from, as pages with and without Streamlit know them."""

from dashboard.words import later

LOOK_COOKIE = "lastseen_look"
SYSTEM = "system"
LOOKS = {
    SYSTEM: later("As this computer has it"),
    "light": later("Light"),
    "dark": later("Dark"),
    "contrast-light": later("High contrast, black on white"),
    "contrast-dark": later("High contrast, white on black"),
}


def known_look(wanted: str) -> str:
    """The look of a cookie; empty where it names none."""
    return wanted if wanted in LOOKS else ""
