"""The web door: `streamlit run app.py`. The pages, the API and the map's street sheets, on one port."""

from pathlib import Path

import streamlit as st
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from streamlit.runtime.pages_manager import PagesManager

from api.health import api
from settings import Settings

HERE = Path(__file__).resolve().parent
street_sheets = Settings().home / "street-sheets"
street_sheets.mkdir(parents=True, exist_ok=True)

# Streamlit takes a folder named "pages" for an app of its older kind until main.py has run once: who comes first to a
# fresh server, by the address of a page, would get that page without the frame around it.
PagesManager.uses_pages_directory = False

app = st.App(
    HERE / "dashboard/main.py",
    routes=[
        Mount("/api", api),
        Mount("/street-sheets", StaticFiles(directory=street_sheets)),
    ],
)
