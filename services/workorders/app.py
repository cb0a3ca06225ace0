"""Composition root: ``uvicorn services.workorders.app:app``."""

from __future__ import annotations

from services.workorders.service import workorders
from services.workorders.settings import WorkordersSettings
from shared.garbage import settle_garbage_collector
from shared.http.app import create_app
from shared.settings import load_settings

app = create_app(workorders(load_settings(WorkordersSettings)))
settle_garbage_collector()
