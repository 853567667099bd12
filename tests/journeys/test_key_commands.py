"""The commands of a project's keys."""

from pathlib import Path

import pytest

from headwater.access import Catalog
from tests.serving import Ran, command

TAKEN = "4f9c1e0a-77b2-4d53-9c60-1b2e8fa0d3c7"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a catalog that has the project."""
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    catalog.migrate()
    catalog.bootstrap()
    catalog.close()
    return tmp_path


def keys(data: Path, *arguments: str, typed: str = "") -> Ran:
    ran = command("keys", *arguments, "--data", str(data), typed=typed)
    assert "Traceback" not in ran.err
    return ran


@pytest.mark.parametrize(("form", "mark"), [("headwater", "hw_"), ("pulse", "pulse_sk_"), ("prysm", "sk-prysm-")])
def test_a_key_is_made_in_the_format_that_a_client_asks_for(data: Path, form: str, mark: str) -> None:
    made = keys(data, "create", "laptop", "--format", form)
    listed = keys(data, "list").out.splitlines()[-1].split("\t")
    assert made.out.startswith(mark)
    assert listed[1:] == [f"{made.out[: len(mark) + 4]}…", "laptop", "good"]


def test_a_key_is_taken_over_from_standard_input_and_hardly_shown(data: Path) -> None:
    ran = keys(data, "take-over", "shop", typed=f"{TAKEN}\n")
    listed = keys(data, "list")
    assert ran.code == 0
    assert "(4f9c…) is taken over" in ran.out
    assert listed.out.splitlines()[-1].split("\t")[1:] == ["4f9c…", "shop", "good"]
    assert TAKEN[:6] not in ran.out + ran.err + listed.out
    assert TAKEN.encode() not in b"".join(path.read_bytes() for path in data.iterdir())


def test_a_weak_key_is_refused_with_the_remedy(data: Path) -> None:
    ran = keys(data, "take-over", "shop", typed="tropir-key\n")
    assert (ran.code, ran.out) == (1, "")
    assert "`headwater keys create`" in ran.err
    assert "tropir-key" not in ran.err


def test_a_key_is_not_taken_as_an_argument(data: Path) -> None:
    assert keys(data, "take-over", "shop", TAKEN).code == 2
    assert "--format" in keys(data, "create", "--help").out
    assert "standard input" in keys(data, "take-over", "--help").out
