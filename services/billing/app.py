"""Composition root: ``uvicorn services.billing.app:app``."""

from __future__ import annotations

from services.billing.service import billing
from services.billing.settings import BillingSettings
from shared.garbage import settle_garbage_collector
from shared.http.app import create_app
from shared.settings import load_settings

app = create_app(billing(load_settings(BillingSettings)))
settle_garbage_collector()
