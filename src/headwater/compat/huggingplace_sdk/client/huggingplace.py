"""HuggingPlace: the class that programs make one of."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from headwater import clock, sdk
from headwater.compat.huggingplace_sdk.client import sending, settings, tracing
from headwater.compat.huggingplace_sdk.client.probe import is_reached
from headwater.compat.huggingplace_sdk.client.session import Session
from headwater.compat.huggingplace_sdk.client.telling import around, fill, quietly, tell
from headwater.compat.huggingplace_sdk.interaction import interaction_from, step_as_log


class HuggingPlace:
    """Records interactions, of a mapping of settings or of keywords: api_key, org_id, mode, base_url, timeout (ms),
    silent. What is not given is taken from the environment (HUGGINGPLACE_API_KEY, ...).

    Only settings that cannot be are refused, by ValidationError. `log` and the rest hand over what they are given and
    return at once; delivery is Headwater's, in a thread of its own, also at the end of the program.
    """

    def __init__(
        self,
        config: Mapping[str, Any] | None = None,
        *,
        api_key: str | None = None,
        org_id: str | None = None,
        mode: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        silent: bool | None = None,
        **more: Any,
    ) -> None:
        given = {"api_key": api_key, "org_id": org_id, "mode": mode, "base_url": base_url, "timeout": timeout}
        self._config = settings.settings_from(config, {**given, "silent": silent, **more})
        settings.begin(self._config)

    @property
    def base_url(self) -> str:
        """Where records go."""
        return sdk.current_settings().url

    async def log(self, options: dict[str, Any]) -> None:
        """Record an interaction: `user_prompt` and `response`, and whatever else is known of it. Never raises."""
        with quietly("log"):
            tell(interaction_from(self._with_own(options)))

    async def log_step(self, options: dict[str, Any]) -> None:
        """Record a step alone: `type`, `user_question`, `prompt_response`, `llm_model`, tokens. Never raises."""
        with quietly("log_step"):
            tell(interaction_from(self._with_own(step_as_log(options))))

    def start_session(self, session_id: str | None = None, options: dict[str, Any] | None = None) -> Session:
        """A session: what is logged through it belongs together. Without an id it gets one."""
        return Session(self, session_id or sending.generate_id(), options)

    async def log_with_timing(
        self, user_prompt: str, response_generator: Callable[[], Any], options: dict[str, Any] | None = None
    ) -> Any:
        """Run a function, plain or async, and record what it answered and how long it took.

        Its answer is returned and its exception raised, whatever becomes of the record.
        """
        told = self._with_own(options or {})
        about = interaction_from(told)
        with around(about), sdk.span("interaction", kind="chain") as root:
            began_ns = clock.ticks_ns()
            try:
                answer = response_generator()
                if inspect.isawaitable(answer):
                    answer = await answer
            except BaseException as error:
                with quietly("log_with_timing"):
                    fill(root, interaction_from({**told, **_timed(user_prompt, None, began_ns)}), error)
                raise
            with quietly("log_with_timing"):
                fill(root, interaction_from({**_timed(user_prompt, answer, began_ns), **told}))
            return answer

    def get_config(self) -> dict[str, Any]:
        """The settings, without the key."""
        return {name: value for name, value in self._config.items() if name != "api_key"}

    def update_config(self, new_config: dict[str, Any]) -> None:
        """Change settings; the address too. Raises ValidationError for what cannot be, and changes nothing then."""
        changed = settings.settings_from({**self._config, **new_config}, {})
        settings.begin(changed)
        self._config = changed

    async def test_connection(self) -> bool:
        """Whether the server is there and knows the key. The event loop goes on meanwhile."""
        timeout_s = self._config["timeout"] / 1000
        return await asyncio.to_thread(is_reached, self.base_url, self._config["api_key"], timeout_s)

    async def send_trace(self, trace: dict[str, Any]) -> None:
        """Record a step that was traced by other means, in the form of the old package's wire. Never raises."""
        await sending.send_trace(trace)

    async def trace_step(self, **kwargs: Any) -> Any:
        """Run a function as a step: `step_name`, `func`, and what `trace.trace_step` takes."""
        return await tracing.trace_step(**self._with_org(kwargs))

    async def trace_llm(self, **kwargs: Any) -> Any:
        """Run a function that asks a model: `step_name`, `llm_func`, and what `trace_llm_with_evaluation` takes."""
        return await tracing.trace_llm_with_evaluation(**self._with_org(kwargs))

    async def trace_multi_step_flow(self, **kwargs: Any) -> list[Any]:
        """Run steps one after another: `flow_name`, `steps`, and what `trace.trace_multi_step_flow` takes."""
        return await tracing.trace_multi_step_flow(**self._with_org(kwargs))

    def _with_own(self, options: Mapping[str, Any]) -> dict[str, Any]:
        # Where it runs is told once, of all records of the process.
        return {**options, "org_id": self._config["org_id"], "mode": None}

    def _with_org(self, given: dict[str, Any]) -> dict[str, Any]:
        return {**given, "org_data": {"org_id": self._config["org_id"], **(given.get("org_data") or {})}}


def _timed(prompt: Any, answer: Any, began_ns: int) -> dict[str, Any]:
    seconds = (clock.ticks_ns() - began_ns) / 1e9
    return {"user_prompt": prompt, "response": answer, "response_time": seconds}
