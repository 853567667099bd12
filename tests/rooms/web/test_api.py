"""The JSON API: whole answers, whole errors, and a document that describes both."""

import re
from typing import Any

import msgspec
import pytest
from inline_snapshot import snapshot

from headwater.query import (
    CallListed,
    Conversation,
    FacetValue,
    Failures,
    ModelsUsed,
    Movers,
    Overview,
    Page,
    Selection,
    SessionListed,
    SpanFound,
    SpanShown,
    Table,
    TimeSeries,
    Totals,
    TraceListed,
    TraceShown,
    UserListed,
)
from headwater.web import Deliveries, HealthShown
from tests.pages.sample_project import AGENT_TRACE, KEY
from tests.pages.site import Site

V1 = "/api/headwater/v1"
ANSWERS: dict[str, Any] = {
    "/traces": Page[TraceListed],
    "/calls": Page[CallListed],
    "/spans": Page[SpanFound],
    "/sessions": Page[SessionListed],
    "/users": Page[UserListed],
    f"/traces/{AGENT_TRACE}": TraceShown,
    f"/traces/{AGENT_TRACE}?focus=a000000000000005&limit=5": TraceShown,
    f"/traces/{AGENT_TRACE}/spans/a000000000000005": SpanShown,
    "/sessions/chat-88213": SessionListed,
    "/conversations/chat-88213": Conversation,
    "/conversations/chat-88213?sort=-start_time&limit=2": Conversation,
    "/errors?range=all&sort=-last_seen&limit=5": Failures,
    "/facets/model": tuple[FacetValue, ...],
    "/series?start=2026-11-18T10:00:00Z&end=2026-11-18T11:00:00Z&step_s=600": TimeSeries,
    "/totals": Totals,
    "/selection?model=gpt-5": Selection,
    "/overview": Overview,
    "/overview?range=7d&by=model&step_s=3600&top=3": Overview,
    "/movers?start=2026-11-18T11:00:00Z&by=user&limit=3": Movers,
    "/models?sort=-calls": ModelsUsed,
    "/health": HealthShown,
    "/deliveries": Deliveries,
    f"/deliveries?instance={'b' * 32}&by=minute&start=2026-11-18T10:00:00Z&limit=5": Deliveries,
}


@pytest.mark.parametrize("path", ANSWERS)
def test_an_answer_is_what_its_question_gives(api: Site, path: str):
    answer = api.get(V1 + path, cookie="", x_headwater_key=KEY)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    decoded = msgspec.json.decode(answer.text, type=ANSWERS[path])
    assert msgspec.json.decode(msgspec.json.encode(decoded)) == answer.json


def test_a_listed_trace(api: Site):
    assert api.get(f"{V1}/traces?model=gpt-5&limit=1").json == snapshot(
        {
            "items": [
                {
                    "trace_id": "5b8efff798038103d269b633813fc60c",
                    "name": "answer_ticket",
                    "start_time": "2026-11-18T11:05:05.000000000Z",
                    "duration_ms": 9840.0,
                    "status": "ok",
                    "span_count": 13,
                    "call_count": 5,
                    "error_count": 1,
                    "input_tokens": 6948,
                    "output_tokens": 215,
                    "cache_read_tokens": 6144,
                    "cache_write_tokens": 0,
                    "reasoning_tokens": 64,
                    "cost_usd": 0.00390947,
                    "unpriced_calls": 1,
                    "ttft_ms": 840.0,
                    "session_id": "chat-88213",
                    "user_id": "mira.holt",
                    "environment": "production",
                    "service_name": "support-desk",
                    "tags": ["web", "vip"],
                    "models": ["text-embedding-3-small", "gpt-5", "claude-sonnet-5"],
                    "providers": ["openai", "anthropic"],
                    "sources": ["otel", "openinference"],
                    "error_types": ["RateLimitError"],
                    "input_preview": """\
Hi! My kayak paddle from order RB-20418 arrived with a crack near the ferrule 😕
Can you send a new one? I leave for the trip on Friday.\
""",
                    "output_preview": "I'm sorry about the cracked paddle, Mira. It is covered by your warranty, so"
                    " a new 220 cm carbon paddle is already on its way by two-day shipping and should reach you on"
                    " Thursday, November 20 — before",
                }
            ],
            "next": None,
            "is_partial": False,
        }
    )


def test_a_facet(api: Site):
    assert api.get(f"{V1}/facets/model?contains=gpt").json == snapshot(
        [{"value": "gpt-5", "traces": 1, "last_seen": "2026-11-18T11:06:40.000000000Z"}]
    )


def test_totals(api: Site):
    assert api.get(f"{V1}/totals?provider=openai").json == snapshot(
        {
            "start": None,
            "end": None,
            "traces": 1,
            "sessions": 1,
            "users": 1,
            "calls": 4,
            "errors": 0,
            "input_tokens": 6948,
            "output_tokens": 215,
            "cache_read_tokens": 6144,
            "cache_write_tokens": 0,
            "reasoning_tokens": 64,
            "cost_usd": 0.00390947,
            "unpriced_calls": 0,
            "p50_ms": 1490.0,
            "p95_ms": 2280.0,
            "p99_ms": 2280.0,
            "ttft_p50_ms": 702.0,
            "ttft_p95_ms": 702.0,
        }
    )


def test_sql_as_json_and_as_csv(api: Site):
    asked = {"sql": "SELECT trace_id, count() FROM spans GROUP BY trace_id"}
    assert api.post(f"{V1}/query", asked, cookie="", x_headwater_key=KEY).json == snapshot(
        {
            "columns": ["trace_id", "spans", "cost_usd"],
            "types": ["String", "UInt64", "Nullable(Float64)"],
            "rows": [["5b8efff798038103d269b633813fc60c", 13, None]],
            "elapsed_ms": 1.5,
            "is_truncated": False,
        }
    )
    answer = api.post(f"{V1}/query", {**asked, "format": "csv"}, cookie="", authorization=f"Bearer {KEY}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["x-headwater-truncated"] == "false"
    assert answer.text == snapshot("""\
trace_id,spans,cost_usd\r
5b8efff798038103d269b633813fc60c,13,\r
""")


def test_a_table_decodes_as_what_it_is(api: Site):
    answer = api.post(f"{V1}/query", {"sql": "select 1"}, cookie="", x_headwater_key=KEY)
    assert msgspec.json.decode(answer.text, type=Table).columns == ("trace_id", "spans", "cost_usd")


WRONG = {
    "/traces?limit=0": (400, "bad_request", "limit"),
    "/traces?limit=1001": (400, "bad_request", "limit"),
    "/traces?min_tokens=many": (400, "bad_request", "min_tokens"),
    "/traces?colour=red": (400, "bad_request", "colour"),
    "/traces?sort=beauty": (400, "bad_request", "sort"),
    "/traces?cursor=broken": (400, "bad_request", "cursor"),
    "/traces?range=moon": (400, "bad_request", "range"),
    "/traces?min_ttft_ms=5": (400, "bad_request", "min_ttft_ms"),
    "/calls?kind=tool": (400, "bad_request", "kind"),
    "/traces?metadata=plan": (400, "bad_request", "metadata"),
    "/facets/colour": (400, "bad_request", "facet"),
    "/series?step_s=0": (400, "bad_request", "step_s"),
    "/conversations/chat-88213?sort=cost": (400, "bad_request", "sort"),
    "/conversations/chat-88213?limit=0": (400, "bad_request", "limit"),
    "/conversations/chat-88213?cursor=broken": (400, "bad_request", "cursor"),
    "/conversations/none": (404, "not_found", None),
    "/errors?sort=beauty": (400, "bad_request", "sort"),
    "/errors?cursor=broken": (400, "bad_request", "cursor"),
    "/deliveries?by=hour": (400, "bad_request", "by"),
    "/deliveries?start=soon": (400, "bad_request", "start"),
    "/deliveries?limit=1001": (400, "bad_request", "limit"),
    "/traces/ffff": (404, "not_found", None),
    f"/traces/{AGENT_TRACE}/spans/ffff": (404, "not_found", None),
    f"/traces/{AGENT_TRACE}?focus=ffff": (404, "not_found", None),
    "/sessions/none": (404, "not_found", None),
    "/nothing": (404, "not_found", None),
    "/query": (405, "method_not_allowed", None),
    "/traces?project=lab": (404, "not_found", None),
}


@pytest.mark.parametrize("path", WRONG)
def test_what_is_wrong_is_named(api: Site, path: str):
    answer = api.get(V1 + path, cookie="", x_headwater_key=KEY)
    error = answer.json["error"]
    assert (answer.status, error["type"], error.get("field")) == WRONG[path]
    assert error["message"]


@pytest.mark.parametrize("body", [{}, {"sql": ""}, {"sql": "select 1", "format": "xml"}, {"sql": 5}, [], "x", None])
def test_a_statement_that_is_none_is_refused(api: Site, body: object):
    answer = api.post(f"{V1}/query", body, cookie="", x_headwater_key=KEY)
    assert (answer.status, answer.json["error"]["type"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "sent", [{}, {"x_headwater_key": "wrong"}, {"authorization": "Bearer wrong"}, {"authorization": "Basic x"}]
)
def test_a_stranger_is_told_how_to_come_in(api: Site, sent: dict[str, str]):
    answer = api.get(f"{V1}/traces", cookie="", **sent)
    assert (answer.status, answer.json["error"]["type"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_comes_before_a_cookie(api: Site):
    assert api.get(f"{V1}/traces", x_headwater_key="wrong").status == 401


def test_a_session_chooses_among_its_projects(api: Site):
    assert api.get(f"{V1}/traces?project=lab").json == {"items": [], "next": None, "is_partial": False}
    assert api.get(f"{V1}/traces?project=secret").status == 404


def test_a_page_of_another_site_cannot_ask_with_a_cookie(api: Site):
    answer = api.post(f"{V1}/query", {"sql": "select 1"}, origin="https://evil.example")
    assert (answer.status, answer.json["error"]["type"]) == (403, "forbidden")


def test_the_document_describes_every_answer(api: Site):
    document = api.get(f"{V1}/openapi.json", cookie="").json
    assert document["openapi"].startswith("3.1")
    paths: dict[str, Any] = document["paths"]
    assert list(paths) == snapshot(
        [
            "/api/headwater/v1/traces",
            "/api/headwater/v1/calls",
            "/api/headwater/v1/spans",
            "/api/headwater/v1/sessions",
            "/api/headwater/v1/users",
            "/api/headwater/v1/traces/{trace_id}",
            "/api/headwater/v1/traces/{trace_id}/spans/{span_id}",
            "/api/headwater/v1/traces/{trace_id}/spans/{span_id}/curl",
            "/api/headwater/v1/sessions/{session_id}",
            "/api/headwater/v1/facets/{facet}",
            "/api/headwater/v1/series",
            "/api/headwater/v1/totals",
            "/api/headwater/v1/health",
            "/api/headwater/v1/deliveries",
            "/api/headwater/v1/query",
            "/api/headwater/v1/selection",
            "/api/headwater/v1/export/traces",
            "/api/headwater/v1/export/calls",
            "/api/headwater/v1/tail",
            "/api/headwater/v1/edits/tags",
            "/api/headwater/v1/edits/scores",
            "/api/headwater/v1/edits/comments",
            "/api/headwater/v1/edits/retractions",
            "/api/headwater/v1/edits/deletions",
            "/api/headwater/v1/views",
            "/api/headwater/v1/views/{view_id}",
            "/api/headwater/v1/sets",
            "/api/headwater/v1/sets/{set_id}",
            "/api/headwater/v1/sets/{set_id}/traces",
            "/api/headwater/v1/queries",
            "/api/headwater/v1/queries/{query_id}",
            "/api/headwater/v1/find",
            "/api/headwater/v1/receipts",
            "/api/headwater/v1/attributes",
            "/api/headwater/v1/quarantine",
            "/api/headwater/v1/quarantine/{held_id}",
            "/api/headwater/v1/quarantine/{held_id}/body",
            "/api/headwater/v1/quarantine/retry",
            "/api/headwater/v1/quarantine/{held_id}/retry",
            "/api/headwater/v1/reloads",
            "/api/headwater/v1/reloads/kept",
            "/api/headwater/v1/reloads/{reload_id}",
            "/api/headwater/v1/overview",
            "/api/headwater/v1/movers",
            "/api/headwater/v1/models",
            "/api/headwater/v1/conversations/{session_id}",
            "/api/headwater/v1/errors",
            "/api/headwater/v1/alerts/channels",
            "/api/headwater/v1/alerts/channels/{channel_id}",
            "/api/headwater/v1/alerts/channels/{channel_id}/test",
            "/api/headwater/v1/alerts/firing",
            "/api/headwater/v1/alerts/would",
            "/api/headwater/v1/alerts/{alert_id}/history",
            "/api/headwater/v1/alerts",
            "/api/headwater/v1/alerts/{alert_id}",
            "/api/headwater/v1/alerts/{alert_id}/silence",
            "/api/headwater/v1/alerts/{alert_id}/test",
            "/api/headwater/v1/projects",
            "/api/headwater/v1/projects/{project_id}",
            "/api/headwater/v1/keys",
            "/api/headwater/v1/keys/{key_id}",
            "/api/headwater/v1/upstreams",
            "/api/headwater/v1/upstreams/{name}",
            "/api/headwater/v1/credentials",
            "/api/headwater/v1/credentials/{upstream}",
            "/api/headwater/v1/limits",
            "/api/headwater/v1/limits/{limit_id}",
            "/api/headwater/v1/settings",
            "/api/headwater/v1/broken-prefixes",
            "/api/headwater/v1/compare",
            "/api/headwater/v1/scores",
            "/api/headwater/v1/scores/by",
            "/api/headwater/v1/judgements",
            "/api/headwater/v1/prices",
            "/api/headwater/v1/prices/change",
            "/api/headwater/v1/prices/what-if",
            "/api/headwater/v1/prices/own",
            "/api/headwater/v1/prices/own/{price_id}",
            "/api/headwater/v1/prices/repricings",
            "/api/headwater/v1/prices/repricings/{wish_id}",
            "/api/headwater/v1/tools",
            "/api/headwater/v1/agents",
            "/api/headwater/v1/loops",
            "/api/headwater/v1/users/{user_id}",
        ]
    )
    known = set(document["components"]["schemas"])
    assert {"Page_TraceListed_", "SpanShown", "HealthShown", "ErrorAnswer", "Statement"} <= known
    referred = set(_references(document))
    assert referred <= known
    assert all(
        {"200", "400", "401", "404", "503"} == set(way["responses"]) for path in paths.values() for way in path.values()
    )


def _references(document: object) -> list[str]:
    return re.findall(r'"#/components/schemas/([^"]+)"', msgspec.json.encode(document).decode())
