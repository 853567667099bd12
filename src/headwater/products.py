"""Products: the clients of others that are at home here. Retiring one is its folder below `compat` and its line here.

A product's module is imported when somebody first uses it, by name: `door(desk)` makes the ASGI application of its
routes, `read(envelope)` says what an envelope of its doors (`<product>.<something>`) holds.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple


class Product(NamedTuple):
    """Where a product's door is, and its routes: a method and a path whose `{...}` stands for one segment."""

    module: str
    routes: tuple[str, ...]


PRODUCTS: dict[str, Product] = {
    "tropir": Product(
        "headwater.compat.tropir.door",
        ("POST /api/v1/metadata", "GET /api/v1/prompts/optimized/{prompt}"),
    ),
    "layer": Product(
        "headwater.compat.layer_sdk.door",
        (
            "GET /v1/applications",
            "POST /v1/applications",
            "POST /v1/sessions",
            "POST /v1/sessions/{session}/actions",
            "GET /firewall/v1/sessions/{session}",
            "GET /firewall/firewall/v1/sessions/{session}",
            "POST /oauth/token",
            "POST /realms/{realm}/protocol/openid-connect/token",
        ),
    ),
    "pulse": Product(
        "headwater.compat.pulse_sdk.door",
        (
            "POST /v1/traces/async",
            "POST /v1/traces/batch",
            "POST /v1/spans/async",
            "POST /v1/spans/batch",
            "GET /v1/traces",
            "GET /v1/traces/{trace}",
            "GET /v1/spans",
            "GET /v1/spans/{span}",
            "GET /v1/sessions/{session}",
            "GET /v1/sessions/{session}/spans",
            "GET /v1/analytics",
            "GET /v1/analytics/spans",
        ),
    ),
    "prysm": Product(
        "headwater.compat.prysmai.door",
        (
            "POST /api/mcp",
            "GET /api/mcp",
            "DELETE /api/mcp",
            "GET /api/v1/health",
            "POST /api/v1/telemetry/events",
            "POST /governance/scan",
            "POST /governance/sessions",
            "PATCH /governance/sessions/{session}",
            "POST /governance/sessions/{session}/events",
            "POST /threat-events",
        ),
    ),
    "huggingplace": Product(
        "headwater.compat.huggingplace_sdk.door",
        (
            "POST /v2/chatgpt/store_generated_response",
            "POST /v2/chatgpt/store_step",
            "POST /api/traces",
            "POST /api/traces/batch",
        ),
    ),
}
"""By the name that begins the product's doors."""


def module_of(product: str) -> Any:
    """Import a product's door. Raises KeyError for a product that there is not."""
    return import_module(PRODUCTS[product].module)


def product_at(method: str, path: str) -> str | None:
    """Whose route this is, None where it is no product's."""
    exact = _exact.get((method, path))
    return exact if exact is not None else _product_like(method, path)


def is_product_path(path: str) -> bool:
    """Whether a path is a product's with some method."""
    return any(product_at(method, path) is not None for method in _METHODS)


def pattern_of(path: str) -> re.Pattern[str]:
    """A route's path as a pattern whose groups are its `{...}`, in their order."""
    return re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(path)))


def _split(routes: Iterable[str]) -> Iterable[tuple[str, str]]:
    for route in routes:
        method, _, path = route.partition(" ")
        yield method, path


_all = [(*route, name) for name, product in PRODUCTS.items() for route in _split(product.routes)]
_METHODS = sorted({method for method, _, _ in _all})
_exact = {(method, path): name for method, path, name in _all if "{" not in path}
_like = [(method, pattern_of(path), name) for method, path, name in _all if "{" in path]


@lru_cache(maxsize=1024)
def _product_like(method: str, path: str) -> str | None:
    found = (name for wanted, pattern, name in _like if wanted == method and pattern.fullmatch(path))
    return next(found, None)
