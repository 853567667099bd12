"""What no file of the tree may hold."""

import re

from tests.house.tree import PACKAGE, TREE, files, named

_LINES = 500
_WRITTEN = (".py", ".js", ".html", ".sql")

# Put together from halves, so that this file does not hold what it looks for.
_HOSTS = ["pypi" + ".org", "python" + "hosted.org", "npmjs" + ".", "index" + "-url", "test" + ".pypi", "ghcr" + ".io"]
_MACHINE = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/tm" + "p/w", "/opt/" + "pypi", "/User" + "s/"]

# What OpenAI and Anthropic call things on the wire, as far as OpenTelemetry and we call them otherwise.
_WIRE_WORDS = (
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "completion_tokens",
    "completion_tokens_details",
    "content_block",
    "content_block_delta",
    "input_tokens_details",
    "max_completion_tokens",
    "message_delta",
    "output_tokens_details",
    "prompt_tokens",
    "prompt_tokens_details",
    "stop_reason",
    "tool_calls",
    "tool_result",
    "tool_use",
)
_RECORDED = {"demo_data", "recorded", "vendor"}
_KNOW_THE_WIRE = (
    "src/headwater/provider/",
    "src/headwater/otlp/",
    "src/headwater/simulator/",
    # Each folder knows one product's wire.
    "src/headwater/compat/",
    # Programs as users write them.
    "src/headwater/cli/demo_agent.py",
    "src/headwater/cli/demo_proxied.py",
)


def test_no_written_file_is_longer_than_can_be_read():
    long = {
        named(path): count
        for path in files(TREE, *_WRITTEN)
        if not _RECORDED & set(path.parts) and (count := len(path.read_text().splitlines())) > _LINES
    }
    assert long == {}


def test_no_file_names_a_registry_or_a_machine():
    found = [
        f"{named(path)}: {word}"
        for path in files()
        if not _RECORDED & set(path.parts)
        for word in (*_HOSTS, *_MACHINE)
        if word.encode() in path.read_bytes()
    ]
    assert found == []


def test_what_vendors_call_things_is_known_in_one_room():
    word = re.compile(rf"\b({'|'.join(_WIRE_WORDS)})\b")
    found = [
        f"{named(path)}:{number}: {match.group()}"
        for path in files(PACKAGE, ".py", ".html", ".sql")
        if not named(path).startswith(_KNOW_THE_WIRE)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (match := word.search(line))
    ]
    assert found == []
