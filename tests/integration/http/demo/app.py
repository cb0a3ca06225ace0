"""The demo as a process: ``uvicorn tests.integration.http.demo.app:app``."""

from __future__ import annotations

from pydantic import Field

from shared.http.app import create_app
from shared.settings import DatabaseUrl, ServiceSettings, load_settings
from tests.integration.http.demo.service import demo


class DemoSettings(ServiceSettings):
    database_url: DatabaseUrl = Field(validation_alias="DEMO_DATABASE_URL", repr=False)


app = create_app(demo(load_settings(DemoSettings)))
