"""What a match's verdicts make of it: two people confirm, neither knowing of the other. Pure; reads and writes nothing.

Each person has one standing verdict, the last that they did not take back. From these follows the state:

- Two confirmations, given by two people before either was shown the other's verdict, make a match CONFIRMED; one alone
  makes it HALF_CONFIRMED.
- One rejection is enough, where nobody confirmed: most candidates are strangers, and a wrong no harms nobody.
- A confirmation against a rejection is DISPUTED, until a supervisor who is neither of them settles it with reasons.
- Whoever has said yes or no is shown what others said, and everybody is once a match is confirmed, rejected or in
  dispute. From then on they may still change their mind, but a yes that they did not give before counts no more as
  independent: a third person, or a supervisor, is needed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from data.models import MatchState, Review, Verdict

FINAL = frozenset({Verdict.CONFIRM, Verdict.REJECT})
"""A yes or a no; who has said one has nothing more to be kept from."""
SETTLES = {Verdict.SETTLE_CONFIRM: MatchState.CONFIRMED, Verdict.SETTLE_REJECT: MatchState.REJECTED}
OPEN = frozenset({MatchState.TO_REVIEW, MatchState.HALF_CONFIRMED, MatchState.UNSURE})
"""States that must look to whoever has yet to decide as if nobody had said anything."""
LEFT_OUT = frozenset({MatchState.SET_ASIDE, MatchState.DROPPED})
"""What the machine took out of the queue."""


@dataclass
class Standing:
    """Everybody's standing verdicts on a match: by person, their last one that was not taken back, oldest first.

    `shown` is what each held when the others' verdicts were first shown to them (UNSURE for nothing), `settled` a
    supervisor's last word.
    """

    verdicts: dict[str, Review] = field(default_factory=dict)
    shown: dict[str, Verdict] = field(default_factory=dict)
    settled: Review | None = None

    def of(self, person: str) -> Review | None:
        """What this person says; None when nothing of theirs stands."""
        return self.settled if self.settled is not None and self.settled.by == person else self.verdicts.get(person)

    def who(self, verdict: Verdict) -> frozenset[str]:
        return frozenset(by for by, review in self.verdicts.items() if review.verdict is verdict)

    def others_decided(self, person: str) -> bool:
        """Whether somebody else's yes or no stands."""
        return any(by != person and review.verdict in FINAL for by, review in self.verdicts.items())

    @property
    def independent(self) -> frozenset[str]:
        """Who confirms without having known what others say."""
        yes = Verdict.CONFIRM
        return frozenset(by for by in self.who(yes) if self.shown.get(by, yes) is yes)

    @property
    def confirmed_by(self) -> tuple[str, ...]:
        """The people on whom a confirmation rests, in the order of their verdicts."""
        if self.settled is not None and self.settled.verdict is Verdict.SETTLE_CONFIRM:
            return (*(by for by in self.verdicts if by in self.who(Verdict.CONFIRM)), self.settled.by)
        return tuple(by for by in self.verdicts if by in self.independent)

    @property
    def state(self) -> MatchState:
        confirming, rejecting = self.who(Verdict.CONFIRM), self.who(Verdict.REJECT)
        if self.settled is not None and confirming:
            return SETTLES[self.settled.verdict]
        if confirming and rejecting:
            return MatchState.DISPUTED
        if rejecting:
            return MatchState.REJECTED
        if len(self.independent) >= 2:
            return MatchState.CONFIRMED
        if confirming:
            return MatchState.HALF_CONFIRMED
        return MatchState.UNSURE if self.verdicts else MatchState.TO_REVIEW


def standing_of(reviews: Iterable[Review]) -> Standing:
    """What stands after all these verdicts, oldest first. An UNDO without a verdict of one's own changes nothing."""
    given: dict[str, list[Review]] = {}
    standing = Standing()
    for review in reviews:
        if review.verdict in SETTLES:
            standing.settled = review
            continue
        mine = given.setdefault(review.by, [])
        if standing.state not in OPEN and standing.others_decided(review.by):
            # who acts on what everybody may see has seen it
            standing.shown.setdefault(review.by, mine[-1].verdict if mine else Verdict.UNSURE)
        if review.verdict is not Verdict.UNDO:
            mine.append(review)
            standing.settled = None if review.verdict in FINAL else standing.settled
        elif standing.settled is not None and standing.settled.by == review.by:
            standing.settled = None
        elif mine:
            mine.pop()
        standing.verdicts.pop(review.by, None)
        if mine:
            standing.verdicts[review.by] = mine[-1]
        _show(standing)
    return standing


def _show(standing: Standing) -> None:
    """Who has said yes or no is shown the others' yes or no."""
    final = {by: review.verdict for by, review in standing.verdicts.items() if review.verdict in FINAL}
    if len(final) > 1:
        standing.shown = final | standing.shown


def state_of(reviews: Iterable[Review]) -> MatchState:
    """The state that a match's reviews give it."""
    return standing_of(reviews).state


def is_blind(reviews: Sequence[Review], reader: str) -> bool:
    """Whether what others said must be kept from this person: they have yet to say yes or no, and it would count."""
    standing = standing_of(reviews)
    mine = standing.of(reader)
    return standing.state in OPEN and (mine is None or mine.verdict not in FINAL)


def as_seen_by(reviews: Sequence[Review], reader: str) -> tuple[Review, ...]:
    """The verdicts that this person may know of: all, or, while they have yet to decide, their own alone."""
    return tuple(review for review in reviews if review.by == reader) if is_blind(reviews, reader) else tuple(reviews)
