"""The application factory: what each service's ``app.py`` calls."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.types import Scope

from shared.clock import Clock, system_clock
from shared.http import asyncapi, consumers, dead_letters, health, progress
from shared.http.docs_pages import add_docs
from shared.http.errors import add_error_handlers
from shared.http.lifespan import running
from shared.http.middleware import RequestMiddleware
from shared.http.openapi import use_documented_problems
from shared.service import Service
from shared.settings import ProcessRole
from shared.telemetry.tracing import tracer_provider

#: Asked every few seconds by machines: no spans.
_UNTRACED = ("/livez", "/readyz", "/metrics")


def create_app(service: Service, clock: Clock = system_clock, *, own_logging: bool = True) -> FastAPI:
    """The ASGI application of ``service``, in the roles of its settings; nothing is reached before it starts.

    Without the role ``api`` it has only the routes for operators: health, metrics, progress and dead letters.
    ``own_logging`` sets up the process' logs at the start; tests leave them as they are.
    """

    def lifespan(app: FastAPI) -> AbstractAsyncContextManager[None]:
        return running(app, service, clock, own_logging=own_logging)

    app = FastAPI(
        title=service.title,
        description=service.description,
        version=version("uurwerk"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={
            "tracer_provider": tracer_provider(),
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "exclude": _untraced,
        },
    )
    app.add_middleware(RequestMiddleware, max_body_size=service.settings.max_body_size)
    add_error_handlers(app, service)
    own = service.routers if ProcessRole.API in service.settings.roles else ()
    for router in (*own, dead_letters.router, consumers.router, progress.router, health.router, asyncapi.router):
        app.include_router(router)
    add_docs(app)
    use_documented_problems(app)
    return app


def _untraced(scope: Scope) -> bool:
    return scope["path"] in _UNTRACED
