"""Migrations: numbered files of named steps, each idempotent, each recorded once it is done.

A kill between a step and its record runs the step once more, which does nothing; so a migration can be interrupted at
any moment and goes on at the next start. One text serves one node and a cluster: see `_words`.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from string import Template

import msgspec

from headwater.store.client import Client

DATABASE = "headwater"

_STEP = re.compile(r"^-- step: (\w+)\n", re.MULTILINE)


class Step(msgspec.Struct, frozen=True):
    """One statement of a migration."""

    migration: str
    name: str
    sql: str


def migrate(client: Client, cluster: str) -> tuple[str, ...]:
    """Bring the store to the newest schema; return the names of the steps that were run."""
    words = _words(cluster)
    for sql in _FOUNDATION:
        client.command(Template(sql).substitute(words))
    done = {
        (migration, name)
        for migration, name in client.rows(f"SELECT migration, step FROM {DATABASE}.schema_migrations")
    }
    run: list[str] = []
    for step in steps(cluster):
        if (step.migration, step.name) in done:
            continue
        client.command(step.sql)
        client.command(
            f"INSERT INTO {DATABASE}.schema_migrations (migration, step) SELECT {{migration:String}}, {{step:String}}",
            {"migration": step.migration, "step": step.name},
        )
        run.append(step.name)
    return tuple(run)


def steps(cluster: str = "") -> Iterator[Step]:
    """All steps in their order, their words filled in."""
    folder = files("headwater.store") / "schema"
    for file in sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name
    ):
        parts = _STEP.split(file.read_text(encoding="utf-8"))[1:]
        for name, sql in zip(parts[::2], parts[1::2], strict=True):
            yield Step(
                file.name.removesuffix(".sql"), name, Template(sql).substitute(_words(cluster)).strip().rstrip(";")
            )


def _words(cluster: str) -> dict[str, str]:
    """What differs between one node and a cluster: replicated engines deduplicate blocks by themselves."""
    if not cluster:
        return {
            "database": DATABASE,
            "on_cluster": "",
            "replicated": "",
            "dedup_window": ", non_replicated_deduplication_window = 1000",
        }
    quoted = cluster.replace("\\", "\\\\").replace("'", "\\'")
    return {
        "database": DATABASE,
        "on_cluster": f"ON CLUSTER '{quoted}'",
        "replicated": "Replicated",
        "dedup_window": "",
    }


_FOUNDATION = (
    "CREATE DATABASE IF NOT EXISTS ${database} ${on_cluster} ENGINE = Atomic",
    """CREATE TABLE IF NOT EXISTS ${database}.schema_migrations ${on_cluster}
    (
        migration String,
        step String,
        applied_time DateTime64(3, 'UTC') DEFAULT now64(3)
    )
    ENGINE = ${replicated}MergeTree ORDER BY (migration, step)""",
)
