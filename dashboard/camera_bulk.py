"""Many cameras changed at once: the fields, what would change, and only then the change."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from casework.camera_edits import Change, change_cameras, planned, verified
from dashboard import session
from dashboard.camera_done import Done, done
from dashboard.camera_words import FIELDS, INDOOR, KINDS, shown
from dashboard.words import t, tn
from data.models import Camera, utc_now

MOST = 5_000
SHOWN = 200


def _text(field: str) -> str:
    return st.text_input(t(FIELDS[field]), key=f"bulk_{field}")


def _number(field: str) -> float | None:
    return st.number_input(t(FIELDS[field]), 0.0, None, None, step=1.0, key=f"bulk_{field}") or None


def _offset(field: str) -> float:
    return st.number_input(t(FIELDS[field]), value=None, step=1.0, key=f"bulk_{field}") or 0.0


def _kind(field: str) -> str:
    kind = st.selectbox(t(FIELDS[field]), list(KINDS), format_func=lambda kind: t(KINDS[kind]), key=f"bulk_{field}")
    return kind or ""


def _indoor(field: str) -> bool | None:
    return st.selectbox(t(FIELDS[field]), list(INDOOR), format_func=lambda is_so: t(INDOOR[is_so]), key=f"bulk_{field}")


def _day(field: str) -> date | None:
    return st.date_input(t(FIELDS[field]), "today", max_value="today", key=f"bulk_{field}")


_ASK: Mapping[str, Callable[[str], Any]] = {
    "owner": _text,
    "contact": _text,
    "retention_days": _number,
    "range_m": _number,
    "fov_deg": _number,
    "kind": _kind,
    "is_indoor": _indoor,
    "mount": _text,
    "clock_offset_s": _offset,
    "clock_checked": _text,
    "last_verified": _day,
}


def camera_bulk(cameras: Sequence[Camera], *, picked: bool) -> None:
    """Ask which fields of these cameras are to have which value, show what that changes, and change it.

    Those that were `picked` one by one are also said to be verified by one click.
    """
    if len(cameras) > MOST:
        st.info(
            t("{n} cameras are too many to change at once: filter until at most {most} are left.",
              n=f"{len(cameras):,}", most=f"{MOST:,}"),
            icon=":material/filter_alt:",
        )  # fmt: skip
        return
    if picked and st.button(
        t("All verified today"), icon=":material/check:", key="bulk_verify",
                 help=t("Say that you looked today, and that what stands here of them is true.")):  # fmt: skip
        _write(verified(cameras, on=utc_now().date(), by=session.who()))
    fields = st.multiselect(
        t("What to change"),
        list(_ASK),
        format_func=lambda field: t(FIELDS[field]),
        placeholder=t("owner, contact, days kept …"),
        key="bulk_fields",
    )
    if not fields:
        st.caption(
            t("Choose what is to be the same for all of them. Nothing is changed before you have seen what would be.")
        )
        return
    wanted = {field: _ASK[field](field) for field in fields}
    if "last_verified" in wanted:
        wanted["verified_by"] = session.who() if wanted["last_verified"] else ""
    changes = planned(cameras, wanted)
    was = session.drawn_from("bulk", changes)
    _preview(changes, len(cameras))
    if changes and st.button(
        tn("Change {n:,} camera", "Change {n:,} cameras", len(changes)),
        type="primary",
        icon=":material/edit:",
        key="bulk_go",
    ):
        if was != changes:
            st.warning(t("What would change is not what you saw a moment ago. Look again, then press once more."))
            return
        _write(changes)


def _write(changes: tuple[Change, ...]) -> None:
    change_cameras(session.store(), changes, by=session.who())
    done(Done(tn("{n:,} camera is changed.", "{n:,} cameras are changed.", len(changes)), changes))


def _preview(changes: Sequence[Change], of: int) -> None:
    """Each value that would change, before and after; a field that would be emptied is said so."""
    same = of - len(changes)
    words = [tn("{n:,} camera would change", "{n:,} cameras would change", len(changes))]
    words += [tn("{n:,} is so already", "{n:,} are so already", same)] if same else []
    st.markdown(f"**{' · '.join(words)}**")
    rows = [
        (change.before.name or change.before.id, field, getattr(change.before, field), getattr(change.after, field))
        for change in changes[:SHOWN]
        for field in change.fields
    ]
    if not rows:
        return
    st.dataframe(
        pd.DataFrame(
            {
                t("Camera"): [name for name, _, _, _ in rows],
                t("What"): [t(FIELDS[field]) for _, field, _, _ in rows],
                t("Is now"): [shown(field, now) for _, field, now, _ in rows],
                t("Would be"): [shown(field, then) for _, field, _, then in rows],
            }
        ),
        hide_index=True,
        height=min(280, 40 + 35 * len(rows)),
        column_config={
            t("Camera"): st.column_config.TextColumn(width=125),
            t("What"): st.column_config.TextColumn(width=80),
            t("Is now"): st.column_config.TextColumn(width=105),
            t("Would be"): st.column_config.TextColumn(width=105),
        },
    )
    if len(changes) > SHOWN:
        st.caption(t("The first {shown} of {n}.", shown=SHOWN, n=f"{len(changes):,}"))
