"""What each process says of itself, in a file a process that others read: one writer each, replaced at once."""

import contextlib
from pathlib import Path
from typing import TypeVar

import msgspec

from headwater.ingest import Counted
from headwater.proxy import AtWork
from headwater.server.folder import write_private


class EdgeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An edge at a moment. `problem` is why its journal could not be written last, "" when it could."""

    name: str
    at_ns: int
    counted: Counted
    problem: str = ""
    proxy: AtWork = AtWork()


class LoaderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The loader at a moment; counts since it began, `spans_per_s` over the last seconds."""

    at_ns: int
    spans: int
    envelopes: int
    blocks: int
    spans_per_s: float
    waiting_for: str
    loaded_at_ns: int


class Death(msgspec.Struct, frozen=True, kw_only=True):
    """When a process was found to have ended by itself, and how."""

    at_ns: int
    exit: str


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A child as the supervisor sees it. `deaths` are its last ends that nobody asked for, the newest last."""

    name: str
    pid: int | None
    state: str
    restarts: int
    started_ns: int | None
    last_exit: str = ""
    deaths: tuple[Death, ...] = ()


class SupervisorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All children at a moment."""

    at_ns: int
    processes: tuple[ProcessStatus, ...]


Status = TypeVar("Status", EdgeStatus, LoaderStatus, SupervisorStatus)


def say(run: Path, name: str, status: EdgeStatus | LoaderStatus | SupervisorStatus) -> None:
    """Replace what this process says of itself, if that can be written: a full disk must not end who speaks."""
    with contextlib.suppress(OSError):
        write_private(run / f"{name}.json", msgspec.json.encode(status))


def said(run: Path, name: str, kind: type[Status]) -> Status | None:
    """What a process last said, or None where it never did."""
    try:
        return msgspec.json.decode((run / f"{name}.json").read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def edges_said(run: Path) -> list[EdgeStatus]:
    """What all edges last said."""
    found = [said(run, path.stem, EdgeStatus) for path in sorted(run.glob("edge-*.json"))]
    return [status for status in found if status is not None]
