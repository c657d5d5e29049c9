"""A door that serves the map's probe page with the product's own static files."""

import os
from pathlib import Path

import streamlit as st
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from dashboard.assets import STATIC_DIR, STATIC_URL
from dashboard.map import write_street_sheet

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ["LASTSEEN_HOME"])

ROWS = [[(60.155 + row * 0.0016, 24.92 + column * 0.0004) for column in range(100)] for row in range(16)]
COLUMNS = [[(60.155 + row * 0.0002, 24.92 + column * 0.0028) for row in range(121)] for column in range(15)]
os.environ["PROBE_STREETS"] = write_street_sheet(HOME / "map", [*ROWS, *COLUMNS])

app = st.App(
    HERE / "main.py",
    routes=[
        Mount(STATIC_URL, StaticFiles(directory=STATIC_DIR)),
        Mount("/map", StaticFiles(directory=HOME / "map")),
    ],
)
