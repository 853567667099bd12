"""Runs in an environment of one pair of versions: the scenario, synchronous and asynchronous. Prints a line of JSON."""

import json
import sys
from importlib.metadata import version
from typing import Any

from headwater.capture import Scope
from headwater.sdk.context import scope_here
from headwater.sdk.instrument import instrument, uninstrument
from tests.versions import driving, judging
from tests.versions.mock_llm import serving
from tests.versions.recording import recording


def checked(base: str, is_async: bool) -> dict[str, Any]:
    """How many calls were recorded, and what is wrong with them."""
    with recording() as outbox:
        scope_here.set(Scope(trace_id=1, span_id=2))
        driving.run(base, is_async)
        return {"calls": len(outbox.items), "problems": judging.problems(outbox.spans())}


def main() -> None:
    """Check both ways."""
    # Before the vendors' libraries are imported: the harder case.
    instrument()
    with serving() as base:
        result = {way: checked(base, way == "async") for way in ("sync", "async")}
    uninstrument()
    sys.stdout.write(json.dumps({"openai": version("openai"), "anthropic": version("anthropic"), **result}) + "\n")


if __name__ == "__main__":
    main()
