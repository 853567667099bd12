"""Runs the scenario's calls with real clients, synchronous or asynchronous."""

import asyncio
from functools import reduce
from typing import Any

from tests.versions.scenario import STEPS, Call, Step

_READ_BEFORE_CLOSE = 4


def clients(base: str, is_async: bool) -> dict[str, Any]:
    """A client of each vendor, without retries, that speaks to the server at `base`."""
    import anthropic
    import openai

    of_openai = openai.AsyncOpenAI if is_async else openai.OpenAI
    of_anthropic = anthropic.AsyncAnthropic if is_async else anthropic.Anthropic
    return {
        "openai": of_openai(base_url=f"{base}/v1", api_key="sk-mock", max_retries=0),
        "anthropic": of_anthropic(base_url=base, api_key="mock", max_retries=0),
    }


def run(base: str, is_async: bool) -> None:
    """Run every step. Raises what a step raises that is not expected to fail."""
    with_sync = {} if is_async else clients(base, is_async=False)
    for step in STEPS:
        if step.is_async or is_async:
            asyncio.run(_run_step_async(base, step))
        else:
            for call in step.calls:
                _expecting(call, _run_call, with_sync[step.vendor])
    for client in with_sync.values():
        client.close()


async def _run_step_async(base: str, step: Step) -> None:
    """A loop has clients of its own: connections do not outlive a loop."""
    both = clients(base, is_async=True)
    for call in step.calls:
        try:
            await _run_call_async(call, both[step.vendor])
        except Exception as error:  # noqa: BLE001 - which one it is differs by vendor and version
            _judge(call, error)
    for client in both.values():
        await client.close()


def _expecting(call: Call, function: Any, client: Any) -> None:
    try:
        function(call, client)
    except Exception as error:  # noqa: BLE001 - which one it is differs by vendor and version
        _judge(call, error)


def _judge(call: Call, error: Exception) -> None:
    if not call.expected.is_failed or type(error).__module__.partition(".")[0] not in ("openai", "anthropic"):
        raise error


def _method(client: Any, call: Call) -> Any:
    *way, name = call.method.split(".")
    owner = reduce(getattr, way, client)
    if call.use == "raw":
        owner = owner.with_raw_response
    if call.use == "streaming":
        owner = owner.with_streaming_response
    return getattr(owner, name)


def _run_call(call: Call, client: Any) -> None:
    method = _method(client, call)
    if call.use in ("manager", "streaming"):
        with method(**call.arguments) as opened:
            _ = opened.parse() if call.use == "streaming" else list(opened)
        return
    result = method(**call.arguments)
    if call.use == "raw":
        result.parse()
    elif call.use == "stream":
        list(result)
    elif call.use == "early":
        for at, _ in enumerate(result):
            if at == _READ_BEFORE_CLOSE:
                break
        result.close()


async def _run_call_async(call: Call, client: Any) -> None:
    method = _method(client, call)
    if call.use in ("manager", "streaming"):
        async with method(**call.arguments) as opened:
            _ = await opened.parse() if call.use == "streaming" else [chunk async for chunk in opened]
        return
    result = await method(**call.arguments)
    if call.use == "raw":
        parsed = result.parse()
        _ = await parsed if asyncio.iscoroutine(parsed) else parsed
    elif call.use == "stream":
        _ = [chunk async for chunk in result]
    elif call.use == "early":
        at = 0
        async for _ in result:
            at += 1
            if at > _READ_BEFORE_CLOSE:
                break
        await result.close()
