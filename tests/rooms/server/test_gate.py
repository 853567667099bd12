"""The gate over a real catalog: keys, and dev mode's one exception. It is asked through a running edge."""

from pathlib import Path

from tests.serving import PROTOBUF, Server


def test_dev_mode_still_knows_the_projects_of_good_keys(tmp_path: Path) -> None:
    """A key that is no key is taken as none; one of another project leads there."""
    with Server(tmp_path, ["--dev"]) as server:
        for shown in ({}, {"authorization": "Bearer sk-anything"}, {"x-headwater-key": server.key}):
            assert server.request("POST", "/v1/traces", b"", {"content-type": PROTOBUF} | shown).status == 200
        assert server.request("GET", "/api/headwater/v1/traces", headers={}).status == 401, "reading needs a key"
