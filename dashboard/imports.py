"""What every import page shows: which column means what, and what was not taken as it stands."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard import session
from dashboard.words import later, t, tn
from data.importers import RowProblem

NOT_IN_FILE = later("(not in the file)")
PROBLEMS_SHOWN = 500
_SAMPLE = 24
FIELD_WORDS = {
    "id": later("Id"),
    "name": later("Name"),
    "lat": later("Latitude"),
    "lon": later("Longitude"),
    "direction": later("Heading"),
    "fov_deg": later("Field of view (degrees)"),
    "range_m": later("Range (m)"),
    "resolution": later("Resolution (1920x1080)"),
    "width_px": later("Width (px)"),
    "height_px": later("Height (px)"),
    "kind": later("Kind"),
    "mount": later("Mount"),
    "indoor": later("Indoor (yes/no)"),
    "setting": later("Indoor or outdoor"),
    "owner": later("Owner"),
    "contact": later("Contact"),
    "retention_days": later("Kept for (days)"),
    "clock_offset_s": later("Recorder's clock ahead (s)"),
    "clock_checked": later("How the clock was checked"),
    "last_verified": later("Last verified"),
    "subtype": later("Kind of surveillance"),
    "tilt_or_width": later("Angle (kept as text)"),
    "osm_type": later("OSM type"),
    "time": later("Time"),
    "date": later("Date"),
    "radius_m": later("Within (m)"),
    "tolerance_s": later("Give or take (s)"),
    "source": later("Source"),
}


def column_choice(
    fields: Sequence[str],
    columns: Sequence[str],
    guess: Mapping[str, str],
    *,
    key: str,
    samples: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Ask which column holds which field; only what differs from the guess, "" for none.

    `samples` has a value of each column, shown beside its name.
    """
    options = [NOT_IN_FILE, *columns]
    changed: dict[str, str] = {}
    cells = st.columns(3)
    for number, field in enumerate(fields):
        guessed = guess.get(field, NOT_IN_FILE)
        if not session.has_widget(f"{key}_{field}"):
            session.set_widget(f"{key}_{field}", guessed)
        picked = cells[number % 3].selectbox(
            t(FIELD_WORDS.get(field, field)),
            options,
            format_func=lambda column: t(column) if column == NOT_IN_FILE else _with_sample(column, samples or {}),
            key=f"{key}_{field}",
        )
        if picked != guessed:
            changed[field] = "" if picked == NOT_IN_FILE else picked
    return changed


def _with_sample(column: str, samples: Mapping[str, str]) -> str:
    sample = samples.get(column, "")
    short = sample if len(sample) <= _SAMPLE else f"{sample[:_SAMPLE]}…"
    return f"{column} ({short})" if sample else str(column)


def show_problems(problems: Sequence[RowProblem]) -> None:
    """The rows left out and the values not used, worst first, by the row numbers a spreadsheet shows."""
    if not problems:
        return
    left_out = len({problem.row for problem in problems if not problem.row_kept})
    noted = len(problems) - sum(not problem.row_kept for problem in problems)
    words = [tn("{n:,} row left out", "{n:,} rows left out", left_out)] if left_out else []
    words += [tn("{n:,} remark on rows that are taken", "{n:,} remarks on rows that are taken", noted)] if noted else []
    with st.expander(t("{words}: see each", words=" · ".join(words)), icon=":material/rule:", expanded=bool(left_out)):
        ordered = sorted(problems, key=lambda problem: (problem.row_kept, problem.row))[:PROBLEMS_SHOWN]
        st.dataframe(
            pd.DataFrame(
                {
                    t("Row"): [p.row for p in ordered],
                    t("Left out"): [t("yes") if not p.row_kept else "" for p in ordered],
                    t("Column"): [p.field for p in ordered],
                    t("What"): [p.message for p in ordered],
                    t("It says"): [p.value for p in ordered],
                }
            ),
            hide_index=True,
        )
        if len(problems) > PROBLEMS_SHOWN:
            st.caption(
                t("The first {problems_shown} of {problems}.", problems_shown=PROBLEMS_SHOWN, problems=len(problems))
            )
