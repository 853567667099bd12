"""Variables and prompts that a rerun may replace: a rerun's environment holds the others."""

import hashlib
from contextvars import ContextVar
from typing import Any, cast

import msgspec

from headwater import clock
from headwater.compat.tropir.client.address import environment, logger
from headwater.compat.tropir.client.notes import notes_of, put
from headwater.compat.tropir.client.sessions import get_session_id, get_session_name
from headwater.compat.tropir.client.stays import here

call_here: ContextVar[dict[str, Any] | None] = ContextVar("headwater_tropir_call", default=None)
"""What is known of the `tropir_llm_call` around this line."""

prompt_registry: dict[str, str] = {}
"""The program's own text of each prompt, by id."""


def is_rerun() -> bool:
    """Whether this process runs what another has run before: TROPIR_RERUN_MODE=true."""
    return environment().get("TROPIR_RERUN_MODE") == "true"


def tropir_variable(key: str, value: Any) -> Any:
    """A value by name: the program's own, or in a rerun the one that the rerun has for it."""
    others = _others("TROPIR_STATE_VARIABLES")
    used = others.get(key, value)
    name = str(key)
    put(notes_of(get_session_id(), get_session_name()).variables, name, used)
    note_variable(name, used)
    call = call_here.get()
    if call is not None:
        told = {"default_value": value, "final_value": used, "type": type(used).__name__, "timestamp": _now_s()}
        put(call["variables_used"], name, told)
    return used


def note_variable(key: str, value: Any) -> None:
    """Tell a value with the span of the session around this line."""
    stay = here()
    if stay is not None and stay.step is not None:
        stay.step.set({f"tropir.variable.{key}": value})


def rerun_prompt(prompt_id: str, default: str) -> str:
    """A rerun's prompt, or the default where it has none; scripts of the old package hold prompts as objects."""
    told = _others("TROPIR_PROMPTS").get(prompt_id)
    found = cast("dict[str, Any]", told).get("prompt_text") if isinstance(told, dict) else told
    return found if isinstance(found, str) else default


def tropir_prompt(prompt_id: str, default_prompt: str, role: str | None = None) -> str:
    """A prompt by id: the program's own, or in a rerun the one that the rerun has for it. `role` is who speaks it."""
    name, used = str(prompt_id), str(rerun_prompt(prompt_id, default_prompt))
    put(prompt_registry, name, default_prompt)
    session_id = get_session_id()
    notes = notes_of(session_id, get_session_name())
    told = {
        "prompt_id": name,
        "prompt_hash": prompt_hash(used),
        "prompt_length": len(used),
        "timestamp": _now_s(),
        "call_sequence": len(notes.prompts) + (name not in notes.prompts),
        "role": role,
    }
    put(notes.prompts, name, {"prompt_text": used, **told, "session_id": session_id})
    notes.span.add(f"tropir_prompt_{name}", told)
    use_prompt(name, default_prompt, used, role)
    return used


def use_prompt(prompt_id: str, default: str, used: str, role: str | None, **more: Any) -> None:
    """Note a prompt with the call around this line, if there is one."""
    call = call_here.get()
    if call is not None:
        told = {"default_prompt": default, "final_prompt": used, "timestamp": _now_s(), "role": role, **more}
        put(call["prompts_used"], prompt_id, told)


def prompt_hash(text: str) -> str:
    """Tropir's name for a prompt's text: the first 8 hex digits of its MD5."""
    return hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:8]


def _others(variable: str) -> dict[str, Any]:
    """What a rerun puts in the place of the program's own."""
    if not is_rerun():
        return {}
    try:
        return msgspec.json.decode(environment().get(variable) or "{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        logger.warning("%s holds no JSON object: the program's own values stand", variable)
        return {}


def _now_s() -> float:
    return clock.now_ns() / 1e9
