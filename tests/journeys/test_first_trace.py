"""The first trace: whoever pastes what the settings show, as it stands there, sees it come."""

import http.cookiejar
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from html import unescape

import pytest

from headwater.simulator import Simulator
from tests.pages.browser import Browser, browser
from tests.proxy.proxied import catalog_of
from tests.serving import Server, command, environment, wait_until

_TIMEOUT_S = 60.0
_ASK = 'model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}]'
# What runs where a snippet's variables are set, and what then is there.
_BY_ENVIRONMENT: Mapping[str, tuple[str, str]] = {
    "python-4": (
        "import headwater\nheadwater.init()\nwith headwater.span('by python-4'):\n    pass\nheadwater.flush()",
        "SELECT count() FROM spans WHERE name = 'by python-4'",
    ),
    "proxy-4": (
        f"from openai import OpenAI\nfrom anthropic import Anthropic\nOpenAI().chat.completions.create({_ASK})\n"
        f"Anthropic().messages.create(max_tokens=9, {_ASK})",
        "SELECT count() = 2 FROM calls WHERE input_preview = 'Hi'",
    ),
    "otlp-1": (
        "from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n"
        "provider = TracerProvider()\nprovider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))\n"
        "provider.get_tracer('t').start_span('by otlp-1').end()",
        "SELECT count() FROM spans WHERE name = 'by otlp-1'",
    ),
    "tropir-1": (
        "from tropir.session_utils import session\nsession('by tropir').add_step({'a': 1}, step_name='by tropir-1')",
        "SELECT count() FROM spans WHERE name = 'by tropir-1'",
    ),
    "tropir-2": (
        f"from openai import OpenAI\nclient = OpenAI(default_headers={{'x-tropir-api-key': KEY}})\n"
        f"client.chat.completions.create({_ASK})",
        "SELECT count() FROM calls WHERE input_preview = 'Hi'",
    ),
    "layer-1": (
        "from layer_sdk import OIDCClientCredentials, layer\n"
        "layer.init(application_name='by layer-1', environment='test', auth_provider=OIDCClientCredentials())\n"
        "layer.create_session(attributes={'user.id': 'by layer-1'})",
        "SELECT count() FROM spans WHERE user_id = 'by layer-1'",
    ),
    "prysm-1": (
        f"from openai import OpenAI\nfrom prysmai import monitor\nmonitor(OpenAI()).chat.completions.create({_ASK})",
        "SELECT count() FROM calls WHERE input_preview = 'Hi'",
    ),
}
_PROGRAMS = {
    "python-2": "SELECT count() FROM calls WHERE service_name = 'first-steps'",
    "python-3": "SELECT count() FROM spans WHERE kind = 'tool' AND service_name = 'first-steps'",
    "proxy-1": "SELECT count() FROM calls WHERE provider = 'openai' AND input_preview = 'Hello'",
    "proxy-2": "SELECT count() FROM calls WHERE provider = 'openai' AND input_preview = 'Name three lighthouses.'",
    "proxy-3": "SELECT count() FROM calls WHERE provider = 'anthropic' AND output_tokens > 0",
    "otlp-2": "SELECT count() FROM spans WHERE name = 'first steps' AND kind = 'span'",
    "otlp-3": "SELECT count() FROM calls WHERE request_model = 'gpt-5-mini' AND output_tokens = 18",
    "pulse-1": "SELECT count() FROM calls WHERE input_preview = 'Name three lighthouses.'",
    "huggingplace-1": "SELECT count() FROM calls WHERE session_id = 'session-1'",
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Simulator]:
    """OpenAI and Anthropic."""
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: Simulator) -> Iterator[Server]:
    """A server whose proxy leads to simulated providers."""
    upstreams = json.dumps({"openai": provider.url, "anthropic": provider.url})
    extra = {"HEADWATER_PROXY_UPSTREAMS": upstreams, "HEADWATER_LOADER_BLOCK_AGE_S": "0.02"}
    with Server(tmp_path_factory.mktemp("first"), extra=extra) as running:
        yield running


class Person:
    """Somebody who is signed in, with an empty project for each snippet that he follows."""

    def __init__(self, server: Server) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._server = server
        self._http = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))
        link = command("login", "--data", str(server.data)).out.strip()
        self._http.open(link, timeout=20).close()

    def snippet(self, name: str) -> tuple[str, str]:
        """Make a project, have a key filled in beside a snippet, and return the snippet and the key."""
        with catalog_of(self._server) as catalog:
            project = catalog.create_project(f"for {name}").id
            catalog.set_credential(project, "openai", "sk-stored")
        looks = {"pulse": "pulse", "prysm": "prysm"}.get(name.partition("-")[0], "headwater")
        form = urllib.parse.urlencode({"format": looks}).encode()
        address = f"{self._server.base_url}/settings?project={project}"
        asked = urllib.request.Request(address, form, {"origin": self._server.base_url})  # noqa: S310 - ours
        with self._http.open(asked, timeout=20) as page:
            text = page.read().decode()
        found = re.search(rf'id="snippet-{name}"[^>]*>(.*?)</pre>', text, re.DOTALL)
        key = re.search(r'id="made-key"[^>]*>([^<]+)<', text)
        assert found is not None, name
        assert key is not None, name
        return unescape(found[1]), key[1]


@pytest.fixture(scope="module")
def person(server: Server) -> Person:
    """Somebody who is signed in."""
    return Person(server)


def _exported(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in re.findall(r"^export (\w+)=(.*)$", text, re.MULTILINE)}


def _run(program: str, given: Mapping[str, str], language: str = "python") -> None:
    run = ["bash", "-euo", "pipefail", "-c", program] if language == "sh" else [sys.executable, "-c", program]
    ran = subprocess.run(run, env=environment(given), capture_output=True, text=True, timeout=_TIMEOUT_S)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", _PROGRAMS)
def test_a_snippet_runs_as_it_is_pasted_and_its_trace_comes(
    server: Server, person: Person, provider: Simulator, name: str
) -> None:
    text, key = person.snippet(name)
    language = "sh" if text.startswith(("curl", "START")) else "python"
    if language == "sh" and (shutil.which("curl") is None or shutil.which("openssl") is None):
        pytest.skip("the snippet is curl's")
    keys = {"OPENAI_API_KEY": "sk-none", "ANTHROPIC_API_KEY": "sk-none"}
    # Those that go to the provider by themselves find the simulated one.
    told = {"OPENAI_BASE_URL": f"{provider.url}/v1"} if name in ("python-2", "pulse-1") else {}
    _run(text, keys | told, language)
    wait_until(lambda: server.sql(_PROGRAMS[name], key)[0][0], 20, name)


@pytest.mark.parametrize("name", _BY_ENVIRONMENT)
def test_a_snippet_of_variables_is_all_that_a_program_needs(server: Server, person: Person, name: str) -> None:
    text, key = person.snippet(name)
    program, question = _BY_ENVIRONMENT[name]
    keys = {"OPENAI_API_KEY": "sk-none", "ANTHROPIC_API_KEY": "sk-none"}
    _run(program.replace("KEY", repr(key)), keys | _exported(text))
    wait_until(lambda: server.sql(question, key)[0][0], 20, name)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Browser]:
    """A browser that is signed in."""
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        opened.look(1280, 800, "light")
        opened.open(server.login_url)
        yield opened


@pytest.mark.browser
def test_the_wait_turns_green_and_leads_to_the_trace(server: Server, window: Browser) -> None:
    window.open(f"{server.base_url}/settings")
    assert "Waiting for your first trace" in window.run("return document.querySelector('.wait').textContent")
    window.click(".way:has(#snippet-python-3) .snippet:has(#snippet-python-3) form button")
    window.wait("document.querySelector('#made-key')")
    _run(window.run("return document.querySelector('#snippet-python-3').textContent"), dict(os.environ))
    window.wait("document.querySelector('.wait.is-here')")
    window.click(".wait.is-here a.button")
    window.wait("document.querySelector('h1')?.textContent === 'first steps'")
    assert window.complaints() == []
