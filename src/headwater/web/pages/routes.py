"""The table of pages."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from headwater.web.desk import Desk
from headwater.web.pages.alerts.table import ALERT_PAGES
from headwater.web.pages.calls import calls_page, calls_sum
from headwater.web.pages.compare import compare_page
from headwater.web.pages.doing import do_to_calls, do_to_traces
from headwater.web.pages.facets import facet_options
from headwater.web.pages.failures import failures_page
from headwater.web.pages.go import go_page
from headwater.web.pages.health import health_page
from headwater.web.pages.kept import (
    change_set,
    change_view,
    make_set,
    open_set,
    save_view,
    sets_page,
    views_page,
)
from headwater.web.pages.lists import sessions_page, users_page
from headwater.web.pages.loss.table import LOSS_PAGES
from headwater.web.pages.models import models_page
from headwater.web.pages.overview import BELOW, below_page, overview_page
from headwater.web.pages.prefixes import prefixes_page
from headwater.web.pages.prices.table import PRICE_PAGES
from headwater.web.pages.query import query_page
from headwater.web.pages.query_saved import change_query, forget_query, save_query
from headwater.web.pages.saying import say_of_trace
from headwater.web.pages.scores import scores_page
from headwater.web.pages.session import session_page
from headwater.web.pages.settings.table import SETTINGS_PAGES
from headwater.web.pages.signin import login_page, logout
from headwater.web.pages.themes import theme_switch
from headwater.web.pages.tools_used import BELOW as TOOLS_BELOW
from headwater.web.pages.tools_used import tools_below, tools_page
from headwater.web.pages.trace import span_curl, span_panel, span_raw, span_text, trace_page, tree_chunk
from headwater.web.pages.traces import traces_live, traces_page, traces_sum
from headwater.web.pages.user import user_page
from headwater.web.rendering import HEALTH, Renderer

Handler = Callable[[Desk, Renderer, Request], Awaitable[Response]]

PAGES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/login", login_page),
    ("POST", "/logout", logout),
    ("POST", "/theme", theme_switch),
    ("GET", "/go", go_page),
    ("GET", "/overview", overview_page),
    ("GET", BELOW, below_page),
    ("GET", "/models", models_page),
    ("GET", "/models/prefixes", prefixes_page),
    ("GET", "/compare", compare_page),
    ("GET", "/traces", traces_page),
    ("GET", "/traces/sum", traces_sum),
    ("GET", "/traces/live", traces_live),
    ("GET", "/calls", calls_page),
    ("GET", "/calls/sum", calls_sum),
    ("POST", "/traces/do", do_to_traces),
    ("POST", "/calls/do", do_to_calls),
    ("GET", "/views", views_page),
    ("POST", "/views", save_view),
    ("POST", "/views/{view_id}", change_view),
    ("GET", "/sets", sets_page),
    ("POST", "/sets", make_set),
    ("GET", "/sets/{set_id}", open_set),
    ("POST", "/sets/{set_id}", change_set),
    ("GET", "/traces/{trace_id}", trace_page),
    ("POST", "/traces/{trace_id}/say", say_of_trace),
    ("GET", "/traces/{trace_id}/spans", tree_chunk),
    ("GET", "/traces/{trace_id}/spans/{span_id}", span_panel),
    ("GET", "/traces/{trace_id}/spans/{span_id}/raw", span_raw),
    ("GET", "/traces/{trace_id}/spans/{span_id}/text", span_text),
    ("GET", "/traces/{trace_id}/spans/{span_id}/curl", span_curl),
    ("GET", "/sessions", sessions_page),
    ("GET", "/sessions/{session_id:path}", session_page),
    ("GET", "/errors", failures_page),
    ("GET", "/tools", tools_page),
    ("GET", TOOLS_BELOW, tools_below),
    ("GET", "/scores", scores_page),
    ("GET", "/users", users_page),
    ("GET", "/users/{user_id:path}", user_page),
    ("GET", "/query", query_page),
    *PRICE_PAGES,
    ("POST", "/query/saved", save_query),
    ("POST", "/query/saved/{query_id}", change_query),
    ("POST", "/query/saved/{query_id}/forget", forget_query),
    ("GET", "/facets/{facet}", facet_options),
    ("GET", HEALTH, health_page),
    *LOSS_PAGES,
    *ALERT_PAGES,
    *SETTINGS_PAGES,
)


def page_routes(desk: Desk, renderer: Renderer) -> list[Route]:
    """Return the routes of all pages."""
    return [Route("/", _to_overview), *(_route(desk, renderer, *page) for page in PAGES)]


def _route(desk: Desk, renderer: Renderer, method: str, path: str, handler: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        return await handler(desk, renderer, request)

    return Route(path, endpoint, methods=[method], name=handler.__name__)


async def _to_overview(request: Request) -> Response:
    return RedirectResponse(f"/overview?{request.url.query}" if request.url.query else "/overview", status_code=303)
