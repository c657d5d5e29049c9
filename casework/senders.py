"""Whose an upload is: for what one may be begun, who goes on with it, and who uses what has arrived.

Whoever sends a file is the only one who sees it arrive. Whole footage then waits in its case for whoever may add
footage there, for the sender may be off duty by then; what the inbox took in, for whoever may add footage anywhere.
"""

from casework.access import check_signs, guard_of
from data import upload_rows as rows
from data.errors import BadInput
from data.models import Permission, Upload
from data.store import Store

FOOTAGE = "footage"
NEEDED = {
    FOOTAGE: Permission.ADD_FOOTAGE,
    "photo": Permission.EDIT,
    "sightings": Permission.EDIT,
    "streets": Permission.EDIT,
    "cameras": Permission.EDIT_CAMERAS,
}
"""By purpose, what it takes to send a file for it."""


def check_may_send(store: Store, name: str, *, purpose: str, case_id: str | None, by: str) -> None:
    """NotAllowed or NotFound unless whoever asks may send a file for this purpose, to this case, under this name."""
    guard = guard_of(store)
    needed = NEEDED[purpose]
    if case_id is not None:
        store.case(case_id)
    elif guard.account is not None and needed is not Permission.EDIT_CAMERAS:
        raise BadInput(f"{name}: say which case it is for")
    if case_id is not None or guard.account is not None:
        guard.check(needed, case_id)
    check_signs(guard, by)


def sent(store: Store, upload_id: str) -> Upload:
    """An upload, for the account that sends it; NotFound for everybody else, as for one that is not there."""
    found = rows.upload(store, upload_id)
    account = guard_of(store).account
    is_own = account is None or (found.account_id == account.id and _is_in_reach(store, found))
    if not is_own:
        raise rows.none_with(upload_id)
    return found


def arrived(store: Store, upload_id: str) -> Upload:
    """An upload, for whoever may use it; NotFound for everybody else, as for one that is not there."""
    found = rows.upload(store, upload_id)
    if not may_use(store, found):
        raise rows.none_with(upload_id)
    return found


def may_use(store: Store, upload: Upload) -> bool:
    """Whether what has arrived may be taken over, looked at or thrown away by whoever looks at the store."""
    guard = guard_of(store)
    if guard.account is None:
        return True
    if upload.account_id == guard.account.id:
        return _is_in_reach(store, upload)
    if not upload.is_finished or upload.purpose != FOOTAGE:
        return False
    if upload.case_id is not None:
        return guard.may(Permission.ADD_FOOTAGE, upload.case_id)
    return not upload.account_id and guard.may_anywhere(Permission.ADD_FOOTAGE)


def _is_in_reach(store: Store, upload: Upload) -> bool:
    """Whether its sender still sees the case that it was sent for."""
    return upload.case_id is None or store.sees(upload.case_id)
