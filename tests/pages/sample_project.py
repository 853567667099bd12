"""The sample project: a week of a support desk, one giant trace, and a server whose parts are all of some interest."""

import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from headwater.access import Catalog, Upstream
from headwater.alerts import AlertsSettings, Sender, SmtpSettings, Trial
from headwater.query import SpanShown, show_time
from headwater.web import (
    DeathShown,
    Deliveries,
    DeliveriesAsked,
    DeliveryShown,
    HealthShown,
    JournalShown,
    LoaderShown,
    Person,
    ProcessShown,
    ProjectListed,
    ProxyShown,
    QuarantinedShown,
    SettingShown,
    Setup,
    StoreShown,
    Sums,
    UpstreamSet,
    WebPorts,
    judged,
)
from tests.pages.sample_edits import SampleEdits
from tests.pages.sample_loss import SampleWishes, sample_disk, sample_minutes, sample_moments, sample_receipts
from tests.pages.sample_prices import SampleRepricings, sample_book
from tests.pages.sample_questions import SampleQuestions
from tests.pages.sample_rolled import keep_sample_alerts
from tests.pages.sample_spans import agent_trace, call, span, text

AGENT_TRACE = "5b8efff798038103d269b633813fc60c"
GIANT_TRACE = "91a0e7c1d5f94c7b8d53c2b7e4f60a11"
COOKIE = "a-session"
KEY = "hw_sample_key"
TOKEN = "one-time-token"
_USERS = ("mira.holt", "jonas.b", "li.wei", "amara.okafor", "sofia.reyes", "t.nakamura", "priya.n", "o.lindqvist")
_ASKED = (
    "Where is my order RB-20391? The tracking page has not moved for three days.",
    "Kann ich die Schwimmweste gegen eine größere tauschen?",
    "Does the 14 ft touring kayak fit on a car with a 1.2 m roof rack?",
    "¿Cuánto tarda un envío a Valparaíso con seguro incluido?",
    "Summarise this week's tickets about late deliveries and suggest three fixes.",
    "Please cancel the second paddle, I clicked twice.",
    "What is your return policy for opened dry suits?",
    "Translate the care instructions of the neoprene gloves to Portuguese.",
)
SETUP = Setup(
    settings=(
        SettingShown(
            variable="HEADWATER_PORT",
            value="3000",
            origin="default",
            room="server",
            says="Port of pages, API and ingest.",
        ),
        SettingShown(
            variable="HEADWATER_SECRET_KEY",
            value="set, not shown",
            origin="environment",
            room="server",
            says="32 bytes in base64 that providers' secrets are encrypted with.",
        ),
        SettingShown(
            variable="HEADWATER_JOURNAL_KEEP_S",
            value="86400",
            origin="default",
            room="journal",
            says="Seconds that loaded records are kept for a re-load.",
        ),
        SettingShown(
            variable="HEADWATER_JOURNAL_CAP_BYTES",
            value="10737418240",
            origin="command line",
            room="journal",
            says="Bytes that the journal may take.",
        ),
    ),
    upstreams=(
        UpstreamSet(
            upstream=Upstream(name="anthropic", base_url="https://api.anthropic.com", credential="x-api-key"),
            is_built_in=True,
        ),
        UpstreamSet(upstream=Upstream(name="openai", base_url="https://api.openai.com"), is_built_in=True),
        UpstreamSet(upstream=Upstream(name="intern", base_url="http://10.0.0.9:8000"), is_built_in=False),
    ),
    client_bases={"openai": "/v1", "anthropic": ""},
)
LOOPBACK_SENDER = Sender(AlertsSettings(timeout_s=2), SmtpSettings(), lambda address: None)
"""Sends tests of channels anywhere: in tests that is loopback only."""

_ERRORS = ("RateLimitError", "APITimeoutError", "InternalServerError")


def sample_spans(now_ns: int, with_giant: bool = False) -> Iterator[SpanShown]:
    """All spans, the same each time."""
    yield from agent_trace(AGENT_TRACE, now_ns - 95 * 10**9)
    draw = random.Random(7)
    for number in range(420):
        ago_s = int(240 + 86_400 * 6.5 * draw.random() ** 2.2)
        yield from _small_trace(draw, f"{number + 1:032x}", now_ns - ago_s * 10**9)
    if with_giant:
        yield from giant_trace(now_ns - 1800 * 10**9)


def _small_trace(draw: random.Random, trace_id: str, from_ns: int) -> Iterator[SpanShown]:
    user = draw.choice(_USERS)
    model = draw.choices(("gpt-5-mini", "gpt-5", "claude-sonnet-5", "riverbend-lora-7b"), (8, 5, 4, 1))[0]
    took = draw.lognormvariate(7.4, 0.7)
    given, gave = int(draw.lognormvariate(7, 0.8)), int(draw.lognormvariate(4.6, 0.7))
    error = draw.choice(_ERRORS) if draw.random() < 0.06 else ""
    at: dict[str, Any] = {
        "from_ns": from_ns,
        "user_id": user,
        "session_id": f"chat-{draw.randrange(80_000, 80_120)}",
        "environment": draw.choices(("production", "staging"), (9, 1))[0],
        "tags": ("web",) if draw.random() < 0.6 else ("mobile", "beta"),
    }
    asked = text("user", draw.choice(_ASKED))
    gives: dict[str, Any] = (
        {"status": "error", "error_type": error, "output_tokens": None, "cost_usd": None, "price_lines": ()}
        if error
        else {
            "output": (
                text(
                    "assistant", "Happy to help. I have looked into it, and here is what I found.", finish_reason="stop"
                ),
            )
        }
    )
    inner: dict[str, Any] = {
        "parent_span_id": "b000000000000001",
        "at_ms": 20.0,
        "took_ms": took,
        "ttft_ms": None if error else took * 0.35,
    }
    root_fields: dict[str, Any] = {
        "input": (asked,),
        "status": "error" if error else "ok",
        "error_type": error,
        "took_ms": took + 41,
    }
    if draw.random() < 0.25:
        yield call(
            trace_id, "b000000000000001", model, (given, 0, gave), **at, input=(asked,), **{**gives, "took_ms": took}
        )
        return
    name = draw.choice(("answer_ticket", "triage", "summarise_thread", "POST /v1/chat"))
    yield span(trace_id, "b000000000000001", name, kind="chain", **root_fields, output=gives.get("output", ()), **at)
    cached = given // 2 if draw.random() < 0.5 else 0
    yield call(trace_id, "b000000000000002", model, (given, cached, gave), **at, **inner, input=(asked,), **gives)


def giant_trace(from_ns: int, width: int = 30_000) -> Iterator[SpanShown]:
    """A nightly run of 30,000 spans: a root, chains of ten steps each."""
    each_ms = 600_000 / width
    yield span(GIANT_TRACE, "f" * 16, "nightly_regrade", kind="agent", from_ns=from_ns, took_ms=600_000, status="ok")
    for number in range(1, width):
        chain = number - (number - 1) % 10
        parent = "f" * 16 if number == chain else f"{chain:016x}"
        name, kind = (f"ticket {chain // 10 + 1}", "chain") if number == chain else ("grade", "evaluator")
        at_ms, took_ms = number * each_ms, each_ms * (10 if number == chain else 1)
        yield span(
            GIANT_TRACE,
            f"{number:016x}",
            name,
            kind=kind,
            parent_span_id=parent,
            from_ns=from_ns,
            at_ms=at_ms,
            took_ms=took_ms,
            status="ok",
        )


def sample_health(now_ns: int) -> HealthShown:
    """A server with a little of everything."""
    return HealthShown(
        time=show_time(now_ns),
        processes=(
            ProcessShown(name="edge-1", pid=4121, state="running", uptime_s=93_600, memory_bytes=96 << 20),
            ProcessShown(
                name="edge-2",
                pid=4188,
                state="running",
                restarts=1,
                uptime_s=5_400,
                memory_bytes=94 << 20,
                last_exit="signal 9",
                deaths=(DeathShown(time=show_time(now_ns - 5_400 * 10**9), exit="signal 9"),),
            ),
            ProcessShown(name="loader", pid=4122, state="running", uptime_s=93_600, memory_bytes=142 << 20),
            ProcessShown(name="store", pid=4119, state="running", uptime_s=93_610, memory_bytes=388 << 20),
        ),
        journals=(
            JournalShown(writer="edge-1", depth=3, size_bytes=48 << 20, oldest_age_s=0.4),
            JournalShown(writer="edge-2", depth=0, size_bytes=44 << 20),
        ),
        loader=LoaderShown(lag_s=0.42, position="edge-1:184213", spans_per_s=312.4, spans_loaded=18_204_113),
        store=StoreShown(
            is_up=True,
            address="embedded",
            rows={"spans": 18_204_113, "messages": 1_912_004, "traces": 911_042, "log_events": 20_111},
            disk_bytes={
                "spans": 4_812_004_331,
                "messages": 912_004_331,
                "traces": 210_331_004,
                "log_events": 9_331_004,
            },
            plain_bytes={"spans": 51_004_331_000, "messages": 5_912_004_331},
            parts={"spans": 42, "messages": 12, "traces": 9, "log_events": 3},
            free_bytes=212 << 30,
        ),
        disk=sample_disk(),
        moments=sample_moments(now_ns),
        quarantine=(
            QuarantinedShown(
                position="edge-1:90211",
                door="otlp.traces",
                reason="span 14: attribute 'gen_ai.input.messages' is nested 1,204 levels deep",
                time=show_time(now_ns - 7_200 * 10**9),
                size_bytes=81_223,
            ),
        ),
        quarantined=1,
        dropped={"journal full": 0, "malformed span": 12},
        versions={"headwater": "0.1.0", "chdb-core": "26.9.0", "genai-prices": "0.2.3"},
        proxy=ProxyShown(
            under_way=14,
            recorded=1_204_311,
            connections_opened=288,
            refused={"rate_limit_exceeded": 1_402, "no_credential": 3},
        ),
    )


def sample_deliveries(now_ns: int, asked: DeliveriesAsked) -> Deliveries:
    """An instance that lost something, one that is well, one that ended early; none of any other project."""
    items = [
        _delivery("support-desk", "a", now_ns - 4 * 10**9, 48_120, 48_120, dropped={}),
        _delivery("grading-job", "b", now_ns - 70 * 10**9, 9_004, 8_640, dropped={"queue full": 312, "refused": 52}),
        _delivery("grading-job", "c", now_ns - 2 * 3_600 * 10**9, 133, 121, dropped={}),
    ]
    chosen = [each for each in items if not asked.instances or each.instance in asked.instances]
    if asked.by == "minute":
        chosen = [minute for each in chosen for minute in sample_minutes(each)]
    chosen = chosen[asked.offset : asked.offset + asked.limit]
    return Deliveries(items=tuple(chosen) if "desk" in asked.projects else ())


def _delivery(
    service: str, digit: str, seen_ns: int, created: int, arrived: int, dropped: dict[str, int]
) -> DeliveryShown:
    shown = DeliveryShown(
        project="desk",
        instance=digit * 32,
        service=service,
        began=show_time(seen_ns - 3_600 * 10**9),
        last_seen=show_time(seen_ns),
        created=created,
        sent=arrived,
        accepted=arrived,
        durable=arrived,
        queryable=arrived,
        kept=created - arrived - sum(dropped.values()),
        dropped=dropped,
        requests=arrived // 200 + 1,
    )
    return judged(shown, Sums(arrived=arrived, is_whole=True, waiting=0, unread=0))


def calm_health(now_ns: int) -> HealthShown:
    """A server that has just started."""
    return HealthShown(
        time=show_time(now_ns),
        processes=(ProcessShown(name="edge-1", pid=12, state="running", uptime_s=3),),
        journals=(),
        loader=LoaderShown(lag_s=None, position="", spans_per_s=0.0),
        store=StoreShown(is_up=True, address="embedded"),
    )


def sample_catalog() -> Catalog:
    """A catalog of the same two projects, in a file of its own."""
    path = Path(tempfile.mkdtemp(prefix="headwater-sample-")) / "catalog.sqlite"
    catalog = Catalog(f"sqlite:///{path}")
    catalog.migrate()
    with closing(sqlite3.connect(path)) as database, database:
        rows = [("desk", "Support desk", 1), ("lab", "Lab", 2)]
        database.executemany("INSERT INTO projects (id, name, created_ns) VALUES (?, ?, ?)", rows)
    return catalog


def sample_ports(now_ns: int, spans: list[SpanShown], health: HealthShown | None = None) -> WebPorts:
    """Ports onto the sample: one person, two projects of which the second is empty."""
    full, empty = SampleQuestions(spans, now_ns), SampleQuestions((), now_ns)
    mira = Person(id="p1", name="Mira")
    catalog = sample_catalog()
    keep_sample_alerts(catalog, now_ns)
    full.priced.book = lambda: sample_book(catalog, "desk")
    projects = (ProjectListed(id="desk", name="Support desk"), ProjectListed(id="lab", name="Lab"))
    return WebPorts(
        questions=lambda project: full if project == "desk" else empty,
        redeem_login=lambda token: COOKIE if token == TOKEN else None,
        person=lambda cookie: mira if cookie == COOKIE else None,
        logout=lambda cookie: None,
        key_project=lambda key: "desk" if key == KEY else None,
        projects=lambda person: projects,
        catalog=catalog,
        edit=SampleEdits({"desk": full, "lab": empty}, now_ns),
        setup=lambda: SETUP,
        health=lambda: health or sample_health(now_ns),
        deliveries=lambda asked: sample_deliveries(now_ns, asked),
        receipts=lambda asked: sample_receipts(now_ns, asked),
        wishes=SampleWishes(now_ns),
        repricings=SampleRepricings(now_ns),
        trial=Trial(catalog.alerts, LOOPBACK_SENDER, "http://127.0.0.1:3000"),
        is_stopping=lambda: False,
    )
