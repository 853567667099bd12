"""The JSON API behind a real socket, over a project whose times stand still."""

from collections.abc import Iterator

import pytest

from tests.pages.sample_project import AGENT_TRACE, calm_health, sample_ports
from tests.pages.sample_spans import NOW_NS, agent_trace
from tests.pages.site import Site, serve


@pytest.fixture(scope="session")
def api() -> Iterator[Site]:
    """One trace, begun 95 s before November 18, 2026, 10:26:40 UTC."""
    spans = agent_trace(AGENT_TRACE, NOW_NS - 95 * 10**9)
    with serve(sample_ports(NOW_NS, spans, calm_health(NOW_NS))) as served:
        yield served
