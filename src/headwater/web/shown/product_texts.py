"""The texts of the snippets for programs that report to other products: only an address and a key change."""

from collections.abc import Mapping

from headwater.web.shown.texts import Text, Told

_TROPIR = """export TROPIR_METADATA_ENDPOINT={base_url}/api/v1/metadata
export TROPIR_API_ENDPOINT={base_url}
export TROPIR_API_KEY={key}"""

_TROPIR_MODELS = """export OPENAI_BASE_URL={base_url}/openai/v1
export ANTHROPIC_BASE_URL={base_url}/anthropic"""

_LAYER = """export LAYER_BASE_URL={base_url}
export LAYER_FIREWALL_BASE_URL={base_url}/firewall
export LAYER_OIDC_TOKEN_URL={base_url}/oauth/token
export LAYER_OIDC_CLIENT_ID={project}
export LAYER_OIDC_CLIENT_SECRET={key}"""

_PULSE = """from openai import OpenAI
from pulse_sdk import Provider, init_pulse, observe

init_pulse({{"api_key": "{key}", "api_url": "{base_url}"}})
client = observe(OpenAI(), Provider.OPENAI)

answer = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{{"role": "user", "content": "Name three lighthouses."}}],
)
print(answer.choices[0].message.content)"""

_PRYSM = """export PRYSM_BASE_URL={base_url}/api/v1
export PRYSM_API_KEY={key}"""

_HUGGINGPLACE = """import asyncio

from huggingplace_sdk import HuggingPlace

huggingplace = HuggingPlace(api_key="{key}", org_id="my-org", base_url="{base_url}")


async def main():
    await huggingplace.log(
        {{
            "user_prompt": "Name three lighthouses.",
            "response": "Skerryvore, Fastnet, Bishop Rock.",
            "session_id": "session-1",
            "llm_model": "gpt-4o",
        }}
    )


asyncio.run(main())"""

_OURS = "The same imports with our package behind them, which loses nothing and blocks nothing."


def _instead(package: str) -> Text:
    return Text("Or our package in its place", "sh", f"pip uninstall {package}\npip install headwater-compat", _OURS)


PRODUCT_TEXTS: Mapping[str, Told] = {
    "tropir": Told(
        name="Tropir",
        say="Keep Tropir's package and your program; sessions and steps come here. Keys that your programs hold already"
        " can be taken over under Keys.",
        texts=(
            Text("Where steps go", "sh", _TROPIR, "Set these where the program runs; nothing in it changes."),
            Text(
                "Instead of Tropir's proxy",
                "sh",
                _TROPIR_MODELS,
                "Where calls to models went through theirs; Tropir's headers say to which session one belongs.",
            ),
            _instead("tropir"),
        ),
    ),
    "layer": Told(
        name="Layer",
        say="Keep Layer's package and your program; sessions and actions come here. The client's id is this project's.",
        texts=(
            Text(
                "Address and key",
                "sh",
                _LAYER,
                "The key is asked for by OIDCClientCredentials, which Layer has for it.",
            ),
            _instead("protectai-layer-sdk"),
        ),
    ),
    "pulse": Told(
        name="Pulse",
        key_format="pulse",
        say="Keep Pulse's package; only the address changes. It looks how its key begins ({looks}…) before it sends, so"
        " make one that looks so, or take the old one over under Keys.",
        texts=(
            Text("Address and key", "python", _PULSE, "Traces, tools and sessions come here."),
            _instead("pulse-trace-sdk"),
        ),
    ),
    "prysm": Told(
        name="Prysm",
        key_format="prysm",
        say="Keep Prysm's package and your program. It looks how its key begins ({looks}…), and sends calls of models"
        " through this server without the provider's key: store that one under Providers.",
        texts=(
            Text("Address and key", "sh", _PRYSM, "Set these where the program runs; nothing in it changes."),
            _instead("prysmai"),
        ),
    ),
    "huggingplace": Told(
        name="HuggingPlace",
        say="Keep HuggingPlace's package, in Python or JavaScript; only the address and the key change.",
        texts=(
            Text("Address and key", "python", _HUGGINGPLACE, "Interactions are calls, likes are scores."),
            _instead("huggingplace-sdk"),
        ),
    ),
}
"""By the name in addresses."""
