import json

import streamlit as st

from casework import exporting, record, uses
from casework.exporting import Asked
from casework.governance import is_minor
from dashboard import parts, session
from dashboard.words import later, t
from data.models import AuditEntry, Permission, utc_now

FIRST = 200
case = parts.case_needed()
store = session.store()
settings = session.settings()
parts.heading(t("Record"), case)
st.caption(
    t(
        "Who did what in this case, and proof that nobody changed it since: each entry carries the hash of the one "
        "before it, and the whole chain is signed again and again."
    )
)
parts.tell()


def chain() -> None:
    st.header(t("Is the record whole?"), anchor=False)
    left, right = st.columns(2)
    if left.button(t("Verify the whole record"), icon=":material/verified:", width="stretch"):
        with parts.errors_shown(), st.spinner(t("Reading every entry …")):
            session.keep("verified", (utc_now(), record.check_record(store, case.id)))
    if right.button(t("Sign it now, to keep elsewhere"), icon=":material/edit_document:", width="stretch"):
        with parts.errors_shown():
            session.keep("head", record.signed_head(store, case.id, by=session.who()))
    if known := session.recall("verified"):
        at, found = known
        if found.is_sound:
            st.success(
                t(
                    "At {at}: of {entries:,} entries nothing was changed, moved, added, back-dated or taken out. "
                    "Signed up to entry {signed_up_to}.",
                    at=parts.local(at, case),
                    entries=found.entries,
                    signed_up_to=found.signed_up_to,
                ),
                icon=":material/check_circle:",
            )
        for wrong in found.wrong[:20]:
            st.error(parts.plain(wrong.what), icon=":material/gpp_bad:")
        for note in found.notes[:20]:
            st.caption(parts.plain(note))
    if head := session.recall("head"):
        st.download_button(
            t(
                "Download the head: entry {head}, signed {head2}",
                head=head["sequence"],
                head2=parts.plain(head["made_at"]),
            ),
            json.dumps(head, indent=1, sort_keys=True),
            file_name=f"lastseen-head-{head['sequence']}.json",
            mime="application/json",
            icon=":material/download:",
        )
        st.caption(
            t(
                "Keep it on another machine, or printed: with it anybody can tell later whether the record was "
                "swapped or its end cut off (`cli.py audit verify --head FILE`)."
            )
        )


def originals() -> None:
    st.header(t("Originals"), anchor=False)
    known = record.originals(store, case.id)
    if not known:
        st.caption(t("There are no originals in this case yet."))
        return
    for broken in (original for original in known if not original.is_sound):
        st.error(
            t(
                "{name} is {what}: it is not the file that came in. Restore it from a backup; until then "
                "nothing that rests on it can be shown.",
                name=parts.plain(broken.name),
                what=broken.check.outcome if broken.check else "missing",
            ),
            icon=":material/gpp_bad:",
        )
    st.dataframe(
        [
            {
                t("what"): original.kind,
                t("name"): original.name,
                t("last read"): parts.local(original.check.checked_at, case)
                if original.check
                else t("not yet since it came"),
                t("found"): original.check.outcome if original.check else "",
                t("made from it"): len(original.derivatives),
                "SHA-256": original.sha256,
            }
            for original in known
        ],
        hide_index=True,
        width="stretch",
    )
    often = (
        t("Each is read and hashed again every {rehash_days:g} days.", rehash_days=settings.rehash_days)
        if settings.rehash_days
        else ""
    )
    names = {original.sha256: f"{original.kind} {original.name}" for original in known}
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(t("Read one now"), list(names), format_func=names.__getitem__, help=often or None)
    if right.button(t("Read and hash"), icon=":material/fingerprint:", width="stretch"):
        with parts.errors_shown():
            found = record.check_original(store, case.id, sha256=chosen, by=session.who())
            session.keep("told", f"{names[chosen]}: {found.outcome}")
            st.rerun()


def export() -> None:
    st.header(t("Export"), anchor=False)
    if not parts.may(Permission.EXPORT, case):
        return
    if is_minor(case, utc_now()) and not case.release_reason:
        st.info(
            t(
                "The person is under 18: nothing leaves before a supervisor has released it, with a reason, under "
                "Authority on the Case page."
            ),
            icon=":material/lock:",
        )
        return
    words = {
        False: later("Original: every file as it came, the whole record"),
        True: later("Redacted: nobody but the person sought is to be seen; no originals"),
    }
    is_redacted = st.radio(t("What it holds"), [False, True], format_func=lambda is_redacted: t(words[is_redacted]))
    under_way = [asked for asked in exporting.exports(store, case.id) if not asked.is_done and not asked.error]
    if st.button(t("Export the case"), type="primary", icon=":material/archive:", disabled=bool(under_way)):
        with parts.errors_shown():
            exporting.ask_export(store, case.id, is_redacted=bool(is_redacted), by=session.who())
            st.rerun()
    st.fragment(asked_for, run_every=2.0 if under_way else None)(bool(under_way))


def asked_for(was_under_way: bool) -> None:
    known = exporting.exports(store, case.id)
    if was_under_way and not any(not asked.is_done and not asked.error for asked in known):
        st.rerun()
    for asked in known:
        one_export(asked)


def one_export(asked: Asked) -> None:
    kind = t("Redacted") if asked.is_redacted else t("Original")
    st.markdown(
        t(
            "**{kind}** · asked for by {by} · {asked_at}",
            kind=kind,
            by=parts.plain(asked.by),
            asked_at=parts.local(asked.asked_at, case),
        )
    )
    if asked.error:
        st.error(t("It failed: {error}", error=parts.plain(asked.error)), icon=":material/error:")
    elif asked.is_done:
        st.html(f'<a href="/api/exports/{asked.id}" download>Download it</a>')
    else:
        st.progress(asked.share, text=parts.plain(asked.doing) or "begins")
    if st.button(t("Remove") if asked.is_done or asked.error else t("Stop"), key=f"drop_{asked.id}"):
        with parts.errors_shown():
            exporting.drop_export(store, case.id, export_id=asked.id, by=session.who())
            st.rerun(scope="app")


def log() -> None:
    st.header(t("Who did what"), anchor=False)
    entries = record.entries(store, case.id)
    actions = sorted({entry.action for entry in entries})
    left, right = st.columns([1, 1])
    wanted = left.multiselect(t("Only these acts"), actions, placeholder=t("all"))
    words = right.text_input(t("Only where this stands"), placeholder=t("a name, an id, a word")).casefold()
    shown = [entry for entry in entries if (not wanted or entry.action in wanted) and words in searched(entry)]
    st.dataframe(
        [
            {
                t("entry"): entry.sequence,
                t("when"): parts.local(entry.at, case),
                t("who"): entry.by,
                t("did"): entry.action,
                t("what exactly"): record.told_details(entry),
            }
            for entry in shown[:FIRST]
        ],
        hide_index=True,
        width="stretch",
    )
    more = t("; the newest {first} are shown", first=FIRST) if len(shown) > FIRST else ""
    st.caption(t("{shown:,} of {entries:,} entries{more}.", shown=len(shown), entries=len(entries), more=more))


def used() -> None:
    st.header(t("Uses of the search"), anchor=False)
    known = uses.uses(store, case.id)
    st.caption(
        t(
            "Each search for a face: when, against which photos, in which footage, what it led to, and who verified "
            "that. Who verified is told once a verification has ended; `cli.py audit uses` writes all of it."
        )
    )
    rows = [
        {
            t("began"): parts.local(use.began_at, case),
            t("ended"): parts.local(use.ended_at, case) if use.ended_at else t("under way"),
            t("asked by"): use.asked_by,
            t("kind"): use.kind,
            t("photos"): len(use.references),
            t("footage from"): parts.local(use.input_from, case) if use.input_from else "",
            t("to"): parts.local(use.input_to, case) if use.input_to else "",
            t("footage SHA-256"): use.footage_sha256,
            t("matches"): len(use.matches),
            t("verified by"): ", ".join(sorted({said.by for m in use.matches for said in m.verified or ()})),
            t("yet to verify"): sum(not match.verified for match in use.matches),
        }
        for use in reversed(known)
    ]
    if rows:
        st.dataframe(rows[:FIRST], hide_index=True, width="stretch")
    else:
        st.caption(t("Nothing was searched yet."))


def searched(entry: AuditEntry) -> str:
    return f"{entry.by} {entry.action} {record.told_details(entry)}".casefold()


if parts.may(Permission.READ_RECORD, case):
    chain()
    export()
    originals()
    used()
    log()
