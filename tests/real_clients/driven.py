"""What came of a client's program: what it said itself, what it sent, and what the dashboard's API shows of that."""

import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.journeys.projects import Project
from tests.real_clients.environments import CLIENTS, RealClient
from tests.real_clients.relay import Exchange
from tests.serving import wait_until

Row = dict[str, Any]


class Driven(msgspec.Struct, frozen=True, kw_only=True):
    """A program that has run: its client, its project, the requests that it sent to the server, and its own report."""

    client: RealClient
    project: Project
    exchanges: tuple[Exchange, ...]
    ran: "subprocess.CompletedProcess[str]"

    def failed_steps(self) -> list[str]:
        """The steps that did not go as the program expects, as it reports them, or what it said when it broke."""
        # Some packages print on their own account before the report.
        _, mark, rest = self.ran.stdout.rpartition('{\n "package"')
        if not mark:
            return [self.ran.stdout + self.ran.stderr[-2000:]]
        report = msgspec.json.decode(mark + rest)
        return [f"{step['step']}: {step.get('raised')} {step.get('msg')}" for step in report["steps"] if not step["ok"]]

    def sent(self, method: str, path: str) -> list[Exchange]:
        """Requests whose path begins so."""
        return [each for each in self.exchanges if each.method == method and each.path.startswith(path)]

    def rows(self, columns: str, rest: str, count: int) -> list[Row]:
        """Rows of the API's SQL, once there are so many."""
        return rows_of(self.project, columns, rest, count)


def rows_of(project: Project, columns: str, rest: str, count: int) -> list[Row]:
    """Rows of the API's SQL by the names of their columns (or those behind `AS`), once there are so many."""
    names = [name.strip().rpartition(" AS ")[2] for name in columns.split(",")]
    question = f"SELECT {columns} FROM {rest}"
    found = wait_until(lambda: len(rows := project.sql(question)) >= count and [rows], 20, question)
    return [dict(zip(names, row, strict=True)) for row in found[0]]


def clients(package: str = "", version: str = "") -> Callable[[Any], Any]:
    """Runs a test for a version of a package, for every version of it, or for every client."""
    chosen = [client for client in CLIENTS if package in ("", client.package) and version in ("", client.version)]
    return pytest.mark.parametrize("driven", chosen, indirect=True, ids=[client.name for client in chosen])


def told_at(moment: str | int | datetime) -> str:
    """A moment (ISO 8601, or Unix nanoseconds) as SQL's `toString` shows a time."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if isinstance(moment, datetime):
        since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        moment = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    seconds, rest = divmod(moment, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:09}"


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Rows in an order that depends on nothing but them, so that what came at one moment can be compared."""
    return sorted(rows, key=lambda row: msgspec.json.encode(row, order="sorted"))
