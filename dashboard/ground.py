"""What lies under a map: addresses of tiles for static/lastseen-ground.js, which shows the first that there is."""

from urllib.parse import quote

from dashboard import session
from dashboard.assets import vector_scripts
from dashboard.map import Ground
from dashboard.text import map_text
from dashboard.words import reader, t
from data.models import Case
from settings import Settings


def ground_of(case: Case | None) -> Ground:
    """The grounds of a case's map, or, without one, of a map of cameras alone. Constant until the streets change."""
    return made_of(session.settings(), case, session.store().streets(case.id) if case else None)


def made_of(settings: Settings, case: Case | None, streets: tuple[str, str] | None) -> Ground:
    """The grounds by what the settings name, and by the case's streets: their stamp, and the name of their file."""
    return Ground(
        file="/tiles/info" if settings.tiles_file else "",
        vector=vector_scripts() if settings.tiles_file else (),
        online=settings.tiles_url,
        online_attribution=map_text(settings.tiles_attribution),
        streets=_streets_url(case.id, streets[0]) if case and streets else "",
        streets_attribution=map_text(_attribution(case, streets[1])) if case and streets else "",
        words=_words(),
        language=reader().code,
    )


def _streets_url(case_id: str, sha256: str) -> str:
    return f"/tiles/cases/{quote(case_id, safe='')}/{{z}}/{{x}}/{{y}}{{r}}.png?v={sha256[:16]}&theme={{theme}}"


def _attribution(case: Case, name: str) -> str:
    if case.is_demo:
        return t("invented streets")
    if name.casefold().endswith((".osm", ".osm.bz2", ".osm.gz", ".pbf")):
        return "© OpenStreetMap contributors"
    return t("Streets: {name}", name=name)


def _words() -> dict[str, str]:
    return {
        "title": t("Base map"),
        "file": t("Map file"),
        "online": t("Online map"),
        "streets": t("Streets of the case"),
        "none": t("No base map"),
        "nothing": t("No base map yet. Add the streets of the area on the Cameras page."),
        "unusable": t("The map file cannot be shown."),
        "no_vector": t(
            "The map file holds vector tiles, and what draws them is not installed. "
            "Whoever runs this server can add it with: make vendor"
        ),
        "silent": t("The base map does not answer."),
    }
