"""What a server was told: every setting, who said so, and no secret."""

import re

from headwater.proxy import UPSTREAMS
from headwater.server import from_environment
from headwater.server.settings import variables
from headwater.server.told import MASKED, setup_of
from headwater.web import SettingShown
from tests.house.settings_table import settings_of, structs
from tests.house.tree import TREE


def told(given: dict[str, object], environment: dict[str, str]) -> dict[str, SettingShown]:
    """The settings by variable."""
    setup = setup_of(from_environment(given, environment), variables(environment))
    return {setting.variable: setting for setting in setup.settings}


def test_every_setting_that_is_documented_is_told_with_its_meaning() -> None:
    found = told({}, {})
    documented = {line.variable: line.meaning for struct in structs() for line in settings_of(struct)}
    assert {name: setting.says for name, setting in found.items()} == documented
    assert {setting.origin for setting in found.values()} == {"default"}


def test_it_says_who_said_so() -> None:
    environment = {"HEADWATER_PORT": "3100", "HEADWATER_WORKERS": "1", "HEADWATER_PROXY_IS_USAGE_INJECTED": "0"}
    found = told({"port": 3200, "host": "::1"}, environment)
    origins = {name: setting.origin for name, setting in found.items() if setting.origin != "default"}
    assert origins == {
        "HEADWATER_PORT": "command line",
        "HEADWATER_HOST": "command line",
        "HEADWATER_WORKERS": "environment",
        "HEADWATER_PROXY_IS_USAGE_INJECTED": "environment",
    }
    assert found["HEADWATER_PORT"].value == "3200"


def test_secrets_and_passwords_in_addresses_are_masked() -> None:
    key = "A" * 43 + "="
    found = told(
        {},
        {
            "HEADWATER_SECRET_KEY": key,
            "HEADWATER_STORE_DSN": "clickhouse://me:hush@store:8123/x?password=hush",
            "HEADWATER_CATALOG_URL": "postgresql+psycopg://me:hush@db/x",
            "HEADWATER_PROXY_UPSTREAMS": '{"mine": "http://me:hush@10.0.0.7"}',
        },
    )
    everything = " ".join(setting.value for setting in found.values())
    assert key not in everything
    assert "hush" not in everything
    assert found["HEADWATER_SECRET_KEY"].value == MASKED
    assert found["HEADWATER_CATALOG_URL"].value == "postgresql+psycopg://…@db/x"


def test_an_upstream_of_the_environment_takes_the_place_of_a_built_in_one() -> None:
    environment = {"HEADWATER_PROXY_UPSTREAMS": '{"anthropic": "http://10.0.0.7", "mine": "http://10.0.0.8"}'}
    setup = setup_of(from_environment({}, environment), variables(environment))
    found = {each.upstream.name: each for each in setup.upstreams}
    assert set(found) == {*UPSTREAMS, "mine"}
    assert not found["anthropic"].is_built_in
    assert found["anthropic"].upstream.credential == "x-api-key"
    assert found["openai"].is_built_in


def test_base_urls_of_clients_are_those_of_the_document() -> None:
    document = (TREE / "docs" / "proxy.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| `[\w.]+` \| `/\w+((?:/\w+)*)`", document, re.MULTILINE))
    assert setup_of(from_environment({}, {}), {}).client_bases == rows
