"""The table of the settings pages."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from headwater.web.desk import Desk
from headwater.web.pages.settings.connect import connect_key, connect_page, waiting_piece
from headwater.web.pages.settings.frame import KEYS, LIMITS, PROJECTS, PROVIDERS, SERVER, back_to_list
from headwater.web.pages.settings.keys import create_key, keys_page, revoke, revoke_question, take_over_key
from headwater.web.pages.settings.limits import add_limit, drop_limit, limits_page, remove_limit_question
from headwater.web.pages.settings.projects import create_project, projects_page, rename_project, switch_usage
from headwater.web.pages.settings.providers import (
    add_provider,
    provider_page,
    providers_page,
    remove_provider,
    remove_question,
    remove_secret,
    remove_secret_question,
    set_secret,
)
from headwater.web.pages.settings.server import server_page
from headwater.web.pages.start import PLACE, WAITING
from headwater.web.rendering import Renderer

SETTINGS_PAGES: tuple[tuple[str, str, Callable[[Desk, Renderer, Request], Awaitable[Response]]], ...] = (
    ("GET", PLACE, connect_page),
    ("POST", PLACE, connect_key),
    ("GET", WAITING, waiting_piece),
    ("GET", KEYS, keys_page),
    ("POST", KEYS, create_key),
    ("GET", f"{KEYS}/take-over", back_to_list),
    ("POST", f"{KEYS}/take-over", take_over_key),
    ("GET", f"{KEYS}/{{key_id}}/revoke", revoke_question),
    ("POST", f"{KEYS}/{{key_id}}/revoke", revoke),
    ("GET", PROVIDERS, providers_page),
    ("POST", PROVIDERS, add_provider),
    ("GET", f"{PROVIDERS}/{{name}}", provider_page),
    ("POST", f"{PROVIDERS}/{{name}}", set_secret),
    ("GET", f"{PROVIDERS}/{{name}}/forget", remove_secret_question),
    ("POST", f"{PROVIDERS}/{{name}}/forget", remove_secret),
    ("GET", f"{PROVIDERS}/{{name}}/remove", remove_question),
    ("POST", f"{PROVIDERS}/{{name}}/remove", remove_provider),
    ("GET", LIMITS, limits_page),
    ("POST", LIMITS, add_limit),
    ("GET", f"{LIMITS}/{{limit_id}}/remove", remove_limit_question),
    ("POST", f"{LIMITS}/{{limit_id}}/remove", drop_limit),
    ("GET", PROJECTS, projects_page),
    ("POST", PROJECTS, create_project),
    ("GET", f"{PROJECTS}/{{project_id}}/name", back_to_list),
    ("POST", f"{PROJECTS}/{{project_id}}/name", rename_project),
    ("GET", f"{PROJECTS}/{{project_id}}/usage", back_to_list),
    ("POST", f"{PROJECTS}/{{project_id}}/usage", switch_usage),
    ("GET", SERVER, server_page),
)
"""Method, path, view."""
