"""What every import page shows: which column means what, and what was not taken as it stands."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard import parts
from data.importers import RowProblem

NOT_IN_FILE = "(not in the file)"
PROBLEMS_SHOWN = 500
FIELD_WORDS = {
    "id": "Id",
    "name": "Name",
    "lat": "Latitude",
    "lon": "Longitude",
    "direction": "Heading",
    "fov_deg": "Field of view (degrees)",
    "range_m": "Range (m)",
    "resolution": "Resolution (1920x1080)",
    "width_px": "Width (px)",
    "height_px": "Height (px)",
    "kind": "Kind",
    "mount": "Mount",
    "indoor": "Indoor (yes/no)",
    "setting": "Indoor or outdoor",
    "owner": "Owner",
    "contact": "Contact",
    "retention_days": "Kept for (days)",
    "clock_offset_s": "Recorder's clock ahead (s)",
    "clock_checked": "How the clock was checked",
    "last_verified": "Last verified",
    "subtype": "Kind of surveillance",
    "tilt_or_width": "Angle (kept as text)",
    "osm_type": "OSM type",
    "time": "Time",
    "date": "Date",
    "radius_m": "Within (m)",
    "tolerance_s": "Give or take (s)",
    "source": "Source",
}


def column_choice(
    fields: Sequence[str], columns: Sequence[str], guess: Mapping[str, str], *, key: str
) -> dict[str, str]:
    """Ask which column holds which field; only what differs from the guess, "" for none."""
    options = [NOT_IN_FILE, *columns]
    changed: dict[str, str] = {}
    cells = st.columns(3)
    for number, field in enumerate(fields):
        guessed = guess.get(field, NOT_IN_FILE)
        picked = cells[number % 3].selectbox(
            FIELD_WORDS.get(field, field), options, index=options.index(guessed), key=f"{key}_{field}"
        )
        if picked != guessed:
            changed[field] = "" if picked == NOT_IN_FILE else picked
    return changed


def show_problems(problems: Sequence[RowProblem]) -> None:
    """The rows left out and the values not used, worst first, by the row numbers a spreadsheet shows."""
    if not problems:
        return
    left_out = len({problem.row for problem in problems if not problem.row_kept})
    noted = len(problems) - sum(not problem.row_kept for problem in problems)
    words = [f"{parts.counted(left_out, 'row')} left out"] if left_out else []
    words += [f"{parts.counted(noted, 'remark')} on rows that are taken"] if noted else []
    with st.expander(f"{' · '.join(words)}: see each", icon=":material/rule:", expanded=bool(left_out)):
        ordered = sorted(problems, key=lambda problem: (problem.row_kept, problem.row))[:PROBLEMS_SHOWN]
        st.dataframe(
            pd.DataFrame(
                {
                    "Row": [p.row for p in ordered],
                    "Left out": ["yes" if not p.row_kept else "" for p in ordered],
                    "Column": [p.field for p in ordered],
                    "What": [p.message for p in ordered],
                    "It says": [p.value for p in ordered],
                }
            ),
            hide_index=True,
        )
        if len(problems) > PROBLEMS_SHOWN:
            st.caption(f"The first {PROBLEMS_SHOWN} of {len(problems)}.")
