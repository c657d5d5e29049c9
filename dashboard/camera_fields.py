"""The fields of one camera, for who may change it; what they hold is kept under the keys they are given."""

from collections.abc import Callable
from datetime import date

import streamlit as st

from dashboard.camera_words import INDOOR, KINDS
from dashboard.words import t

Key = Callable[[str], str]
"""The key of a field's widget."""


def place_fields(key: Key) -> None:
    first, second = st.columns(2)
    first.number_input(f"{t('Latitude')} *", -90.0, 90.0, None, format="%.6f", step=0.0001, key=key("lat"))
    second.number_input(f"{t('Longitude')} *", -180.0, 180.0, None, format="%.6f", step=0.0001, key=key("lon"))
    first, second = st.columns(2)
    first.text_input(
        t("Looks towards"),
        placeholder="90 · NE · 90; 180",
        help=t("Degrees clockwise from north, or compass letters; several with a semicolon. Empty when not known."),
        key=key("headings_deg"),
    )
    second.number_input(
        t("Sees as far as (m)"), 0.0, None, None, step=5.0, key=key("range_m"),
        help=t("How far away a face could still be found in its pictures. Without it the map draws a dashed guess."),
    )  # fmt: skip


def owner_fields(key: Key) -> None:
    first, second = st.columns(2)
    first.text_input(f"{t('Name')} *", placeholder=t("Library, main entrance"), key=key("name"))
    second.text_input(t("Owner"), help=t("Requests are grouped by it."), key=key("owner"))
    first, second = st.columns(2)
    first.text_input(t("Contact"), placeholder=t("telephone, e-mail"), key=key("contact"))
    second.number_input(
        t("Recordings are kept for (days)"), 0.0, None, None, step=1.0, key=key("retention_days"),
        help=t("Decides by when its owner has to be asked. Leave empty when nobody knows."),
    )  # fmt: skip


def other_fields(key: Key) -> None:
    first, second = st.columns(2)
    first.number_input(
        t("Recorder is ahead of true time by (s)"), step=1.0, help=t("Negative when it is behind."),
        key=key("clock_offset_s"), value=None,
    )  # fmt: skip
    second.text_input(
        t("How the clock was checked"),
        placeholder=t("against a phone, 2 March, by Ann"),
        key=key("clock_checked"),
    )
    first, second = st.columns(2)
    first.number_input(t("Field of view (degrees)"), 0.0, 360.0, None, step=5.0, key=key("fov_deg"))
    second.selectbox(t("Kind"), list(KINDS), format_func=lambda kind: t(KINDS[kind]), key=key("kind"))
    first, second = st.columns(2)
    first.selectbox(t("Where"), list(INDOOR), format_func=lambda is_so: t(INDOOR[is_so]), key=key("is_indoor"))
    second.text_input(t("Mount"), placeholder=t("wall, pole, ceiling"), key=key("mount"))
    first, second = st.columns(2)
    first.number_input(t("Picture width (px)"), 0, 100_000, None, key=key("width_px"))
    second.number_input(t("Picture height (px)"), 0, 100_000, None, key=key("height_px"))
    first, second = st.columns(2)
    first.date_input(t("Last verified"), None, max_value="today", min_value=date(1970, 1, 1), key=key("last_verified"))
