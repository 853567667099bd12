"""The published packages of the five products run against our server as against their own."""

import pytest

from tests.real_clients.driven import Driven, clients

pytestmark = pytest.mark.real_clients

# What vendors answer, and a prompt that nobody has made better: the client takes its own one then.
_NOT_OURS = ("/openai/", "/p/", "/api/v1/prompts/optimized/")


@clients()
def test_every_step_of_the_program_goes_as_it_should(driven: Driven):
    assert driven.failed_steps() == []
    assert driven.ran.returncode == 0


@clients()
def test_no_request_is_refused(driven: Driven):
    ours = [each for each in driven.exchanges if not each.path.startswith(_NOT_OURS)]
    assert ours
    assert [(each.method, each.path, each.status) for each in ours if each.status >= 400] == []


@clients()
def test_the_loader_could_read_all_that_was_sent(driven: Driven):
    driven.project.server.await_loaded()
    assert driven.project.server.health()["quarantine"] == []
