"""Runs the scenario's calls with real clients, synchronous or asynchronous."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.versions.scenario import STEPS, Call, Step

_READ_BEFORE_CLOSE = 4


class Address(NamedTuple):
    """Where both vendors' clients send to, and headers that they send besides."""

    openai: str
    anthropic: str
    headers: Mapping[str, str] = MappingProxyType({})


class Outcome(NamedTuple):
    """What a call gave its caller: a result, or all that it read of one, or an error."""

    call: Call
    result: Any = None
    error: Exception | None = None


def direct(base: str) -> Address:
    """The server at `base`, such as http://127.0.0.1:4000, without anything between."""
    return Address(f"{base}/v1", base)


def clients(at: Address, is_async: bool, **options: Any) -> dict[str, Any]:
    """A client of each vendor that sends there, without retries unless `options` say otherwise."""
    import anthropic
    import openai

    of_openai = openai.AsyncOpenAI if is_async else openai.OpenAI
    of_anthropic = anthropic.AsyncAnthropic if is_async else anthropic.Anthropic
    common: dict[str, Any] = {"max_retries": 0, "default_headers": dict(at.headers), **options}
    return {
        "openai": of_openai(base_url=at.openai, api_key="sk-mock", **common),
        "anthropic": of_anthropic(base_url=at.anthropic, api_key="mock", **common),
    }


def run(base: str, is_async: bool) -> None:
    """Run every step. Raises what a step raises that is not expected to fail."""
    for outcome in outcomes(direct(base), is_async):
        error = outcome.error
        if error is not None and not (outcome.call.expected.is_failed and _is_a_vendors(error)):
            raise error


def outcomes(at: Address, is_async: bool) -> list[Outcome]:
    """Run every step, and tell what came of each call."""
    if is_async:
        return asyncio.run(_run_async(at, STEPS))
    found: list[Outcome] = []
    both = clients(at, is_async=False)
    for step in STEPS:
        if step.is_async:
            found += asyncio.run(_run_async(at, (step,)))
        else:
            found += [_outcome(call, both[step.vendor]) for call in step.calls]
    for client in both.values():
        client.close()
    return found


async def _run_async(at: Address, steps: Sequence[Step]) -> list[Outcome]:
    """A loop has clients of its own: connections do not outlive a loop."""
    both = clients(at, is_async=True)
    found = [await _outcome_async(call, both[step.vendor]) for step in steps for call in step.calls]
    for client in both.values():
        await client.close()
    return found


async def _outcome_async(call: Call, client: Any) -> Outcome:
    try:
        return Outcome(call, await _run_call_async(call, client))
    except Exception as error:  # noqa: BLE001 - which one it is differs by vendor and version
        return Outcome(call, error=error)


def _outcome(call: Call, client: Any) -> Outcome:
    try:
        return Outcome(call, _run_call(call, client))
    except Exception as error:  # noqa: BLE001 - which one it is differs by vendor and version
        return Outcome(call, error=error)


def _is_a_vendors(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in ("openai", "anthropic")


def _method(client: Any, call: Call) -> Any:
    *way, name = call.method.split(".")
    owner = reduce(getattr, way, client)
    if call.use == "raw":
        owner = owner.with_raw_response
    if call.use == "streaming":
        owner = owner.with_streaming_response
    return getattr(owner, name)


def _run_call(call: Call, client: Any) -> Any:
    method = _method(client, call)
    if call.use in ("manager", "streaming"):
        with method(**call.arguments) as opened:
            return opened.parse() if call.use == "streaming" else list(opened)
    result = method(**call.arguments)
    if call.use == "raw":
        return result.parse()
    if call.use == "stream":
        return list(result)
    if call.use != "early":
        return result
    read = [chunk for chunk, _ in zip(result, range(_READ_BEFORE_CLOSE), strict=False)]
    result.close()
    return read


async def _run_call_async(call: Call, client: Any) -> Any:
    method = _method(client, call)
    if call.use in ("manager", "streaming"):
        async with method(**call.arguments) as opened:
            return await opened.parse() if call.use == "streaming" else [chunk async for chunk in opened]
    result = await method(**call.arguments)
    if call.use == "raw":
        parsed = result.parse()
        return await parsed if asyncio.iscoroutine(parsed) else parsed
    if call.use == "stream":
        return [chunk async for chunk in result]
    if call.use != "early":
        return result
    read: list[Any] = []
    async for chunk in result:
        read.append(chunk)
        if len(read) == _READ_BEFORE_CLOSE:
            break
    await result.close()
    return read
