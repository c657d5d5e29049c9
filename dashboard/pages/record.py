import json

import streamlit as st

from casework import exporting, record, uses
from casework.exporting import Asked
from casework.governance import is_minor
from dashboard import parts, session
from data.models import AuditEntry, Permission, utc_now

FIRST = 200
case = parts.case_needed()
store = session.store()
settings = session.settings()
parts.heading("Record", case)
st.caption(
    "Who did what in this case, and proof that nobody changed it since: each entry carries the hash of the one before "
    "it, and the whole chain is signed again and again."
)
parts.tell()


def chain() -> None:
    st.subheader("Is the record whole?", anchor=False)
    left, right = st.columns(2)
    if left.button("Verify the whole record", icon=":material/verified:", width="stretch"):
        with parts.errors_shown(), st.spinner("Reading every entry …"):
            session.keep("verified", (utc_now(), record.check_record(store, case.id)))
    if right.button("Sign it now, to keep elsewhere", icon=":material/edit_document:", width="stretch"):
        with parts.errors_shown():
            session.keep("head", record.signed_head(store, case.id, by=session.who()))
    if known := session.recall("verified"):
        at, found = known
        if found.is_sound:
            st.success(
                f"At {parts.local(at, case)}: of {found.entries:,} entries nothing was changed, moved, added, "
                f"back-dated or taken out. Signed up to entry {found.signed_up_to}.",
                icon=":material/check_circle:",
            )
        for wrong in found.wrong[:20]:
            st.error(parts.plain(wrong.what), icon=":material/gpp_bad:")
        for note in found.notes[:20]:
            st.caption(parts.plain(note))
    if head := session.recall("head"):
        st.download_button(
            f"Download the head: entry {head['sequence']}, signed {parts.plain(head['made_at'])}",
            json.dumps(head, indent=1, sort_keys=True),
            file_name=f"lastseen-head-{head['sequence']}.json",
            mime="application/json",
            icon=":material/download:",
        )
        st.caption(
            "Keep it on another machine, or printed: with it anybody can tell later whether the record was swapped or "
            "its end cut off (`cli.py audit verify --head FILE`)."
        )


def originals() -> None:
    st.subheader("Originals", anchor=False)
    known = record.originals(store, case.id)
    if not known:
        st.caption("There are no originals in this case yet.")
        return
    for broken in (original for original in known if not original.is_sound):
        st.error(
            f"{parts.plain(broken.name)} is {broken.check.outcome if broken.check else 'missing'}: it is not the file "
            "that came in. Restore it from a backup; until then nothing that rests on it can be shown.",
            icon=":material/gpp_bad:",
        )
    st.dataframe(
        [
            {
                "what": original.kind,
                "name": original.name,
                "last read": parts.local(original.check.checked_at, case)
                if original.check
                else "not yet since it came",
                "found": original.check.outcome if original.check else "",
                "made from it": len(original.derivatives),
                "SHA-256": original.sha256,
            }
            for original in known
        ],
        hide_index=True,
        width="stretch",
    )
    often = f"Each is read and hashed again every {settings.rehash_days:g} days." if settings.rehash_days else ""
    names = {original.sha256: f"{original.kind} {original.name}" for original in known}
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox("Read one now", list(names), format_func=names.__getitem__, help=often or None)
    if right.button("Read and hash", icon=":material/fingerprint:", width="stretch"):
        with parts.errors_shown():
            found = record.check_original(store, case.id, sha256=chosen, by=session.who())
            session.keep("told", f"{names[chosen]}: {found.outcome}")
            st.rerun()


def export() -> None:
    st.subheader("Export", anchor=False)
    if not parts.may(Permission.EXPORT, case):
        return
    if is_minor(case, utc_now()) and not case.release_reason:
        st.info(
            "The person is under 18: nothing leaves before a supervisor has released it, with a reason, under "
            "Authority on the Case page.",
            icon=":material/lock:",
        )
        return
    words = {
        False: "Original: every file as it came, the whole record",
        True: "Redacted: nobody but the person sought is to be seen; no originals",
    }
    is_redacted = st.radio("What it holds", [False, True], format_func=words.__getitem__)
    under_way = [asked for asked in exporting.exports(store, case.id) if not asked.is_done and not asked.error]
    if st.button("Export the case", type="primary", icon=":material/archive:", disabled=bool(under_way)):
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
    kind = "Redacted" if asked.is_redacted else "Original"
    st.markdown(f"**{kind}** · asked for by {parts.plain(asked.by)} · {parts.local(asked.asked_at, case)}")
    if asked.error:
        st.error(f"It failed: {parts.plain(asked.error)}", icon=":material/error:")
    elif asked.is_done:
        st.html(f'<a href="/api/exports/{asked.id}" download>Download it</a>')
    else:
        st.progress(asked.share, text=parts.plain(asked.doing) or "begins")
    if st.button("Remove" if asked.is_done or asked.error else "Stop", key=f"drop_{asked.id}"):
        with parts.errors_shown():
            exporting.drop_export(store, case.id, export_id=asked.id, by=session.who())
            st.rerun(scope="app")


def log() -> None:
    st.subheader("Who did what", anchor=False)
    entries = record.entries(store, case.id)
    actions = sorted({entry.action for entry in entries})
    left, right = st.columns([1, 1])
    wanted = left.multiselect("Only these acts", actions, placeholder="all")
    words = right.text_input("Only where this stands", placeholder="a name, an id, a word").casefold()
    shown = [entry for entry in entries if (not wanted or entry.action in wanted) and words in searched(entry)]
    st.dataframe(
        [
            {
                "entry": entry.sequence,
                "when": parts.local(entry.at, case),
                "who": entry.by,
                "did": entry.action,
                "what exactly": record.told_details(entry),
            }
            for entry in shown[:FIRST]
        ],
        hide_index=True,
        width="stretch",
    )
    more = f"; the newest {FIRST} are shown" if len(shown) > FIRST else ""
    st.caption(f"{len(shown):,} of {len(entries):,} entries{more}.")


def used() -> None:
    st.subheader("Uses of the search", anchor=False)
    known = uses.uses(store, case.id)
    st.caption(
        "Each search for a face: when, against which photos, in which footage, what it led to, and who verified that. "
        "Who verified is told once a verification has ended; `cli.py audit uses` writes all of it."
    )
    rows = [
        {
            "began": parts.local(use.began_at, case),
            "ended": parts.local(use.ended_at, case) if use.ended_at else "under way",
            "asked by": use.asked_by,
            "kind": use.kind,
            "photos": len(use.references),
            "footage from": parts.local(use.input_from, case) if use.input_from else "",
            "to": parts.local(use.input_to, case) if use.input_to else "",
            "footage SHA-256": use.footage_sha256,
            "matches": len(use.matches),
            "verified by": ", ".join(sorted({said.by for m in use.matches for said in m.verified or ()})),
            "yet to verify": sum(not match.verified for match in use.matches),
        }
        for use in reversed(known)
    ]
    if rows:
        st.dataframe(rows[:FIRST], hide_index=True, width="stretch")
    else:
        st.caption("Nothing was searched yet.")


def searched(entry: AuditEntry) -> str:
    return f"{entry.by} {entry.action} {record.told_details(entry)}".casefold()


if parts.may(Permission.READ_RECORD, case):
    chain()
    export()
    originals()
    used()
    log()
