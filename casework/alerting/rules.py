"""Who is told what of a case, by the people who answer for it."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from casework.access import needs
from casework.alerting.contacts import checked_address, shown
from casework.alerting.policy import checked_rules
from casework.alerting.texts import plain
from casework.cases import new_id
from casework.governance import check_release
from data import alert_rows as rows
from data.alert_models import AddressKind, AlertRules, Audience, Language, PinLink, Recipient
from data.errors import BadInput, Conflict
from data.models import Permission, utc_now
from data.store import Store


@dataclass(frozen=True)
class Contact:
    """Somebody to be told, as a person names them."""

    name: str
    kind: AddressKind
    address: str = field(repr=False)
    audience: Audience
    language: Language = Language.ENGLISH
    on_candidates: bool = False
    on_confirmed: bool = True
    wakes: bool = True
    pin_link: PinLink = PinLink.OPENSTREETMAP


@needs(Permission.READ)
def recipients(store: Store, case_id: str) -> list[Recipient]:
    """Who is told of the case, oldest first; of their addresses only what may be shown."""
    store.case(case_id)
    with store.database.reading() as connection:
        found = rows.recipients(connection, case_id)
    return [replace(one, address=shown(one.kind, one.address)) for one in found]


@needs(Permission.READ)
def alert_rules(store: Store, case_id: str) -> AlertRules:
    store.case(case_id)
    with store.database.reading() as connection:
        return rows.rules(connection, case_id)


@needs(Permission.GOVERN)
def add_recipient(
    store: Store, case_id: str, contact: Contact, *, by: str, apprise_schemes: Collection[str] = ()
) -> Recipient:
    """Have somebody told of a case; BadInput for a lead outside the team, Conflict for an address that is there."""
    store.case(case_id)
    name = plain(contact.name, 80)
    if not name:
        raise BadInput("recipient name: must not be empty")
    if contact.on_candidates and contact.audience is not Audience.TEAM:
        raise BadInput(f"{name}: only the team is told of candidates; others of what two people have confirmed")
    if not (contact.on_candidates or contact.on_confirmed):
        raise BadInput(f"{name}: say what to tell them of")
    address = checked_address(contact.kind, contact.address, apprise_schemes=apprise_schemes)
    if contact.kind is AddressKind.APPRISE:
        from casework.alerting.apprise_sender import check_usable  # a hundred services: only who needs them loads them

        check_usable(address)
    added = Recipient(
        id=new_id(),
        case_id=case_id,
        name=name,
        kind=contact.kind,
        address=address,
        audience=contact.audience,
        language=contact.language,
        added_at=utc_now(),
        added_by=by,
        on_candidates=contact.on_candidates,
        on_confirmed=contact.on_confirmed,
        wakes=contact.wakes,
        pin_link=contact.pin_link,
    )
    with store.writing() as writing:
        for known in rows.recipients(writing.connection, case_id):
            if (known.kind, known.address.casefold()) == (added.kind, added.address.casefold()):
                raise Conflict(f"{name}: {known.name} is told at this address already; remove that first")
        rows.add_recipient(writing, added)
        writing.audit(
            at=added.added_at, by=by, action="alert recipient added", case_id=case_id, recipient=added.id, name=name,
            kind=added.kind.value, address=shown(added.kind, address), audience=added.audience.value,
            on_candidates=added.on_candidates, on_confirmed=added.on_confirmed,
        )  # fmt: skip
    return added


@needs(Permission.GOVERN)
def remove_recipient(store: Store, recipient_id: str, *, by: str) -> None:
    """Tell somebody nothing more; what waits for them is not sent, and their address is forgotten."""
    at = utc_now()
    with store.writing() as writing:
        known = rows.recipient(writing.connection, recipient_id)
        rows.remove_recipient(writing, recipient_id, at=at, address=shown(known.kind, known.address))
        writing.audit(
            at=at, by=by, action="alert recipient removed", case_id=known.case_id, recipient=known.id, name=known.name
        )


@needs(Permission.GOVERN)
def set_rules(store: Store, case_id: str, rules: AlertRules, *, by: str) -> AlertRules:
    """Set quiet hours, limit and how the subject is called; they count for what waits already.

    NotAllowed to name somebody under 18 who was not released.
    """
    case = store.case(case_id)
    if rules.names_subject:
        check_release(case, utc_now())
    rules = checked_rules(replace(rules, case_id=case_id))
    with store.writing() as writing:
        rows.put_rules(writing, rules)
        writing.audit(
            at=utc_now(), by=by, action="alert rules set", case_id=case_id, names_subject=rules.names_subject,
            quiet_from=rules.quiet_from, quiet_to=rules.quiet_to, limit=rules.limit, window_s=rules.window_s,
        )  # fmt: skip
    return rules
