"""Which dialect speaks where."""

import pytest

from headwater.provider import dialect_for, dialect_named, dialect_names


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/chat/completions", "openai.chat"),
        ("/openai/v1/chat/completions?x=1", "openai.chat"),
        ("/openai/deployments/gpt/chat/completions?api-version=2024-10-21", "openai.chat"),
        ("/v1beta/openai/chat/completions", "openai.chat"),
        ("/v1/completions", "openai.completions"),
        ("/v1/responses/", "openai.responses"),
        ("/v1/responses/input_tokens", "openai.input_tokens"),
        ("/v1/embeddings", "openai.embeddings"),
        ("/v1/moderations", "openai.moderations"),
        ("/v1/images/edits", "openai.images"),
        ("/v1/audio/speech", "openai.speech"),
        ("/v1/audio/translations", "openai.transcriptions"),
        ("/anthropic/v1/messages?beta=true", "anthropic.messages"),
        ("/v1/messages/count_tokens", "anthropic.count_tokens"),
    ],
)
def test_a_path_has_its_dialect(path: str, name: str):
    dialect = dialect_for(path)
    assert dialect is not None
    assert dialect.name == name


@pytest.mark.parametrize("path", ["/v1/models", "/v1/threads/t/messages", "/v1/responses/resp_1", "", "/"])
def test_a_path_that_we_do_not_know_has_none(path: str):
    assert dialect_for(path) is None


def test_every_dialect_can_be_had_by_its_name():
    found = [dialect_named(name) for name in dialect_names()]
    assert [dialect.name for dialect in found if dialect is not None] == list(dialect_names())
    assert dialect_named("nobody.nothing") is None


def test_every_dialect_says_whose_it_is():
    for name in dialect_names():
        dialect = dialect_named(name)
        assert dialect is not None
        assert dialect.provider == name.partition(".")[0]
        assert dialect.operation
