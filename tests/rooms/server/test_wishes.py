"""What people look at and ask of the loader, over a data folder on which none runs; and what the disk holds."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from headwater.clock import now_ns
from headwater.errors import BadRequest, NotFound
from headwater.event import KEY_ID_HEADER, Envelope, envelope_head
from headwater.journal import JournalSettings, Position, Record, Writer
from headwater.loader import Ledger, Sample
from headwater.loader.ledger import Intent, Run
from headwater.server import DataFolder, Settings
from headwater.server.disk import disk_of, moments_of
from headwater.server.receipts import ReceiptReader
from headwater.server.wishes import WishDesk
from headwater.web import ReceiptsAsked

_DAY_NS = 86_400 * 10**9
_TEXT = b'{"resourceSpans": "<script>"}'


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A data folder."""
    made = DataFolder(tmp_path / "data")
    made.make()
    return made


@pytest.fixture
def ledger(folder: DataFolder) -> Iterator[Ledger]:
    """Its ledger."""
    with closing(Ledger(folder.ledger)) as made:
        yield made


@pytest.fixture
def desk(folder: DataFolder) -> WishDesk:
    """The desk."""
    return WishDesk(folder, keep_s=3600)


def envelope(project: str = "p", **headers: str) -> bytes:
    """The head of an envelope of three items."""
    told = {name.replace("_", "-"): value for name, value in headers.items()} | {KEY_ID_HEADER: "k1"}
    return envelope_head(Envelope(door="otlp.traces", project=project, received_ns=now_ns(), headers=told, items=3))


def set_aside(ledger: Ledger, *records: tuple[str, Record]) -> None:
    """Put records of projects into quarantine."""
    poison = [
        (Position("edge-0", number), record, "otlp.traces", project, "BadRequest: no")
        for number, (project, record) in enumerate(records, 1)
    ]
    ledger.finish(Intent("token", (Run("edge-0", 1, len(poison)),)), poison, {})


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("", _TEXT), ("gzip", gzip.compress(_TEXT)), ("deflate", zlib.compress(_TEXT))],
    ids=["plain", "gzip", "deflate"],
)
def test_a_body_is_shown_as_it_was_meant(ledger: Ledger, desk: WishDesk, encoding: str, body: bytes) -> None:
    set_aside(ledger, ("p", Record(envelope(content_encoding=encoding), body)))
    seen = desk.preview(None, 1)
    assert (seen.text, seen.encoding, seen.is_text, seen.is_cut) == (_TEXT.decode(), encoding, True, False)
    assert seen.hex.startswith("000000  7b 22 72 65 73")
    assert desk.body(None, 1) == body
    assert (seen.held.key, seen.held.items, seen.held.size_bytes) == ("k1", 3, len(body))


def test_a_small_body_that_stands_for_a_large_one_is_shown_in_part(ledger: Ledger, desk: WishDesk) -> None:
    bomb = gzip.compress(bytes(32 * 2**20), 9)
    set_aside(ledger, ("p", Record(envelope(content_encoding="gzip"), bomb)))
    seen = desk.preview(None, 1)
    assert seen.is_cut
    assert not seen.is_text
    assert seen.shown_bytes <= 16 * 1024


def test_bytes_that_are_no_text_and_a_head_that_is_no_json_are_shown_all_the_same(
    ledger: Ledger, desk: WishDesk
) -> None:
    set_aside(ledger, ("?", Record(b"\x00\xffhead", bytes(range(256)) * 400)))
    seen = desk.preview(None, 1)
    assert (seen.is_text, seen.is_cut, seen.held.received, seen.held.items) == (False, True, None, 0)
    assert "\ufffdhead" in seen.head


def test_the_quarantine_is_given_in_pages_and_by_project(ledger: Ledger, desk: WishDesk) -> None:
    set_aside(ledger, *[(project, Record(envelope(project), b"x")) for project in ("p", "q", "p")])
    first = desk.quarantine(None, 2)
    assert ([each.id for each in first.items], first.total, first.next) == ([3, 2], 3, 2)
    assert [each.id for each in desk.quarantine(None, 2, before=2).items] == [1]
    mine = desk.quarantine(("p",), 5)
    assert ([each.id for each in mine.items], mine.total) == ([3, 1], 2)
    with pytest.raises(NotFound, match="no envelope 2 in quarantine"):
        desk.preview(("p",), 2)


def test_what_cannot_be_asked_says_why(ledger: Ledger, desk: WishDesk) -> None:
    with pytest.raises(BadRequest, match="the quarantine is empty"):
        desk.try_again(None, 0, "Mira")
    with pytest.raises(NotFound):
        desk.try_again(None, 7, "Mira")
    with pytest.raises(BadRequest, match="end: it is not after the start"):
        desk.load_again(2, 2, "Mira")


def test_what_is_asked_is_in_the_loaders_ledger(ledger: Ledger, desk: WishDesk) -> None:
    set_aside(ledger, ("p", Record(envelope(), b"x")))
    desk.load_again(0, 10**18, "Mira")
    asked = desk.try_again(None, 1, "Mira")
    assert (asked.what, asked.state, asked.held, asked.asked_by) == ("quarantine", "asked", 1, "Mira")
    assert [(wish.what, wish.only_id) for wish in ledger.open_reloads()] == [("journal", 0), ("quarantine", 1)]
    listed = desk.reloads(1)
    assert ([each.id for each in listed.items], listed.next) == ([asked.id], asked.id)
    assert [each.what for each in desk.reloads(5, before=asked.id).items] == ["journal"]


def test_what_the_journal_keeps_of_a_stretch_is_counted(folder: DataFolder, desk: WishDesk) -> None:
    assert (desk.kept(0, 2**62).envelopes, desk.kept(0, 2**62).oldest) == (0, None)
    writer = Writer(folder.journal, "edge-0", JournalSettings())
    for _ in range(3):
        writer.append(Record(b"head", b"body"))
    writer.close()
    whole = desk.kept(0, now_ns())
    assert (whole.envelopes, whole.size_bytes, whole.keep_s, whole.is_partial) == (3, 24, 3600, False)
    assert whole.oldest is not None
    assert desk.kept(0, now_ns() - _DAY_NS).envelopes == 0


def test_what_waits_for_the_loader_is_in_the_receipts_of_its_key(folder: DataFolder) -> None:
    writer = Writer(folder.journal, "edge-0", JournalSettings())
    writer.append(Record(envelope(), b"not looked at"))
    writer.append(Record(envelope("other"), b"not looked at"))
    writer.close()
    reader = ReceiptReader(folder)
    (found,) = reader.read(ReceiptsAsked(projects=("p",))).items
    assert (found.key, found.items, found.waiting, found.queryable) == ("k1", 3, 3, 0)
    assert found.remarks == ("3 items on disk and not loaded yet",)
    (minute,) = reader.read(ReceiptsAsked(projects=("p",), by="minute", step=5)).items
    assert (minute.waiting, minute.key, int((minute.minute or "")[14:16]) % 5) == (3, "", 0)
    assert reader.read(ReceiptsAsked(projects=("p",), keys=("k2",))).items == ()


def sample(ago_s: float, store_bytes: int | None = 0, journal_bytes: int = 0) -> Sample:
    """How things were some time ago."""
    return Sample(
        at_ns=now_ns() - int(ago_s * 1e9),
        journal_bytes=journal_bytes,
        store_bytes=store_bytes,
        free_bytes=10,
        waiting=1,
        lag_ms=500,
    )


def test_how_long_the_disk_lasts_is_told_by_what_grew(folder: DataFolder) -> None:
    settings = Settings(data=str(folder.root))
    half_a_day = [sample(43_200, 1_000), sample(30_000, None), sample(0, 1_000 + 2**30, 2**30)]
    disk = disk_of(folder, settings, 5, half_a_day)
    assert disk.growth_bytes_per_day == pytest.approx(4 * 2**30, rel=0.01)
    assert disk.days_left == pytest.approx(disk.free_bytes / (4 * 2**30), rel=0.01)
    assert (disk.store_bytes, disk.catalog_bytes, disk.journal_keep_s) == (5, 0, 86_400)


def test_what_is_not_known_of_the_disk_is_not_told(folder: DataFolder) -> None:
    settings = Settings(data=str(folder.root))
    new = disk_of(folder, settings, None, [sample(300), sample(0)])
    assert (new.growth_bytes_per_day, new.days_left, new.store_bytes) == (None, None, None)
    shrunk = disk_of(folder, settings, 5, [sample(7_200, 100), sample(0, 50)])
    assert (shrunk.growth_bytes_per_day is not None, shrunk.days_left) == (True, None)
    cluster = disk_of(folder, Settings(data=str(folder.root), store_dsn="clickhouse://c:9/"), 5, [])
    assert (cluster.store_bytes, cluster.is_store_here) == (None, False)


def test_moments_are_those_of_the_last_hour() -> None:
    (moment,) = moments_of([sample(4_000), sample(60)], now_ns())
    assert (moment.waiting, moment.lag_s) == (1, 0.5)
