"""All that is done to the READMEs' blocks before they run, with the reason for each: nothing else is changed.

(Blocks with `await` at their top run as they are, in the way of `python -m asyncio`.)

`{server}` stands for the address of the test's server, `{project}` for the id of the test's project, `{key}`, `{pulse}`
and `{prysm}` for a key of it in the formats `hw_…`, `pulse_sk_…` and `sk-prysm-…`.
"""

from typing import NamedTuple


class Substitution(NamedTuple):
    """In the blocks of one README, `old` becomes `new`, wherever it stands."""

    readme: str
    old: str
    new: str
    reason: str


class Setting(NamedTuple):
    """A variable of the environment of a README's programs. `told` is where the README speaks of it, "" where it is
    the test that needs it."""

    readme: str
    name: str
    value: str
    told: str
    reason: str


SUBSTITUTIONS = (
    Substitution("huggingplace", '"your-api-key-here"', '"{key}"', "a key"),
    Substitution("huggingplace", '"your-api-key"', '"{key}"', "a key"),
    Substitution(
        "huggingplace", "https://anvsj57nul.execute-api.ap-south-1.amazonaws.com", "{server}", "the vendor's host"
    ),
    Substitution("layer", "https://api.example.com", "{server}", "a host"),
    Substitution("layer", "https://layer.protectai.com/", "{server}/", "the vendor's host"),
    Substitution(
        "layer",
        "https://your-keycloak-instance",
        "{server}",
        "a host; the server gives out tokens itself",
    ),
    Substitution("layer", "your-client-secret", "{key}", "a key"),
    Substitution("layer", "your-client-id", "{project}", "whose key it is"),
    Substitution("prysm", "sk-prysm-your-key-here", "{prysm}", "a key"),
    Substitution("prysm", "sk-prysm-...", "{prysm}", "a key"),
    Substitution("prysm", "http://localhost:3000/api/v1", "{server}/api/v1", "a host"),
    Substitution(
        "prysm",
        "create(...)",
        'create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello scope!"}])',
        "an ellipsis",
    ),
    Substitution("pulse", "pulse_sk_...", "{pulse}", "a key"),
    Substitution("pulse", "http://localhost:3000", "{server}", "a host"),
    Substitution("pulse", "https://api.example.com", "{server}", "a host"),
    Substitution(
        "tropir",
        "https://example.com/api/resource",
        "{server}/openai/v1/chat/completions",
        "a host; of the services that the README names, an LLM's, behind our proxy",
    ),
)

AS_PUBLISHED = {
    "huggingplace": "d9bf7b282fe358c2",
    "layer": "82fdc5d2c90efdd2",
    "prysm": "aadc8a191709f040",
    "pulse": "0d9183e8ce879f90",
    "tropir": "48aef48e570c81e9",
}
"""The beginning of the SHA-256 of each README as it was published."""

_PORT = "the test's server listens on a port of its own and not on 3000, which is the default"
SETTINGS = (
    Setting("huggingplace", "HUGGINGPLACE_API_KEY", "{key}", "HUGGINGPLACE_API_KEY=your-api-key", "a key"),
    Setting("huggingplace", "HUGGINGPLACE_ORG_ID", "your-org-id", "HUGGINGPLACE_ORG_ID=your-org-id", "as it is"),
    Setting("huggingplace", "HUGGINGPLACE_MODE", "prod", "HUGGINGPLACE_MODE=prod", "as it is"),
    Setting("huggingplace", "HEADWATER_URL", "{server}", "", _PORT),
    Setting("layer", "LAYER_BASE_URL", "{server}", "- `LAYER_BASE_URL`:", "a host"),
    Setting("layer", "LAYER_APPLICATION_ID", "your-application-id", "- `LAYER_APPLICATION_ID`:", "an id"),
    Setting("layer", "HEADWATER_KEY", "{key}", "", "the instance of the README may ask for no key, ours asks for one"),
    Setting("prysm", "PRYSM_API_KEY", "{prysm}", 'export PRYSM_API_KEY="sk-prysm-your-key-here"', "a key"),
    Setting("prysm", "PRYSM_BASE_URL", "{server}/api/v1", "| `PRYSM_BASE_URL` |", _PORT),
    Setting(
        "prysm", "PYTHONWARNINGS", "error,ignore::ResourceWarning", "", "its asynchronous example closes no client"
    ),
    Setting(
        "pulse",
        "PYTHONWARNINGS",
        "error,ignore:The model",
        "",
        "Anthropic warns of the old model that the README names",
    ),
    Setting("tropir", "TROPIR_API_KEY", "{key}", "export TROPIR_API_KEY='your_api_key_here'", "a key"),
)

_BUILDS_ON = {
    "huggingplace 3": ("huggingplace 2",),
    "huggingplace 4": ("huggingplace 2",),
    "huggingplace 5": ("huggingplace 2",),
    "huggingplace 7": ("huggingplace 2",),
    "huggingplace 8": ("huggingplace 2",),
    "layer 2": ("layer 1",),
    "layer 3": ("layer 1",),
    "layer 5": ("layer 1",),
    "prysm 3": ("prysm 1",),
    "prysm 5": ("prysm 1",),
    "prysm 8": ("prysm 1",),
    "prysm 10": ("prysm 1",),
    "prysm 11": ("prysm 1",),
    "pulse 2": ("pulse 1",),
    "pulse 3": ("pulse 1",),
}
"""Earlier blocks whose names a block uses, or that it tells the reader to have run."""

NOT_RUN = {
    "huggingplace 0": "installs the old package: ours has its import name and comes with headwater-compat",
    "huggingplace 9": "settings, not a program: every line of it is in SETTINGS",
    "layer 0": "installs the old package: ours has its import name and comes with headwater-compat",
    "prysm 0": "installs the old package: ours has its import name and comes with headwater-compat",
    "prysm 2": "a drawing",
    "prysm 6": "a setting, not a program: it is in SETTINGS",
    "prysm 12": "how the old package itself was developed",
    "pulse 0": "installs the old package: ours has its import name and comes with headwater-compat",
    "pulse 4": "how the old package itself was tested",
    "pulse 5": "how the old package itself was tested",
    "tropir 0": "installs the old package: ours has its import name and comes with headwater-compat",
}
"""Blocks that are not run, and why. A test holds that none of them is Python."""

NOT_TOGETHER = {
    "layer": "its examples begin anew again and again, which its README calls an error",
    "prysm": "one of its examples leaves `monitored` asynchronous, and those after it do not await",
}
"""READMEs whose examples cannot be one program, and why."""


def builds_on(name: str) -> tuple[str, ...]:
    """The blocks that have to be run before a block, in their order."""
    return _BUILDS_ON.get(name, ())
