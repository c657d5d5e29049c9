"""What the map's own scripts say, in the language of whoever reads the page. Placeholders stay for the scripts."""

from dashboard.words import t


def map_words() -> dict[str, str]:
    """By name, as static/lastseen-map.js and the scripts beside it ask for them."""
    return _tools() | _legend() | _hours() | _cameras()


def _tools() -> dict[str, str]:
    return {
        "map": t("Map of the case"),
        "fit": t("Show the whole case"),
        "measure": t("Measure distances"),
        "measure_first": t("Click where to start. Enter takes the middle of the map."),
        "measure_next": t("Click on. Double-click or press Enter twice to finish, Escape to clear."),
        "measured": t("{length} in all; last stretch {last}, bearing {bearing}°"),
        "print": t("Print the map"),
        "printed": t("Printed {time}"),
        "copy": t("Copy the coordinates of the middle of the map"),
        "copied": t("Copied: {place}"),
        "search": t("Find a street or place"),
        "nothing_found": t("Nothing of that name is known here."),
        "search_failed": t("The search does not answer. Try again."),
        "found": t("{n} found. Choose with the arrow keys."),
        "away": t("{length} away"),
        "close": t("Close"),
    }


def _legend() -> dict[str, str]:
    return {
        "legend": t("Legend"),
        "none": t("none"),
        "sightings": t("Sightings, by time"),
        "reported": t("reported"),
        "confirmed_match": t("confirmed match"),
        "last_known": t("last known"),
        "unsure_place": t("how far off it may be"),
        "ways": t("Way from sighting to sighting"),
        "by_streets": t("shortest by streets"),
        "straight": t("straight line"),
        "reach": t("Where the person can be"),
        "reach_streets": t("streets in reach"),
        "cameras": t("Cameras to ask first"),
        "by_rank": t("by rank"),
        "selected": t("selected"),
        "has_footage": t("has footage"),
        "sectors": t("Fields of view"),
        "dots": t("Other cameras"),
        "ranked": t("ranked"),
        "not_ranked": t("not ranked"),
        "several": t("several"),
        "requests": t("Footage requests"),
        "draft": t("draft"),
        "sent": t("sent"),
        "received": t("received"),
        "refused": t("refused"),
        "expired": t("too late"),
        "waiting": t("Candidates to review"),
        "to_review": t("to review"),
        "unsure": t("unsure"),
        "half_confirmed": t("second person needed"),
        "disputed": t("in dispute"),
        "decided": t("Candidates decided on"),
        "confirmed": t("confirmed"),
        "rejected": t("rejected"),
        "looked": t("Looked at, nothing seen"),
        "tips": t("Tips that wait"),
        "not_checked": t("not checked, no evidence"),
        "area": t("Search area"),
        "more": t("and {n} more"),
    }


def _hours() -> dict[str, str]:
    return {
        "hour": t("What was known at an hour"),
        "now": t("Now"),
        "to_now": t("Back to now"),
        "play": t("Play the hours"),
        "pause": t("Pause"),
        "then": t("As known and possible then. Faded: told later. The cameras' numbers are today's."),
        "hour_failed": t("That hour cannot be shown: the server does not answer. Try again."),
    }


def _cameras() -> dict[str, str]:
    return {
        "n_cameras": t("{n} cameras"),
        "first_to_ask": t("the first to ask is number {n}"),
        "no_heading": t("heading unknown"),
    }
