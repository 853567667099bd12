"""What an import costs: a user's program must hardly notice it."""

import subprocess
import sys

import pytest

from tests.house.tree import rooms

# Heavy in time or memory, or of the kind that forbids a fork after it.
_HEAVY = {
    "alembic",
    "anthropic",
    "chdb",
    "clickhouse_connect",
    "fastapi",
    "genai_prices",
    "google.protobuf",
    "grpc",
    "httpx",
    "httpx2",
    "jinja2",
    "numpy",
    "openai",
    "opentelemetry",
    "pandas",
    "prometheus_client",
    "psycopg",
    "pyarrow",
    "pydantic",
    "rich",
    "sqlalchemy",
    "starlette",
    "typer",
    "uvicorn",
    "uvloop",
}

# These would cost every process of the server, whichever of its parts it runs.
_NEVER_BY_A_DOOR = {"anthropic", "chdb", "genai_prices", "httpx2", "numpy", "openai", "pandas", "pyarrow"}

# What sending needs is loaded when something is sent, in a thread of our own.
_NOT_BY_A_NAME = {"asyncio", "email", "http", "json", "logging", "ssl", "subprocess", "urllib3", "uuid"}


def imported_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after a statement, beyond those that it starts with."""
    script = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return set(run.stdout.split())


def test_importing_headwater_imports_almost_nothing():
    assert len(imported_by("import headwater")) <= 10


def test_what_a_program_is_given_loads_little():
    """The vocabulary and what reads a vendor's bytes come with the first name; what sends, masks and hooks does not."""
    beyond = imported_by("import msgspec; from headwater import span, session, log, score") - imported_by(
        "import msgspec"
    )
    assert (_HEAVY | _NOT_BY_A_NAME) & beyond == set()
    assert {"headwater.outbox", "headwater.redact", "headwater.sdk.instrument"} & beyond == set()
    assert len(beyond) <= 90, sorted(beyond)


def test_the_rooms_of_the_client_side_are_light():
    modules = imported_by("import headwater, headwater.event, headwater.provider")
    assert _HEAVY & modules == set()
    assert len(modules) <= 150, sorted(modules)


@pytest.mark.parametrize("room", [room.name for room in rooms()])
def test_no_door_imports_what_a_process_may_not_need(room: str):
    assert _NEVER_BY_A_DOOR & imported_by(f"import headwater.{room}") == set()
