import streamlit as st

from casework.urgency import Need, home, only
from dashboard import home_beside, parts, session, tour
from dashboard.assets import STATIC_DIR
from dashboard.case_form import case_form
from dashboard.home_cards import NEEDS, WITHIN, card, need_words
from dashboard.home_search import hits, search_field
from dashboard.words import t, tn
from data.models import Permission

FIRST = 20
LOOK = STATIC_DIR / "lastseen-home.css"
store = session.store()

st.html(LOOK)
st.title(t("Cases"), anchor=False)
parts.tell()
if not session.may(Permission.OPEN_CASES):
    st.info(t("This account manages accounts, and therefore sees no cases."), icon=":material/manage_accounts:")
    st.stop()

is_closed = bool(session.widget("home_closed"))
cards = home(store, closed=is_closed)
searched = search_field() if cards or is_closed else ""
if searched:
    hits(searched)
    st.stop()

if not cards and not is_closed:
    st.info(
        t(
            "No case here yet in which you have a role. Open one below: a number, a name, and how the person moves are "
            "enough. For a case of somebody else's, ask its supervisor for a role."
        ),
        icon=":material/folder_open:",
    )


def filters() -> tuple[Need | None, str]:
    """Which cases to show: by what they need, and by when the person was last seen."""
    counts = {need: sum(need in told.needs for told in cards) for need in Need}
    need = st.pills(
        t("What they need"),
        [need for need in Need if counts[need]] or [Need.NOTHING],
        format_func=lambda need: f"{NEEDS[need][1]} {need_words(need)} ({counts[need]})",
        key="home_need",
        wrap=True,
        help=t("Cases stand in the order of what they need most; of cases alike, who was seen last comes first."),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        within = st.selectbox(
            t("Last seen"),
            list(WITHIN),
            format_func=lambda name: t(WITHIN[name][0]),
            key="home_within",
            width=190,
        )
        st.toggle(t("Closed cases"), key="home_closed")
    return need, within or "any"


def case_list() -> None:
    need, within = filters()
    shown = only(cards, need=need, seen_within=WITHIN[within][1])
    if not shown:
        st.info(t("No case fits. Choose other filters above."), icon=":material/filter_alt_off:")
    most = session.recall("home_shown", FIRST)
    for number, told in enumerate(shown[:most]):
        card(told, is_first=number == 0)
    if len(shown) > most and st.button(t("Show more of {n}", n=len(shown)), key="home_more"):
        session.keep("home_shown", most + FIRST)
        st.rerun()


if cards or is_closed:
    st.caption(
        tn("{n} closed case", "{n} closed cases", len(cards))
        if is_closed
        else tn("{n} open case, the most urgent first", "{n} open cases, the most urgent first", len(cards))
    )
    left, right = st.columns([7, 3], gap="medium")
    with left:
        case_list()
    with right.container(gap="small"):
        home_beside.deadlines(cards)
        home_beside.at_work(cards)
with st.expander(t("New case"), expanded=not cards and not is_closed, icon=":material/add:"):
    case_form(cards[0].case.timezone if cards else "UTC")
tour.invitation()
