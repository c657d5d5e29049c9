"""What is said of a footage that is kept, and of its correction."""

import streamlit as st

from casework.correcting import Moved
from dashboard import parts
from dashboard.footage_details import SOURCE_WORDS
from dashboard.words import t
from data.models import Case, Footage


def said_now(footage: Footage, case: Case) -> None:
    """What is said of a footage now, and how it came in."""
    start = parts.local(footage.started_at, case)
    spread = "" if footage.clock_uncertainty_s is None else f" ± {footage.clock_uncertainty_s:g} s"
    checked = parts.plain(footage.clock_checked) if footage.clock_checked else t("nobody said how")
    st.markdown(
        t(
            "The recorder showed **{start}** at the start ({source_words}). Its clock is taken to be "
            "**{clock_offset_s:+g} s**{spread} ahead of true time; checked: {checked}.",
            start=start,
            source_words=t(SOURCE_WORDS[footage.started_from]),
            clock_offset_s=footage.clock_offset_s,
            spread=spread,
            checked=checked,
        )
    )
    known = {
        t("Recorder"): footage.recorder_make,
        t("exported by"): footage.exporter,
        t("notes on the export"): footage.export_notes,
    }
    if told := "; ".join(f"{name}: {parts.plain(text)}" for name, text in known.items() if text):
        st.markdown(told)
    st.caption(t("SHA-256 `{sha256}`", sha256=footage.sha256))
    lines = [
        f"{parts.local(entry.at, case)} · {parts.plain(entry.how)} · {parts.plain(entry.by)} · as "
        f"{parts.plain(entry.original_name)}"
        for entry in footage.provenance
    ]
    if lines:
        st.caption(t("Came in") + "  \n" + "  \n".join(lines))


def moved(moved: Moved) -> str:
    """What a correction moved."""
    where = t(" It belongs to another camera now, and its sightings stand there.") if moved.is_elsewhere else ""
    if not moved.by_s:
        return t("Corrected. No time has moved.{where}", where=where)
    way = t("later") if moved.by_s > 0 else t("earlier")
    return t(
        "Corrected. All true times of {name} are {seconds:g} s {way}: {candidates}, {sightings} on "
        "the map and the minutes that were searched. The times in the file are as they were.{where}",
        name=moved.footage.original_name,
        seconds=abs(moved.by_s),
        way=way,
        candidates=parts.counted(moved.candidates, "candidate"),
        sightings=parts.counted(len(moved.sightings), "sighting"),
        where=where,
    )
