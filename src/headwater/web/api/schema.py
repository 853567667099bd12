"""Schema: the OpenAPI document. FastAPI tells of paths and parameters, msgspec of the answers."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from headwater.query import (
    AgentsUsed,
    AttributesSeen,
    BrokenPrefixes,
    CallListed,
    Compared,
    Conversation,
    FacetValue,
    Failures,
    Hit,
    Judgements,
    Loops,
    ModelsPriced,
    ModelsUsed,
    Movers,
    Overview,
    Page,
    PriceChange,
    ScoredBy,
    ScoresSummed,
    Selection,
    SessionListed,
    SpanFound,
    SpanShown,
    Table,
    TimeSeries,
    ToolsUsed,
    Totals,
    TraceListed,
    TraceShown,
    UserListed,
    UserShown,
    WhatIf,
)
from headwater.web.alerting import (
    AlertShown,
    ChannelShown,
    Firings,
    FiringsShown,
    TriedShown,
    WouldShown,
)
from headwater.web.api.errors import ErrorAnswer
from headwater.web.deliveries import Deliveries
from headwater.web.editing import Edited
from headwater.web.health import HealthShown
from headwater.web.kept import KeyKept, KeyMade, LimitKept, ProjectKept, ProjectMade, SecretKept, UpstreamKept
from headwater.web.own_prices import OwnPriceShown
from headwater.web.receipts import Receipts
from headwater.web.repricings import RepricingShown
from headwater.web.saved import PutIn, SetKept, ViewKept
from headwater.web.saved_queries import QueryKept
from headwater.web.setup import SettingShown
from headwater.web.wishes import HeldPage, Kept, Preview, Reload, Reloads

ANSWERS: tuple[Any, ...] = (
    Page[TraceListed],
    Page[CallListed],
    Page[SpanFound],
    Page[SessionListed],
    Page[UserListed],
    TraceShown,
    SpanShown,
    SessionListed,
    tuple[FacetValue, ...],
    tuple[Hit, ...],
    TimeSeries,
    Totals,
    Selection,
    Conversation,
    Failures,
    Overview,
    Movers,
    ModelsUsed,
    ToolsUsed,
    AgentsUsed,
    Loops,
    ScoresSummed,
    tuple[ScoredBy, ...],
    Judgements,
    UserShown,
    BrokenPrefixes,
    Compared,
    tuple[QueryKept, ...],
    Table,
    HealthShown,
    Deliveries,
    Receipts,
    AttributesSeen,
    HeldPage,
    Preview,
    Reload,
    Reloads,
    Kept,
    tuple[ProjectKept, ...],
    ProjectMade,
    tuple[KeyKept, ...],
    KeyMade,
    tuple[UpstreamKept, ...],
    tuple[SecretKept, ...],
    tuple[LimitKept, ...],
    tuple[SettingShown, ...],
    Edited,
    tuple[ViewKept, ...],
    tuple[SetKept, ...],
    PutIn,
    tuple[AlertShown, ...],
    FiringsShown,
    Firings,
    WouldShown,
    tuple[ChannelShown, ...],
    tuple[TriedShown, ...],
    ModelsPriced,
    PriceChange,
    WhatIf,
    tuple[OwnPriceShown, ...],
    tuple[RepricingShown, ...],
    ErrorAnswer,
)
"""Everything that a route may answer with."""

_PLACE = "#/components/schemas/{name}"
_ERRORS = {
    "400": "The request cannot be understood; the field is named",
    "401": "No valid project key or browser session",
    "404": "No such thing in this project",
    "503": "The store does not answer now; Retry-After says when to ask again",
}
_WAYS_IN = {
    "key": {"type": "apiKey", "in": "header", "name": "x-headwater-key", "description": "A project's key"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "A project's key"},
}


def answers(kind: Any, also: str | None = None) -> dict[str, Any]:
    """Return what a route declares of its answer, which it encodes itself: a reference to one of `ANSWERS`.

    `also` is another media type that it can be had in, as text.
    """
    content = _content(kind)["content"]
    if also:
        content[also] = {"schema": {"type": "string"}}
    return {"response_class": Response, "responses": {200: {"description": "Answered", "content": content}}}


def texts(*media_types: str) -> dict[str, Any]:
    """Return what a route declares that answers with text of these media types."""
    content = {media_type: {"schema": {"type": "string"}} for media_type in media_types}
    return {"response_class": Response, "responses": {200: {"description": "Answered", "content": content}}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an app whose routes declare their answers with `answers`."""
    document = get_openapi(
        title="Headwater",
        version="1",
        description="The questions that Headwater answers about a project's traces. Times are RFC 3339 in UTC,"
        " durations milliseconds, costs US dollars; null is what nobody knows.",
        routes=app.routes,
    )
    _, schemas = msgspec.json.schema_components(ANSWERS, ref_template=_PLACE)
    errors = {status: {"description": text, **_content(ErrorAnswer)} for status, text in _ERRORS.items()}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"].update(errors)
    asked = document.get("components", {}).get("schemas", {})
    schemas = {name: schema for name, schema in asked.items() if "ValidationError" not in name} | schemas
    document["components"] = {"schemas": schemas, "securitySchemes": _WAYS_IN}
    document["security"] = [{way: []} for way in _WAYS_IN]
    return document


def _content(kind: Any) -> dict[str, dict[str, Any]]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_PLACE)
    return {"content": {"application/json": {"schema": schema}}}
