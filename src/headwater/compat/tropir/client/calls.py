"""Calls as a program groups them: which prompts and variables went into one question to a model."""

from types import TracebackType
from typing import Any

from headwater import clock
from headwater.compat.tropir.client.notes import known_notes, notes_of, put
from headwater.compat.tropir.client.sessions import get_session_id, get_session_name
from headwater.compat.tropir.client.stays import new_uuid, within
from headwater.compat.tropir.client.values import call_here, prompt_hash, use_prompt
from headwater.compat.tropir.vendor import answer_in
from headwater.sdk import Step, begun, log

_CALLS_MOST = 200
_LLM_CALLS_MOST = 100

# What is known of a call, by its id; the oldest is forgotten.
_calls: dict[str, dict[str, Any]] = {}


class TropirLLMCall:
    """A call to a model: `with tropir_llm_call("answer", model="gpt-4o") as call: ... call.set_response(response)`.

    It becomes one call. What a client of OpenAI or Anthropic asks within it is within the call and counts as it.
    """

    def __init__(self, call_name: str | None = None, model: str | None = None, **kwargs: Any) -> None:
        self.call_name = call_name or "unnamed_llm_call"
        self.call_id = new_uuid()
        self.model = model
        self.metadata = kwargs
        self.start_time: float | None = None
        self.end_time: float | None = None
        self.response: Any = None
        self.error: str | None = None
        self._session = ""
        self._step: Step | None = None
        self._around: dict[str, Any] | None = None

    def __enter__(self) -> "TropirLLMCall":
        self._session = get_session_id()
        self.start_time = clock.now_ns() / 1e9
        context: dict[str, Any] = {
            "call_name": self.call_name,
            "call_id": self.call_id,
            "session_id": self._session,
            "model": self.model,
            "metadata": self.metadata,
            "prompts_used": {},
            "variables_used": {},
            "start_time": self.start_time,
            "llm_calls": [],
        }
        put(_calls, self.call_id, context, _CALLS_MOST)
        self._around = call_here.get()
        call_here.set(context)
        with within(self._session, get_session_name()):
            self._step = begun(self.call_name, "chain")
        self._step.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end_time = clock.now_ns() / 1e9
        context = _calls.get(self.call_id, {})
        if call_here.get() is context:
            call_here.set(self._around)
        self.error = _text_of(error)
        started = self.start_time or self.end_time
        context.update(end_time=self.end_time, duration=self.end_time - started, error=self.error)
        if self._step is not None:
            self._step.leave()
            self._tell(self._step, context, error)

    def set_response(self, response: Any) -> None:
        """Say what the model answered: a text, or the vendor's response."""
        self.response = response

    def add_llm_call(self, log_id: str, messages: list[Any] | None = None, **kwargs: Any) -> None:
        """Note a request that was made within."""
        made = _calls.get(self.call_id, {}).get("llm_calls")
        if made is not None and len(made) < _LLM_CALLS_MOST:
            made.append({"log_id": log_id, "timestamp": clock.now_ns() / 1e9, "messages": messages, **kwargs})

    def _tell(self, step: Step, context: dict[str, Any], error: BaseException | None) -> None:
        prompts, variables = context.get("prompts_used", {}), context.get("variables_used", {})
        told = {
            "call_name": self.call_name,
            "call_id": self.call_id,
            "model": self.model,
            "duration": context.get("duration"),
            "prompts_used": list(prompts),
            "prompt_details": prompts,
            "variables_used": list(variables),
            "variable_details": variables,
            "metadata": self.metadata,
            "error": self.error,
        }
        notes = notes_of(self._session)
        notes.span.note(f"llm_call_{self.call_name}_{self.call_id[:8]}", told)
        put(notes.calls, self.call_id, _mapping(context))
        answer = answer_in(self.response)
        log(
            span=step,
            name=self.call_name,
            model=self.model or "",
            input=[{"role": used["role"] or "user", "content": used["final_prompt"]} for used in prompts.values()],
            error=error,
            attributes={f"tropir.{key}": value for key, value in told.items() if value not in (None, [], {})},
            **answer._asdict(),
        )


def tropir_llm_call(call_name: str | None = None, model: str | None = None, **kwargs: Any) -> TropirLLMCall:
    """A call to a model, grouped with the prompts and variables that are used within; `kwargs` are its metadata."""
    return TropirLLMCall(call_name, model, **kwargs)


def tropir_register_prompt_param(prompt_text: str, prompt_id: str | None = None, role: str | None = None) -> None:
    """Note with the call around this line a prompt that was made elsewhere, by its text."""
    call = call_here.get()
    if not prompt_text or call is None:
        return
    notes = known_notes(call["session_id"])
    prompts = list(notes.prompts.values()) if notes else []
    none: dict[str, Any] = {}
    known = next((each for each in prompts if each["prompt_text"] == prompt_text), none)
    name = prompt_id or known.get("prompt_id") or f"param_prompt_{prompt_hash(prompt_text)}"
    use_prompt(name, prompt_text, prompt_text, role or known.get("role"), source="parameter")


def get_llm_call_context(call_id: str | None = None) -> dict[str, Any] | None:
    """What is known of a call, by its id, or of the one around this line."""
    found = _calls.get(call_id) if call_id else call_here.get()
    return None if found is None else dict(found)


def get_all_llm_call_mappings(session_id: str | None = None) -> dict[str, Any]:
    """By call, which prompts and variables the calls of a session used; those that are open as well."""
    wanted = session_id or get_session_id()
    notes = known_notes(wanted)
    open_ones = {key: _mapping(each) for key, each in list(_calls.items()) if each["session_id"] == wanted}
    return {**open_ones, **(notes.calls if notes else {})}


def _mapping(context: dict[str, Any]) -> dict[str, Any]:
    return {
        "call_name": context.get("call_name"),
        "prompts": list(context.get("prompts_used", ())),
        "variables": list(context.get("variables_used", ())),
        "timestamp": context.get("start_time"),
    }


def _text_of(error: BaseException | None) -> str | None:
    try:
        return None if error is None else str(error)
    except Exception:  # noqa: BLE001 - an exception of the program's may have a text that raises
        return type(error).__name__
