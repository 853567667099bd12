"""The command `huggingplace`: log an interaction, or try the connection."""

import asyncio
import json
import sys
from typing import Any

from headwater import sdk
from headwater.compat.huggingplace_sdk.client.errors import HuggingPlaceSDKError
from headwater.compat.huggingplace_sdk.client.huggingplace import HuggingPlace
from headwater.compat.huggingplace_sdk.client.settings import told_by_environment

_HELP = """Usage:
    huggingplace log <json>          log an interaction; "-" or nothing reads it from standard input
    huggingplace test                see whether the server is there and knows the key
    huggingplace --help              show this message

Environment:
    HUGGINGPLACE_API_KEY             a key of a project
    HUGGINGPLACE_ORG_ID              your organization
    HUGGINGPLACE_MODE                prod (default) or dev
    HUGGINGPLACE_BASE_URL            where Headwater listens
    HUGGINGPLACE_TIMEOUT             milliseconds that a request may take
"""


def load_config() -> dict[str, Any]:
    """The settings that the environment holds."""
    return told_by_environment()


async def log_interaction(config: dict[str, Any], data: dict[str, Any]) -> None:
    """Log an interaction and wait until the server has it. Raises HuggingPlaceSDKError where it has not in time."""
    huggingplace = HuggingPlace(config)
    await huggingplace.log(data)
    flushed = await sdk.aflush(huggingplace.get_config()["timeout"] / 1000)
    if flushed.kept or flushed.dropped:
        raise HuggingPlaceSDKError(f"not delivered to {huggingplace.base_url}: see `huggingplace test`")
    _say("logged")


async def test_connection(config: dict[str, Any]) -> None:
    """Try the connection; ends the program with code 1 where there is none."""
    huggingplace = HuggingPlace(config)
    if not await huggingplace.test_connection():
        raise HuggingPlaceSDKError(f"no connection: {huggingplace.base_url} is not there, or does not know the key")
    _say("connected")


def print_help() -> None:
    """Say how the command is used."""
    _say(_HELP.rstrip())


def main() -> None:
    """Run the command with the program's arguments."""
    command, *rest = [*sys.argv[1:], "--help"] if len(sys.argv) < 2 else sys.argv[1:]
    if command in ("--help", "-h", "help"):
        print_help()
        return
    try:
        if command == "log":
            asyncio.run(log_interaction(load_config(), _read(rest)))
        elif command == "test":
            asyncio.run(test_connection(load_config()))
        else:
            raise HuggingPlaceSDKError(f"no command {command!r}: `huggingplace --help` shows those there are")
    except HuggingPlaceSDKError as error:
        sys.stderr.write(f"huggingplace: {error}\n")
        sys.exit(1)


def _read(arguments: list[str]) -> dict[str, Any]:
    text = arguments[0] if arguments and arguments[0] != "-" else sys.stdin.read()
    try:
        told = json.loads(text)
    except ValueError as error:
        raise HuggingPlaceSDKError(f"this is not JSON: {error}") from None
    if not isinstance(told, dict):
        raise HuggingPlaceSDKError('this is no JSON object: give one such as {"user_prompt": "Hello"}')
    return told  # pyright: ignore[reportUnknownVariableType]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
