"""``/docs``: Swagger UI from the package ``fastapi-offline``, so that it works without the internet.

Without that package (it is no more than a convenience) the page takes the same files from the CDN that FastAPI names.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse

DOCS: Final = "/docs"
_ASSETS: Final = "/docs/assets"


def add_docs(app: FastAPI) -> None:
    """Serve the API's documentation page."""
    folder = _assets()
    addresses: dict[str, Any] = {}
    if folder is not None:
        app.mount(_ASSETS, StaticFiles(directory=folder), name="docs-assets")
        addresses = {
            "swagger_js_url": f"{_ASSETS}/swagger-ui-bundle.js",
            "swagger_css_url": f"{_ASSETS}/swagger-ui.css",
            "swagger_favicon_url": f"{_ASSETS}/favicon.png",
        }

    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(openapi_url="/openapi.json", title=app.title, **addresses)

    app.add_api_route(DOCS, docs, include_in_schema=False)


def _assets() -> Path | None:
    """The folder of Swagger UI's files; only looked up, the package is not imported."""
    found = find_spec("fastapi_offline")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "static"
