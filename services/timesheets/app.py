"""Composition root: ``uvicorn services.timesheets.app:app``."""

from __future__ import annotations

from services.timesheets.service import service
from services.timesheets.settings import TimesheetsSettings
from shared.garbage import settle_garbage_collector
from shared.http.app import create_app
from shared.settings import load_settings

app = create_app(service(load_settings(TimesheetsSettings)))
settle_garbage_collector()
