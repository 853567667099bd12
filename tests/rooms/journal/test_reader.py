"""The reader where a segment cannot be read for a while."""

from pathlib import Path

from headwater.journal import JournalSettings, Reader, Record, Writer

_ONE_A_SEGMENT = JournalSettings(segment_bytes=1)


def test_records_after_a_segment_that_cannot_be_opened_wait_for_it(tmp_path: Path) -> None:
    """To skip it would be to lose what it holds: positions only grow."""
    writer = Writer(tmp_path, "edge-0", _ONE_A_SEGMENT)
    for number in range(3):
        writer.append(Record(b"head", str(number).encode()))
    writer.close()
    second = sorted((tmp_path / "edge-0").glob("*.segment"))[1]
    hidden = second.rename(second.with_suffix(".hidden"))
    second.mkdir()
    reader = Reader(tmp_path, "edge-0")
    assert [position.seq for position, _ in reader.read(0, 1)] == [1]
    assert reader.read(1, 1) == []
    second.rmdir()
    hidden.rename(second)
    assert [position.seq for position, _ in reader.read(1, 1)] == [2]
    reader.close()


def test_depth_is_told_even_while_a_segment_cannot_be_opened(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "edge-0", _ONE_A_SEGMENT)
    writer.append(Record(b"head", b"body"))
    writer.close()
    only = next((tmp_path / "edge-0").glob("*.segment"))
    only.rename(only.with_suffix(".hidden"))
    only.mkdir()
    assert Reader(tmp_path, "edge-0").depth(0).records == 0
