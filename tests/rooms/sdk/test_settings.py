"""What can be set, from where, and what happens to what cannot be."""

import json
from pathlib import Path
from typing import Any

import pytest

import headwater
from headwater.sdk.settings import DEFAULT_URL, SdkSettings, settings_from
from tests.receiving import Receiver


def _credentials(home: Path, text: str) -> dict[str, str]:
    folder = home / "headwater"
    folder.mkdir()
    (folder / "credentials.json").write_text(text)
    return {"XDG_CONFIG_HOME": str(home)}


def _settings(environment: dict[str, str] | None = None, **arguments: Any) -> SdkSettings:
    return settings_from(arguments, {"XDG_CONFIG_HOME": "/nonexistent", **(environment or {})})


def test_with_nothing_said_it_sends_to_this_machine():
    assert _settings() == SdkSettings()
    assert _settings().url == DEFAULT_URL == "http://127.0.0.1:3000"


def test_every_setting_has_its_name_in_the_environment():
    found = _settings(
        {
            "HEADWATER_URL": "https://h.example/",
            "HEADWATER_KEY": "k",
            "HEADWATER_HEADERS": "a=1, b=x=y",
            "HEADWATER_SERVICE_NAME": "shop",
            "HEADWATER_ENVIRONMENT": "prod",
            "HEADWATER_RELEASE": "7",
            "HEADWATER_ENABLED": "off",
            "HEADWATER_SAMPLE_RATE": "0.25",
            "HEADWATER_CONTENT": "off",
            "HEADWATER_MASKS": "secrets, email",
            "HEADWATER_TEXT_LIMIT": "10",
            "HEADWATER_CALL_LIMIT_BYTES": "11",
            "HEADWATER_QUEUE_BYTES": "12",
            "HEADWATER_FLUSH_INTERVAL_S": "0.5",
            "HEADWATER_TIMEOUT_S": "2",
            "HEADWATER_EXIT_TIMEOUT_S": "0",
            "HEADWATER_RETRY_FOR_S": "30",
            "HEADWATER_COMPRESSION": "gzip",
            "HEADWATER_SPOOL": "/var/spool/h",
        }
    )
    assert found == SdkSettings(
        url="https://h.example",
        key="k",
        headers={"a": "1", "b": "x=y"},
        service_name="shop",
        environment="prod",
        release="7",
        enabled=False,
        sample_rate=0.25,
        content="off",
        masks=("secrets", "email"),
        text_limit=10,
        call_limit_bytes=11,
        queue_bytes=12,
        flush_interval_s=0.5,
        timeout_s=2.0,
        exit_timeout_s=0.0,
        retry_for_s=30.0,
        compression="gzip",
        spool="/var/spool/h",
    )


def test_an_argument_goes_before_the_environment_and_that_before_the_file(tmp_path: Path):
    home = _credentials(tmp_path, json.dumps({"url": "http://file:1", "key": "of the file"}))
    assert _settings(home).url == "http://file:1"
    assert _settings(home).key == "of the file"
    environment = {**home, "HEADWATER_KEY": "of the environment"}
    assert (_settings(environment).url, _settings(environment).key) == ("http://file:1", "of the environment")
    assert _settings(environment, key="given").key == "given"


def test_the_key_of_the_file_goes_to_the_address_of_the_file_only(tmp_path: Path):
    home = _credentials(tmp_path, json.dumps({"url": "http://file:1/", "key": "of the file"}))
    assert _settings(home, url="http://file:1").key == "of the file"
    assert _settings(home, url="https://elsewhere").key == ""


@pytest.mark.parametrize("text", ["", "[]", '{"url": 3}', '{"url": "no address", "key": "k"}', "\x00" * 100])
def test_a_broken_credentials_file_is_as_none(tmp_path: Path, text: str):
    assert _settings(_credentials(tmp_path, text)) == SdkSettings()


def test_what_is_wrong_in_the_environment_is_left_out_and_named():
    found = _settings({"HEADWATER_SAMPLE_RATE": "many", "HEADWATER_URL": "h.example", "HEADWATER_ENABLED": "perhaps"})
    assert (found.sample_rate, found.url, found.enabled) == (1.0, DEFAULT_URL, True)
    assert len(found.problems) == 3
    assert found.problems[0].startswith("HEADWATER_URL is an address such as")


def test_the_service_is_called_as_opentelemetry_calls_it_unless_ours_is_set():
    assert _settings({"OTEL_SERVICE_NAME": "shop"}).service_name == "shop"
    assert _settings({"OTEL_SERVICE_NAME": "shop", "HEADWATER_SERVICE_NAME": "till"}).service_name == "till"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"sample_rate": 2}, "init(sample_rate=2): sample_rate is a share of traces between 0 (none) and 1 (all)"),
        ({"sample_rate": float("nan")}, "init(sample_rate=nan): sample_rate is a share"),
        ({"url": "h.example"}, "init(url='h.example'): url is an address such as 'http://127.0.0.1:3000'"),
        ({"content": "some"}, "init(content='some'): content is one of 'full', 'off'"),
        ({"timeout_s": "soon"}, "init(timeout_s='soon'): timeout_s is a number of seconds"),
        ({"queue_bytes": 0}, "init(queue_bytes=0): queue_bytes is a number of bytes, 1 or more"),
        ({"redact": 7}, "init(redact=7): redact is a function"),
        ({"masks": 7}, "init(masks=7): masks is a sequence"),
        ({"masks": ["feelings"]}, "no mask is called 'feelings'"),
        ({"key": "se\ncret"}, "init(key=...): key is a text of one line"),
        ({"headers": 7}, "init(headers=...): headers is a mapping"),
    ],
)
def test_a_wrong_argument_is_named_with_its_remedy(arguments: dict[str, Any], text: str):
    with pytest.raises(headwater.HeadwaterError) as raised:
        headwater.init(**arguments)
    assert str(raised.value).startswith(text)


def test_a_wrong_argument_leaves_everything_as_it_was(receiver: Receiver):
    with pytest.raises(headwater.HeadwaterError):
        headwater.init(sample_rate=-1)
    with headwater.span("still recorded"):
        pass
    assert receiver.span("still recorded")


def test_the_key_and_headers_go_with_every_request(receiver: Receiver):
    headwater.init(url=receiver.url, key="hw_key", headers={"x-team": "shop"})
    with headwater.span("sent"):
        pass
    assert receiver.span("sent")
    assert (receiver.headers[-1]["x-headwater-key"], receiver.headers[-1]["x-team"]) == ("hw_key", "shop")


def test_headers_may_be_asked_for_before_each_request(receiver: Receiver):
    """A token that expires; while none is to be had, what is recorded waits."""
    here = {"authorization": "Bearer t-1"}
    headwater.init(url=receiver.url, headers=lambda: {"authorization": here["authorization"]}, flush_interval_s=60)
    with headwater.span("first"):
        pass
    receiver.span("first")
    assert receiver.headers[-1]["authorization"] == "Bearer t-1"
    here.clear()
    with headwater.span("second"):
        pass
    assert headwater.flush(0.1).kept == 1
    here["authorization"] = "Bearer t-2"
    receiver.span("second")
    assert receiver.headers[-1]["authorization"] == "Bearer t-2"


def test_content_off_and_the_hook_reach_what_is_sent(receiver: Receiver):
    def drop_inner(told: Any) -> Any:
        return None if told.name == "inner" else told

    headwater.init(url=receiver.url, content="off", redact=drop_inner)
    with headwater.span("outer", input="secret"), headwater.span("inner"):
        pass
    (told,) = receiver.spans()
    assert (told.name, told.input) == ("outer", None)
    assert headwater.flush().dropped == {"hook": 1}
