"""What the health structs come to."""

import msgspec

from headwater.web import problems
from tests.pages.sample_project import calm_health, sample_health
from tests.pages.sample_spans import NOW_NS


def test_a_server_that_is_well_has_no_problems():
    assert problems(calm_health(NOW_NS)) == ()


def test_the_worst_comes_first():
    shown = sample_health(NOW_NS)
    changes = {
        "processes": (msgspec.structs.replace(shown.processes[0], state="failed"),),
        "store": msgspec.structs.replace(shown.store, is_up=False),
        "loader": msgspec.structs.replace(shown.loader, problem="bad block"),
    }
    assert problems(msgspec.structs.replace(shown, **changes)) == (
        "the process 'edge-1' is failed: see its log",
        "the store does not answer: no reason known; ingest goes on meanwhile",
        "the loader is stuck: bad block",
        "1 envelope in quarantine; to be tried again after an upgrade",
        "12 items dropped; the reasons stand below",
    )
