"""The web door: `streamlit run app.py`. The pages, the API and the map's street sheets, on one port."""

from pathlib import Path

import streamlit as st
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from api.health import api
from settings import Settings

HERE = Path(__file__).resolve().parent
street_sheets = Settings().home / "street-sheets"
street_sheets.mkdir(parents=True, exist_ok=True)

app = st.App(
    HERE / "dashboard/main.py",
    routes=[
        Mount("/api", api),
        Mount("/street-sheets", StaticFiles(directory=street_sheets)),
    ],
)
