"""What the review page says of candidates and verdicts."""

from casework.footage import true_time
from casework.review import Candidate
from dashboard import parts
from dashboard.words import later
from data.models import Case, MatchState, Verdict

SHOWN = {
    later("To review"): MatchState.TO_REVIEW,
    later("Second needed"): MatchState.HALF_CONFIRMED,
    later("Unsure"): MatchState.UNSURE,
    later("Disputed"): MatchState.DISPUTED,
    later("Confirmed"): MatchState.CONFIRMED,
    later("Rejected"): MatchState.REJECTED,
    later("Set aside"): MatchState.SET_ASIDE,
}
"""The headings of the queue."""
RARE = ("Second needed", "Disputed")
"""Headings that stand there only while there is something under them."""
SAID = {
    Verdict.CONFIRM: later("Confirmed: {which}."),
    Verdict.REJECT: later("Someone else: {which}."),
    Verdict.UNSURE: later("Cannot tell: {which}."),
    Verdict.UNDO: later("Taken back: {which}."),
    Verdict.SETTLE_CONFIRM: later("Settled as confirmed: {which}."),
    Verdict.SETTLE_REJECT: later("Settled as somebody else: {which}."),
}
FOLLOWS = {
    MatchState.HALF_CONFIRMED: later(
        "It stands on the map once a second person confirms it too, without knowing of your verdict."
    ),
    MatchState.DISPUTED: later("Another person sees it differently, so it is in dispute: a supervisor settles it."),
    MatchState.CONFIRMED: later("Its pin stands on the map."),
}


def place_and_time(candidate: Candidate, case: Case) -> str:
    """Where and when a candidate was seen, on the case's clocks."""
    at = true_time(candidate.footage, candidate.match.track.best_s)
    return f"{candidate.camera.name or candidate.camera.id}, {parts.local(at, case)}"
