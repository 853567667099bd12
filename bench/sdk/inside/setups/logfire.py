"""Logfire's instrumentation of openai, sending to another backend over OTLP, as its documentation says."""

import os

import logfire

from bench.sdk.inside.setup import Setup


def setup(sink: str) -> Setup:
    """Contents are on by default; the console is turned off."""
    os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = f"{sink}/v1/traces"
    logfire.configure(send_to_logfire=False, service_name="bench", console=False, metrics=False)
    logfire.instrument_openai()
    return Setup(flush=logfire.force_flush, decorate=lambda function: logfire.instrument()(function))
