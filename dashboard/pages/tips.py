import streamlit as st

from casework import jobs, tips
from dashboard import parts, session, tip_cards, tip_page_part
from dashboard.words import later, t, tn
from data.tip_models import Tip, TipState

FIRST = 5
case = parts.case_needed()
store = session.store()
known = tips.tips(store, case.id)

parts.heading(t("Tips"), case)
st.caption(
    t(
        "What the public sent. A tip is a stranger's word: nothing of it is evidence, and nothing is searched, until "
        "somebody here decides so."
    )
)
parts.tell()
tip_page_part.public_page(case)

PILES = {
    "waiting": later("Waiting"),
    "doubtful": later("Doubtful"),
    "taken": later("On the map"),
    "dismissed": later("Dismissed"),
}


def pile_of(tip: Tip) -> str:
    is_apart = tip.is_doubtful and tip.state is TipState.WAITING
    return "doubtful" if is_apart else tip.state.value


def chosen_pile(counts: dict[str, int]) -> str:
    pile = st.segmented_control(
        t("Which tips"), list(PILES), default="waiting", required=True, label_visibility="collapsed",
        format_func=lambda name: f"{t(PILES[name])} ({counts[name]})", key=f"pile_{case.id}",
    )  # fmt: skip
    return str(pile)


def shown_tips(pile: str) -> list[Tip]:
    """Those that wait oldest first, the others newest first; the one chosen on the map before all."""
    those = [tip for tip in known if pile_of(tip) == pile]
    if pile in ("taken", "dismissed"):
        those.reverse()
    return sorted(those, key=lambda tip: tip.id != session.chosen("tip"))


if not known:
    st.info(t("No tip has come yet."), icon=":material/forum:")
    st.stop()
pile = chosen_pile({name: sum(pile_of(tip) == name for tip in known) for name in PILES})
if pile == "doubtful":
    st.caption(t("They came faster than a person types, or with a field filled in that people do not see."))
those = shown_tips(pile)
if not those:
    st.info(t("There is none here."))
why_not = jobs.why_no_search(store, case.id)
is_ready = any(photo.is_usable for photo in store.photos(case.id))
if why_not is not None:
    st.warning(t("Nothing can be searched: {why_not} on the Case page.", why_not=parts.plain(why_not)))
elif not is_ready and any(tip.sha256 for tip in those):
    st.caption(t("A search needs a reference photo with one face. Add it on the Case page first."))
shown = session.recall("tips_shown", FIRST)
for tip in those[:shown]:
    tip_cards.card(case, tip, is_searchable=is_ready and why_not is None)
if len(those) > shown and st.button(tn("Show {n} more", "Show {n} more", len(those) - shown)):
    session.keep("tips_shown", shown + FIRST)
    st.rerun()
