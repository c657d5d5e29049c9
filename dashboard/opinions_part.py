"""What people said of a candidate, as far as whoever looks may know it, and how a dispute is settled."""

import streamlit as st

from casework.review import Candidate
from casework.verdicts import Standing
from dashboard import parts, session
from dashboard.words import later, t
from data.models import Case, MatchState, Permission, Verdict

STANDS = {
    Verdict.CONFIRM: "confirmed",
    Verdict.REJECT: "rejected",
    Verdict.UNSURE: "unsure",
    Verdict.SETTLE_CONFIRM: later("settled as confirmed"),
    Verdict.SETTLE_REJECT: later("settled as somebody else"),
}
ALONE = later(
    "Nobody else here? A second person needs an account of their own: `cli.py users add NAME` on this machine makes "
    "one, and a supervisor gives it the role reviewer under Team on the Case page. They sign in, on this machine too, "
    "and find the candidate under To review."
)


def said(case: Case, candidate: Candidate, standing: Standing) -> None:
    """The verdicts that stand, as far as this person may know of them."""
    reviews = [*standing.verdicts.values(), *([standing.settled] if standing.settled else [])]
    lines = [
        f"{STANDS[one.verdict]} by {one.by}, {parts.local(one.at, case)}. {one.note}"
        for one in sorted(reviews, key=lambda one: one.at)
    ]
    if lines:
        st.info("  \n".join(parts.plain(line) for line in lines), icon=":material/gavel:")
    if candidate.match.state is MatchState.HALF_CONFIRMED:
        st.warning(
            t(
                "Waits for a second person, who must confirm it without knowing what was said so far. Until then it is "
                "neither on the map nor in any export."
            ),
            icon=":material/group:",
        )
        st.caption(t(ALONE))


def dispute(case: Case, candidate: Candidate, standing: Standing) -> tuple[bool, str] | None:
    """Says that people disagree. Where a supervisor settles it now: whether it is the person, and why."""
    st.warning(
        t(
            "One person confirmed this, another says it is someone else. A supervisor who is neither of them settles "
            "it; until then it is not on the map."
        ),
        icon=":material/balance:",
    )
    decided = standing.who(Verdict.CONFIRM) | standing.who(Verdict.REJECT)
    if session.who() in decided or not session.may(Permission.GOVERN, case):
        return None
    match_id = candidate.match.id
    reason = st.text_input(t("Why the one is right"), key=f"reason_{match_id}", max_chars=2000)
    with st.container(horizontal=True):
        yes = st.button(t("Settle: it is this person"), key=f"settle_yes_{match_id}", icon=":material/check:")
        no = st.button(t("Settle: someone else"), key=f"settle_no_{match_id}", icon=":material/close:")
    return (yes, reason) if yes or no else None
