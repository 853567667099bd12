"""What a session used, told to the program itself: summaries, and scripts that run it again with other values.

Of the environment nothing is told but the versions of Python and of the system, and the name of the script.
"""

import json
import os
import platform
import re
import shlex
import sys
from pathlib import Path
from typing import Any

from headwater import clock
from headwater.compat.tropir.client.address import logger
from headwater.compat.tropir.client.notes import known_notes
from headwater.compat.tropir.client.sessions import get_session_id, get_session_name
from headwater.compat.tropir.client.stays import new_uuid
from headwater.compat.tropir.client.values import is_rerun, prompt_registry

_SCRIPT = """#!/bin/sh
# Runs a session again, with values of its own: {what}
set -e
export TROPIR_RERUN_MODE=true
export TROPIR_RERUN_SESSION_ID={rerun}
export TROPIR_ORIGINAL_SESSION_ID={original}
export TROPIR_STATE_VARIABLES={variables}
export TROPIR_PROMPTS={prompts}
{command}
"""
_ODD = re.compile(r"[^\w .:/-]")
_SHOWN = 10


def export_session_data(session_id: str | None = None, session_name: str | None = None) -> dict[str, Any]:
    """What a session used, for running it again: its variables, its prompts, and where it ran."""
    wanted = session_id or get_session_id()
    notes = known_notes(wanted)
    return {
        "session_id": wanted,
        "session_name": session_name or _name_of(wanted),
        "variables": dict(notes.variables) if notes else {},
        "prompts": {key: dict(each) for key, each in notes.prompts.items()} if notes else {},
        "prompt_registry": dict(prompt_registry),
        "execution_context": _execution_context(),
        "timestamp": clock.now_ns() / 1e9,
        "rerun_mode": is_rerun(),
    }


def create_rerun_script(
    session_id: str | None = None,
    session_name: str | None = None,
    output_file: str | None = None,
    modified_variables: dict[str, Any] | None = None,
    modified_prompts: dict[str, str] | None = None,
    startup_command: str | None = None,
    local_mode: bool = True,
) -> str:
    """A shell script that runs the program again with a session's variables and prompts, some of them replaced.

    It begins the program with `startup_command`, or the script that runs now; without `local_mode` with what the script
    itself is called with. It is written to `output_file` if there is one, for its owner to run.
    """
    told = export_session_data(session_id, session_name)
    prompts = {name: each["prompt_text"] for name, each in told["prompts"].items()}
    command = startup_command or f"python {shlex.quote(told['execution_context']['system']['script_name'])}"
    script = _SCRIPT.format(
        what=_ODD.sub("", f"{told['session_name'] or 'unnamed'} {told['session_id']}"),
        rerun=shlex.quote(new_uuid() if local_mode else told["session_id"]),
        original=shlex.quote(told["session_id"]),
        variables=shlex.quote(_json({**told["variables"], **(modified_variables or {})})),
        prompts=shlex.quote(_json({**prompts, **(modified_prompts or {})})),
        command=command if local_mode else 'python "$@"',
    )
    if output_file:
        _write(output_file, script)
    return script


def create_local_rerun_script_with_modifications(
    session_id: str,
    modified_variables: dict[str, Any] | None = None,
    modified_prompts: dict[str, str] | None = None,
    startup_command: str = "python main.py",
    output_file: str | None = None,
) -> str:
    """`create_rerun_script` for a session by its id."""
    return create_rerun_script(
        session_id,
        output_file=output_file,
        modified_variables=modified_variables,
        modified_prompts=modified_prompts,
        startup_command=startup_command,
    )


def get_session_summary(session_id: str | None = None) -> dict[str, Any]:
    """How many variables and prompts a session used, and which."""
    told = export_session_data(session_id)
    return {
        "session_id": told["session_id"],
        "session_name": told["session_name"],
        "variable_count": len(told["variables"]),
        "prompt_count": len(told["prompts"]),
        "variables": list(told["variables"]),
        "prompts": list(told["prompts"]),
        "rerun_mode": told["rerun_mode"],
        "execution_context": told["execution_context"],
        "timestamp": told["timestamp"],
    }


def print_session_summary(session_id: str | None = None) -> None:
    """Print `get_session_summary`, as it promises."""
    told = get_session_summary(session_id)
    _print(
        f"Session {told['session_name'] or 'unnamed'} ({told['session_id']}){', a rerun' if told['rerun_mode'] else ''}"
    )
    _print_names("variables", told["variables"])
    _print_names("prompts", told["prompts"])


def print_prompt_mapping_status(session_id: str | None = None) -> None:
    """Print which prompts a session used, with the hashes of their texts."""
    told = export_session_data(session_id)
    _print(f"Session {told['session_id']}: {len(told['prompts'])} prompts")
    for name, each in told["prompts"].items():
        _print(f"  {name} (hash {each['prompt_hash']}, used as number {each['call_sequence']})")


def _name_of(session_id: str) -> str | None:
    notes = known_notes(session_id)
    return get_session_name() if session_id == get_session_id() else notes.span.session_name if notes else None


def _execution_context() -> dict[str, Any]:
    script = Path(sys.argv[0]).name if sys.argv else ""
    return {
        "system": {
            "python_version": platform.python_version(),
            "platform": platform.system(),
            "script_name": script or "main.py",
        }
    }


def _json(values: dict[str, Any]) -> str:
    """Values as JSON; what has none is told as its text would be."""
    try:
        return json.dumps(values, default=str)
    except (TypeError, ValueError, RecursionError):
        logger.warning("the variables of a session cannot be written as JSON: the script goes without them")
        return "{}"


def _write(path: str, script: str) -> None:
    try:
        # Variables and prompts may be secrets: nobody but the owner reads them.
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700), "w", encoding="utf-8") as file:
            file.write(script)
    except OSError as error:
        logger.warning("the script cannot be written: %s", error)


def _print_names(what: str, names: list[str]) -> None:
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    _print(f"  {len(names)} {what}: {', '.join(names[:_SHOWN])}{more}" if names else f"  no {what}")


def _print(line: str) -> None:
    print(line)  # noqa: T201 - only functions whose names say so come here
