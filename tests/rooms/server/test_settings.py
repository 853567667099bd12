"""Settings: from arguments and environment, once, each mistake named with its remedy."""

from pathlib import Path

import pytest

from headwater.errors import HeadwaterError
from headwater.server import Settings, catalog_url_of, data_folder_of, from_environment


def test_what_is_given_goes_before_the_environment_and_both_before_the_defaults() -> None:
    told = from_environment({"port": 1, "host": None}, {"HEADWATER_PORT": "2", "HEADWATER_GRPC_PORT": "3"})
    assert (told.port, told.grpc_port, told.host, told.otlp_port) == (1, 3, "127.0.0.1", 4318)


def test_a_rooms_settings_have_its_name_in_theirs() -> None:
    told = from_environment({}, {"HEADWATER_JOURNAL_KEEP_S": "60", "HEADWATER_INGEST_BODY_LIMIT_BYTES": "1000"})
    assert (told.journal.keep_s, told.ingest.body_limit_bytes) == (60, 1000)


@pytest.mark.parametrize("value", ["true", "1", "True"])
def test_a_switch_can_be_turned_on_in_the_ways_people_write_it(value: str) -> None:
    assert from_environment({}, {"HEADWATER_IS_DEV": value}).is_dev


def test_a_variable_that_cannot_be_read_is_named() -> None:
    with pytest.raises(HeadwaterError, match="HEADWATER_LOADER_BLOCK_ROWS"):
        from_environment({}, {"HEADWATER_LOADER_BLOCK_ROWS": "many"})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"port": 70_000}, "port 70000"),
        ({"otlp_port": -1}, "otlp_port -1"),
        ({"workers": 0}, "workers 0"),
        ({"is_dev": True, "host": "0.0.0.0"}, "loopback"),  # noqa: S104 - it must be refused
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_bounds(given: dict[str, object], named: str) -> None:
    with pytest.raises(HeadwaterError, match=named):
        from_environment(given, {})


def test_the_catalog_lies_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    assert data_folder_of(Settings(data="~/here")) == Path.home() / "here"
    assert catalog_url_of(Settings(data=str(tmp_path))) == f"sqlite:///{tmp_path}/catalog.db"
    assert catalog_url_of(Settings(catalog_url="postgresql+psycopg://x")) == "postgresql+psycopg://x"
