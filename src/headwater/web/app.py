"""The app: pages, API and static files as one ASGI application."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from headwater.errors import HeadwaterError
from headwater.web.api.errors import error_answer, error_of, invalid_parameters
from headwater.web.api.routes import PREFIX, api_router
from headwater.web.api.schema import describe
from headwater.web.asking import Asker, Seats
from headwater.web.desk import CrossOrigin, Desk
from headwater.web.headers import SecurityHeaders
from headwater.web.mcp import MCP_PATH, mcp_route
from headwater.web.pages.errors import error_page
from headwater.web.pages.routes import page_routes
from headwater.web.ports import WebPorts
from headwater.web.rendering import STATIC, Renderer
from headwater.web.settings import WebSettings

_FOR_GOOD = "public, max-age=31536000, immutable"


def web_app(settings: WebSettings, ports: WebPorts) -> FastAPI:
    """Return pages and API as one app. Nothing is asked and no thread started before the first request."""
    desk = _desk(settings, ports)
    renderer = Renderer(settings.tour)

    async def page_or_json(request: Request, error: Exception) -> Response:
        if request.url.path.startswith("/api/") or request.url.path == MCP_PATH:
            return await _json(request, error)
        return await error_page(desk, renderer, request, error)

    app = _app(desk, page_or_json)
    app.router.routes.extend(page_routes(desk, renderer))
    app.mount("/static", _Static(directory=STATIC), name="static")
    return app


def api_app(settings: WebSettings, ports: WebPorts) -> FastAPI:
    """Return the JSON API alone."""
    return _app(_desk(settings, ports), _json)


Answerer = Callable[[Request, Exception], Awaitable[Response]]


def _desk(settings: WebSettings, ports: WebPorts) -> Desk:
    asker = Asker(settings.question_threads, settings.questions_waiting)
    return Desk(settings=settings, ports=ports, asker=asker, seats=Seats(settings.tails))


def _app(desk: Desk, answer_error: Answerer) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        desk.asker.close()

    app = FastAPI(
        title="Headwater", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan, redirect_slashes=False
    )
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=4)
    app.add_middleware(SecurityHeaders)
    app.include_router(api_router(desk))
    app.router.routes.append(mcp_route(desk))
    _serve_description(app)
    for kind in (HeadwaterError, CrossOrigin, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, answer_error)
    return app


def _serve_description(app: FastAPI) -> None:
    async def description(_: Request) -> Response:
        app.openapi_schema = app.openapi_schema or describe(app)
        return JSONResponse(app.openapi_schema)

    app.add_route(f"{PREFIX}/openapi.json", description, include_in_schema=False)


async def _json(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        return invalid_parameters(error.errors())
    if isinstance(error, HTTPException):
        return error_answer(error.status_code, f"{request.method} {request.url.path}: {error.detail.lower()}")
    return error_of(error)


class _Static(StaticFiles):
    """Static files. Their addresses change with their content, so a browser may keep them for good."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        if isinstance(response, FileResponse):
            response.headers["cache-control"] = _FOR_GOOD
        return response
