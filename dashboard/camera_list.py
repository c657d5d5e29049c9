"""The list of cameras: filters above, one leaf of it at a time; 100,000 of them never reach the browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd
import streamlit as st

from casework.camera_filter import CameraFilter, Lack, Order
from dashboard import session
from dashboard.camera_words import KINDS, LACKS, ORDERS, looks
from dashboard.words import later, t, tn
from data.models import Camera, Case, utc_now
from geo.area import area_from_geojson

LEAF = 50
OWNERS_OFFERED = 200
LONG_AGO = timedelta(days=365)
_OLD, _INSIDE = "old", "inside"
_PILLS = {str(lack): words for lack, words in LACKS.items()} | {
    _OLD: later("Verified over a year ago"),
    _INSIDE: later("In the case's area"),
}
_ROW_PX, _HEADER_PX = 35, 38


@dataclass(frozen=True)
class Listed:
    """What the list shows: every camera that was found, and those whose rows are ticked."""

    found: Sequence[Camera]
    ticked: Sequence[Camera]


def camera_list(case: Case | None) -> Listed:
    """Draw filters and list; a click on a row chooses its camera, a tick marks it for a change of many."""
    known = session.cameras()
    wanted, order = _filters(case)
    places = known.index.found(wanted, order)
    found = [known.cameras[place] for place in places]
    _counts(len(found), known.index.lacking(known.index.matching(wanted)))
    if not found:
        st.info(t("No camera is so. Take a filter away to see more."), icon=":material/filter_alt_off:")
        return Listed((), ())
    signature = f"{hash((wanted, order)):x}"
    leaf = _leaf(len(found), signature)
    ticked = _table(found[leaf * LEAF : (leaf + 1) * LEAF], key=f"cameras_{signature}_{leaf}")
    _turn(leaf, len(found), signature)
    return Listed(found, ticked)


def _filters(case: Case | None) -> tuple[CameraFilter, Order]:
    first, second, third = st.columns([1.5, 1.2, 1])
    words = first.text_input(
        t("Find"), placeholder=t("name, owner, contact, kind or source"), key="find_camera", icon=":material/search:"
    )
    owners = session.cameras().index.owners[:OWNERS_OFFERED]
    owner = second.selectbox(
        t("Owner"),
        [owner for owner, _ in owners],
        index=None,
        placeholder=t("all"),
        key="camera_owner",
        help=t("The owners with the most cameras. Others are found by their name under Find."),
    )
    order = third.selectbox(t("Sorted"), list(Order), format_func=lambda order: t(ORDERS[order]), key="camera_order")
    area = area_from_geojson(session.store().area(case.id).features) if case else None
    offered = [name for name in _PILLS if name != _INSIDE or (area is not None and area.shapes)]
    chosen = st.pills(
        t("Only those with"),
        offered,
        selection_mode="multi",
        format_func=lambda name: t(_PILLS[name]),
        key="camera_lacks",
        label_visibility="collapsed",
        wrap=True,
    )
    today = utc_now().date()
    return CameraFilter(
        words=words or "",
        owner=owner or "",
        lacks=frozenset(Lack(name) for name in chosen if name in set(Lack)),
        verified_before=today - LONG_AGO if _OLD in chosen else None,
        inside=area if _INSIDE in chosen else None,
    ), order or Order.NAME


def _counts(found: int, lacking: dict[Lack, int]) -> None:
    """How many were found, and how many of them lack what."""
    lacks = [f"{t(LACKS[lack]).lower()}: {count:,}" for lack, count in lacking.items() if count]
    st.caption(" · ".join([f"**{tn('{n:,} camera', '{n:,} cameras', found)}**", *lacks]))


def _leaf(found: int, signature: str) -> int:
    """Which leaf is open: the first, once something else is looked for."""
    of, leaf = session.recall("camera_leaf", (signature, 0))
    return min(int(leaf), (found - 1) // LEAF) if of == signature else 0


def _turn(leaf: int, found: int, signature: str) -> None:
    """The buttons that turn to the next leaf and back."""
    last = (found - 1) // LEAF
    if not last:
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        back = st.button(t("Previous"), icon=":material/chevron_left:", disabled=leaf == 0, key="leaf_back")
        ends = f"{leaf * LEAF + 1:,}", f"{min(found, (leaf + 1) * LEAF):,}"
        st.markdown(t("{first} to {last} of {n}", first=ends[0], last=ends[1], n=f"{found:,}"), width="content")
        on = st.button(t("Next"), icon=":material/chevron_right:", disabled=leaf == last, key="leaf_on")
    if back or on:
        session.keep("camera_leaf", (signature, leaf + (1 if on else -1)))
        st.rerun()


def _table(shown: Sequence[Camera], *, key: str) -> list[Camera]:
    """One leaf; the cameras whose rows are ticked."""
    ids = [camera.id for camera in shown]
    state = st.dataframe(
        pd.DataFrame(
            {
                t("Name"): [c.name or c.id for c in shown],
                t("Owner"): [c.owner for c in shown],
                t("Looks"): [looks(c.headings_deg) for c in shown],
                t("Verified"): [c.last_verified for c in shown],
                t("Kept (days)"): [c.retention_days for c in shown],
                t("Range (m)"): [c.range_m for c in shown],
                t("Clock ahead (s)"): [c.clock_offset_s for c in shown],
                t("Kind"): [t(KINDS.get(c.kind, c.kind)) if c.kind else "" for c in shown],
                t("Contact"): [c.contact for c in shown],
                t("Source"): [c.source for c in shown],
            }
        ),
        hide_index=True,
        height=min(_HEADER_PX + _ROW_PX * 12, _HEADER_PX + _ROW_PX * len(shown)) + 2,
        column_config={
            t("Name"): st.column_config.TextColumn(width=190),
            t("Owner"): st.column_config.TextColumn(width=140),
            t("Verified"): st.column_config.DateColumn(width=90),
        },
        on_select=lambda: _choose(key, ids),
        selection_mode=["multi-row", "single-cell"],
        placeholder="–",
        key=key,
    )
    rows = state["selection"]["rows"]
    return [shown[row] for row in rows if row < len(shown)]


def _choose(key: str, ids: Sequence[str]) -> None:
    """A cell that is clicked chooses its row's camera; so does the only tick there is."""
    selection = session.widget(key)["selection"]
    rows = [row for row, _ in selection.get("cells", [])] or (selection["rows"] if len(selection["rows"]) == 1 else [])
    if rows and rows[0] < len(ids):
        session.choose("camera", ids[rows[0]])
