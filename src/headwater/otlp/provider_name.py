"""Who answered, under the conventions' names (`gen_ai.provider.name`, semantic-conventions v1.41.1)."""

from typing import Any

from headwater.otlp.values import text_of

_CANONICAL = {
    "azure": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "az.ai.openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "amazon-bedrock": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "aws": "aws.bedrock",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "google_genai": "gcp.gen_ai",
    "vertexai": "gcp.vertex_ai",
    "vertex_ai": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "xai": "x_ai",
    "watsonx": "ibm.watsonx.ai",
    "moonshot": "moonshot_ai",
}


def provider_of(given: Any, source: str) -> str:
    """Return the conventional name of a provider; Vercel appends the endpoint to it ("openai.chat")."""
    name = text_of(given).strip().lower()
    if source == "vercel":
        name = name.partition(".")[0]
    return _CANONICAL.get(name, name)
