"""The application factory: what each service's ``app.py`` calls."""

from __future__ import annotations

from fastapi import FastAPI

from shared.clock import Clock, system_clock
from shared.service import Service


def create_app(service: Service, clock: Clock = system_clock) -> FastAPI:
    """The ASGI application of ``service``: its routes, health, metrics and dead letters, in the roles of its settings."""
    app = FastAPI(title=service.title, description=service.description)
    for router in service.routers:
        app.include_router(router)
    return app
