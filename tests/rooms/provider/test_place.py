"""Where a request went."""

import pytest

from headwater.provider import place_of

_VERTEX = "/v1/projects/p/locations/us/publishers/anthropic/models"


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("api.openai.com", "openai"),
        ("localhost", "openai"),
        ("acme.openai.azure.com", "azure.ai.openai"),
        ("acme.services.ai.azure.com", "azure.ai.inference"),
        ("bedrock-runtime.us-west-2.amazonaws.com", "aws.bedrock"),
        ("gateway.execute-api.us-west-2.amazonaws.com", "openai"),
        ("generativelanguage.googleapis.com", "gcp.gemini"),
        ("us-east5-aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("aiplatform.eu.rep.googleapis.com", "gcp.vertex_ai"),
        ("api.groq.com", "groq"),
        ("api.x.ai", "x_ai"),
        ("API.DeepSeek.com", "deepseek"),
        ("evil-api.groq.com", "openai"),
    ],
)
def test_a_host_says_whose_it_is(host: str, provider: str):
    place = place_of(host, "/v1/chat/completions")
    assert place is not None
    assert (place.provider, place.dialect.name, place.model) == (provider, "openai.chat", "")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/openai/deployments/my%20gpt/embeddings?x", ("openai.embeddings", "azure.ai.openai", "my gpt", None)),
        ("/model/claude/invoke", ("anthropic.messages", "aws.bedrock", "claude", False)),
        (
            "/model/arn%3Aaws%3Abedrock%2Fx/invoke-with-response-stream",
            ("anthropic.messages", "aws.bedrock", "arn:aws:bedrock/x", True),
        ),
        (f"{_VERTEX}/claude@1:rawPredict", ("anthropic.messages", "gcp.vertex_ai", "claude@1", False)),
        (f"{_VERTEX}/claude@1:streamRawPredict", ("anthropic.messages", "gcp.vertex_ai", "claude@1", True)),
        (f"{_VERTEX}/count-tokens:rawPredict", ("anthropic.count_tokens", "gcp.vertex_ai", "", None)),
    ],
)
def test_a_path_may_name_the_model_and_the_stream(path: str, told: tuple[str, str, str, bool | None]):
    place = place_of("proxy.internal", path)
    assert place is not None
    assert (place.dialect.name, place.provider, place.model, place.is_stream) == told


@pytest.mark.parametrize("path", ["/v1/models", "/model/x/converse", "/v1/files", ""])
def test_where_no_dialect_is_spoken_there_is_no_place(path: str):
    assert place_of("api.openai.com", path) is None
