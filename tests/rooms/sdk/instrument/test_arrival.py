"""Libraries that are imported later, and libraries that are not what we know."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.sdk.guest import caught
from headwater.sdk.instrument.arrival import Arrivals
from headwater.sdk.instrument.vendors import patch_clients

_LATER = """
import sys
from headwater.sdk.instrument import instrument, uninstrument
instrument()
assert not [name for name in sys.modules if name.split(".")[0] in ("openai", "anthropic", "httpx", "httpx2")]
import openai, anthropic
owners = [kind for module in (openai._base_client, anthropic._base_client)
          for kind in (module.SyncAPIClient, module.AsyncAPIClient)]
assert all(hasattr(owner.request, "__headwater__") for owner in owners)
from openai.resources.responses.responses import ResponsesConnection
assert hasattr(ResponsesConnection.recv_bytes, "__headwater__")
assert openai._base_client.__spec__.loader.__class__.__name__ == "SourceFileLoader"
assert "exec_module" not in vars(openai._base_client.__spec__.loader)
uninstrument()
assert not any(hasattr(owner.request, "__headwater__") for owner in owners)
"""


def test_libraries_are_patched_when_they_are_imported_and_never_before():
    ran = subprocess.run([sys.executable, "-c", _LATER], capture_output=True, text=True, check=False, timeout=120)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.fixture
def strange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that can be imported and has one of the classes only, in another shape."""
    (tmp_path / "strange_vendor.py").write_text("class SyncAPIClient:\n    def request(self, url): return url\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delenv("HEADWATER_RAISE")
    monkeypatch.delitem(sys.modules, "strange_vendor", raising=False)
    return "strange_vendor"


def test_a_library_of_another_shape_is_left_alone_and_reported_once(strange: str):
    arrivals, before = Arrivals({strange: patch_clients}), caught()
    arrivals.begin()
    module = importlib.import_module(strange)
    arrivals.end()
    assert caught() == before + 1
    assert module.SyncAPIClient().request("/") == "/"
    assert not hasattr(module.SyncAPIClient.request, "__headwater__")


def test_a_module_that_is_there_already_is_acted_on_at_once(strange: str):
    seen: list[str] = []
    importlib.import_module(strange)
    arrivals = Arrivals({strange: lambda module: seen.append(module.__name__)})
    arrivals.begin()
    arrivals.begin()
    arrivals.end()
    assert seen == [strange, strange]
    assert arrivals not in sys.meta_path


def test_an_import_that_fails_fails_as_it_would(strange: str):
    arrivals = Arrivals({"no_such_module_at_all": patch_clients})
    arrivals.begin()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_module_at_all")
    arrivals.end()


def test_after_the_end_an_import_is_not_acted_on(strange: str):
    seen: list[str] = []
    arrivals = Arrivals({strange: lambda module: seen.append(module.__name__)})
    arrivals.begin()
    arrivals.end()
    importlib.import_module(strange)
    assert seen == []
