"""What axe-core finds on a page, in each of the looks that a reader can choose."""

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

GRAVE = {"serious", "critical"}
USUAL = (("light", "usual"), ("dark", "usual"))
HIGH_CONTRAST = (("light", "more"), ("dark", "more"))
ON_A_MAP = frozenset({"target-size"})
"""Where pins stand is essential (WCAG 2.2, 2.5.8); each can also be chosen in the list, or by keyboard."""
_axe = Axe()
_RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# colours on their way from one look to the next are neither; what turns for ever is not waited for
_TRANSITIONS_OVER = """() => Promise.allSettled(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished))"""


def faults(page: Page | Frame, *, but: frozenset[str] = frozenset()) -> list[str]:
    """Each serious or critical fault, with the first elements that have it; frames are looked at by themselves."""
    page.evaluate(_TRANSITIONS_OVER)
    found = _axe.run(page, context={"exclude": [["iframe"]]}, options=_RULES).response["violations"]
    return [
        f"{fault['impact']} {fault['id']}: {[node['target'] for node in fault['nodes'][:3]]}"
        for fault in found
        if fault["impact"] in GRAVE and fault["id"] not in but
    ]


def faults_in(page: Page, looks: Sequence[tuple[str, str]]) -> list[str]:
    """The same on a light or a dark ground, with the usual contrast or with high contrast."""
    found: list[str] = []
    for scheme, contrast in looks:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate("(contrast) => { document.documentElement.dataset.lsContrast = contrast; }", contrast)
        page.wait_for_function("() => !document.querySelector('[data-stale=true]')")  # drawn anew, and faded until then
        found += [f"{scheme}, {contrast} contrast: {fault}" for fault in faults(page)]
    page.emulate_media(color_scheme=None)
    return found
