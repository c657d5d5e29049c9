"""Two people who confirm a match, as it takes."""

from casework import review
from data.models import Account, Sighting, Verdict
from data.store import Store
from tests.factories import NOON


def confirm_by_two(store: Store, match_id: str, *, note: str = "", first: str = "Ann", second: str = "Ben") -> Sighting:
    """The sighting that two confirmations make."""
    assert review.decide(store, match_id, verdict=Verdict.CONFIRM, by=first, note=note) is None
    sighting = review.decide(store, match_id, verdict=Verdict.CONFIRM, by=second, note=note)
    assert sighting is not None
    return sighting


class Reader:
    """A guard for tests of what one person may know: allows everything, and is somebody."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.account = Account(name, name, name, NOON)

    def may_sign(self, by: str) -> bool:
        return by == self.name

    def sees(self, case_id: str) -> bool:
        return True

    def may(self, permission: object, case_id: str | None = None) -> bool:
        return True

    def may_anywhere(self, permission: object) -> bool:
        return True

    def check(self, permission: object, case_id: str | None = None) -> None:
        """Nothing is refused."""
