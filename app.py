"""The web door: `streamlit run app.py`. The pages, the health answer and the map's street sheets, on one port."""

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from settings import Settings

HERE = Path(__file__).resolve().parent
street_sheets = Settings().home / "street-sheets"
street_sheets.mkdir(parents=True, exist_ok=True)


async def health(_request: Request) -> JSONResponse:
    """Whether the web process answers; says nothing of any case."""
    return JSONResponse({"status": "ok"})


app = st.App(
    HERE / "dashboard/main.py",
    routes=[
        Route("/api/health", health),
        Mount("/street-sheets", StaticFiles(directory=street_sheets)),
    ],
)
