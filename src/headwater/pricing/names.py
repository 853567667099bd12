"""Names of providers and models, as senders write them and as the price list does."""

import re

# OpenTelemetry's provider names and those of common clients, to the list's ids. Names that stand in the list by
# themselves need no line.
_PROVIDERS = {
    "aws.bedrock": "aws",
    "aws_bedrock": "aws",
    "amazon-bedrock": "aws",
    "bedrock": "aws",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "az.ai.openai": "azure",
    "az.ai.inference": "azure",
    "azure_openai": "azure",
    "azure-openai": "azure",
    "azure_ai": "azure",
    "gcp.gemini": "google",
    "gcp.vertex_ai": "google",
    "gcp.gen_ai": "google",
    "vertex_ai": "google",
    "vertexai": "google",
    "gemini": "google",
    "google_genai": "google",
    "google_vertexai": "google",
    "google.generative-ai": "google",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "moonshot_ai": "moonshotai",
    "moonshot": "moonshotai",
    "x_ai": "x-ai",
    "xai": "x-ai",
    "together_ai": "together",
    "togetherai": "together",
    "fireworks_ai": "fireworks",
    "fireworks-ai": "fireworks",
    "z_ai": "zai",
    "voyage": "voyageai",
}
# Who runs models on a machine of their own: nobody bills their tokens, whatever the model is called.
_UNBILLED = frozenset(
    {"ollama", "vllm", "sglang", "lmstudio", "lm_studio", "lm-studio", "llama.cpp", "llamacpp", "llama_cpp", "localai"}
    | {"local", "mlx", "transformers", "tgi", "xinference"}
)
_DATED = re.compile(r"(?:[-@](?:20\d{2}-?\d{2}-?\d{2})|-latest)$")


def is_billed(provider: str) -> bool:
    """Whether a provider's calls can have a price in a public list."""
    return provider.strip().lower() not in _UNBILLED


def listed_provider(provider: str) -> str:
    """The price list's id of a provider, "" for none; a name that we do not know is given back in lower case."""
    name = provider.strip().lower()
    return _PROVIDERS.get(name, name)


def readings(provider: str, model: str) -> list[tuple[str, str]]:
    """The (provider, model) pairs under which a model may stand in the price list, the likeliest first.

    A provider of "" leaves it to the model's own name. Prefixes such as "openai/" or "models/" are tried as providers
    and left out; a date or "-latest" at the end is left out too.
    """
    listed = listed_provider(provider)
    names = [model]
    prefix, slash, bare = model.rpartition("/")
    if slash:
        names.append(bare)
    names += [shorter for name in list(names) if (shorter := _DATED.sub("", name)) != name]
    owners = [listed] if listed else []
    family = listed.partition(".")[0]
    if family not in owners and family:
        owners.append(family)
    if slash:
        owners.append(listed_provider(prefix.partition("/")[0]))
    return [(owner, name) for owner in [*owners, ""] for name in names]
