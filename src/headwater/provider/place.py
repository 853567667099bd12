"""Where a request went: whose machine that is, in which dialect it speaks, and what the path tells besides.

Clouds that resell a model name it in the path, and mark a stream there:

- Azure OpenAI: `/openai/deployments/{deployment}/chat/completions`
- Bedrock: `/model/{model}/invoke` and `/model/{model}/invoke-with-response-stream`
- Vertex AI: `/projects/…/publishers/anthropic/models/{model}:rawPredict` and `…:streamRawPredict`
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from headwater.provider.dialect import Dialect
from headwater.provider.registry import dialect_for, dialect_named


class Place(NamedTuple):
    """Where a request went. `provider` is the host's OpenTelemetry name, `model` what the path says, "" if nothing.

    `is_stream` is None where the path does not tell.
    """

    dialect: Dialect
    provider: str
    model: str = ""
    is_stream: bool | None = None


# Ends of host names. A host that is not here, such as a gateway's, says nothing: the dialect's own provider stands.
_HOSTS = (
    (".openai.azure.com", "azure.ai.openai"),
    (".cognitiveservices.azure.com", "azure.ai.openai"),
    (".services.ai.azure.com", "azure.ai.inference"),
    (".models.ai.azure.com", "azure.ai.inference"),
    (".inference.ai.azure.com", "azure.ai.inference"),
    ("models.github.ai", "azure.ai.inference"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    ("api.deepseek.com", "deepseek"),
    ("api.groq.com", "groq"),
    ("api.mistral.ai", "mistral_ai"),
    ("api.x.ai", "x_ai"),
    ("api.perplexity.ai", "perplexity"),
    ("api.cohere.ai", "cohere"),
    ("api.cohere.com", "cohere"),
    ("api.moonshot.ai", "moonshot_ai"),
    ("api.moonshot.cn", "moonshot_ai"),
    (".ml.cloud.ibm.com", "ibm.watsonx.ai"),
    ("openrouter.ai", "openrouter"),
    ("api.together.xyz", "together_ai"),
    ("api.together.ai", "together_ai"),
    ("api.fireworks.ai", "fireworks_ai"),
)
# Hosts that have a region in the middle of their names.
_REGIONAL = (
    ("bedrock", (".amazonaws.com", ".api.aws"), "aws.bedrock"),
    ("aiplatform.", (".rep.googleapis.com",), "gcp.vertex_ai"),
)
_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)/")
_BEDROCK = re.compile(r"/model/(.+)/invoke(-with-response-stream)?$")
_VERTEX = re.compile(r"/publishers/anthropic/models/([^/:]+):(rawPredict|streamRawPredict)$")
_VERTEX_COUNT = "count-tokens"


@lru_cache(maxsize=1024)
def place_of(host: str, path: str) -> Place | None:
    """The place of a host's name and a URL's path (a query may follow); None where no dialect is spoken."""
    bare = path.partition("?")[0].rstrip("/")
    by_host = provider_of(host)
    resold = _bedrock(bare) or _vertex(bare)
    if resold is not None:
        return resold
    dialect = dialect_for(bare)
    if dialect is None:
        return None
    deployment = _DEPLOYMENT.search(bare)
    if deployment is not None:
        return Place(dialect, by_host or "azure.ai.openai", unquote(deployment[1]))
    return Place(dialect, by_host or dialect.provider)


def provider_of(host: str) -> str:
    """The provider whose host has that name, "" where the name does not tell."""
    host = host.lower()
    for start, ends, provider in _REGIONAL:
        if host.startswith(start) and host.endswith(ends):
            return provider
    return next((provider for end, provider in _HOSTS if f".{host}".endswith(_from_a_dot(end))), "")


def _from_a_dot(end: str) -> str:
    """An end that cuts no label of a host's name in two, but where a region stands before it after a hyphen."""
    return end if end.startswith((".", "aiplatform.")) else f".{end}"


def _bedrock(path: str) -> Place | None:
    found = _BEDROCK.search(path)
    dialect = dialect_named("anthropic.messages")
    if found is None or dialect is None:
        return None
    return Place(dialect, "aws.bedrock", unquote(found[1]), found[2] is not None)


def _vertex(path: str) -> Place | None:
    found = _VERTEX.search(path)
    if found is None:
        return None
    is_count = found[1] == _VERTEX_COUNT
    dialect = dialect_named("anthropic.count_tokens" if is_count else "anthropic.messages")
    if dialect is None:
        return None
    model = "" if is_count else unquote(found[1])
    return Place(dialect, "gcp.vertex_ai", model, None if is_count else found[2] == "streamRawPredict")
