"""The table of formats."""

from importlib import import_module
from typing import NamedTuple, cast

from headwater.compat.exports.told import Read


class Format(NamedTuple):
    """What a file is called on the command line; `scope` is who tells, `module` is imported when it is used."""

    name: str
    scope: str
    module: str
    about: str

    @property
    def read(self) -> Read:
        """The reader of its records."""
        return cast("Read", import_module(f"headwater.compat.exports.{self.module}").read)


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("langfuse", "langfuse-sdk", "langfuse", "traces, observations and scores of Langfuse's API or export"),
        Format("phoenix", "openinference.import", "openinference", "spans of Phoenix: JSON lines or its API's pages"),
        Format("openinference-jsonl", "openinference.import", "openinference", "spans with OpenInference attributes"),
        Format("litellm", "litellm", "litellm", "spend logs or standard logging payloads of LiteLLM"),
        Format("helicone", "helicone", "helicone", "requests exported from Helicone"),
        Format("otlp-json", "", "otlp_json", "requests of OTLP/JSON, as a collector's file exporter writes them"),
    )
}
"""By name."""
