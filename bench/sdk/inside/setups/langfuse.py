"""Langfuse's wrapping of openai, its SDK and its exporter."""

import importlib

from langfuse import Langfuse, observe

from bench.sdk.inside.setup import Setup


def setup(sink: str) -> Setup:
    """Contents are on by default. Importing `langfuse.openai` is what wraps openai."""
    langfuse = Langfuse(public_key="pk-lf-bench", secret_key="sk-lf-bench", base_url=sink)  # noqa: S106 - of no server
    importlib.import_module("langfuse.openai")
    return Setup(flush=langfuse.flush, decorate=lambda function: observe()(function))
