"""Told: what the settings of a running server are and where each comes from, without its secrets."""

import ast
import inspect
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from headwater.access import Upstream
from headwater.proxy import UPSTREAMS, client_base
from headwater.server.settings import Settings, is_room, value_of
from headwater.web import SettingShown, Setup, UpstreamSet

MASKED = "set, not shown"
_SECRET = re.compile(r"(^|_)(secret|password|webhook)(_|$)|secret_key$")
_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s\"]*(?=@)")
_IN_QUERY = re.compile(r"(?i)((?:password|secret|token|key)=)[^&\s\"]+")
_VARIABLE_IN_DOCSTRING = re.compile(r"\s*\(env HEADWATER_\w+\)")


def setup_of(settings: Settings, environment: Mapping[str, str]) -> Setup:
    """Return what a server with these settings was told, the environment being one of those who said it."""
    built_in = {name: upstream for name, upstream in UPSTREAMS.items() if name not in settings.proxy.upstreams}
    given = {name: _given(name, url) for name, url in settings.proxy.upstreams.items()}
    known = [UpstreamSet(upstream=each, is_built_in=True) for each in built_in.values()]
    known += [UpstreamSet(upstream=each, is_built_in=False) for each in given.values()]
    return Setup(
        settings=tuple(_lines(settings, "HEADWATER_", "server", environment)),
        upstreams=tuple(sorted(known, key=lambda each: each.upstream.name)),
        client_bases={name: client_base(name) for name in UPSTREAMS},
    )


def _given(name: str, base_url: str) -> Upstream:
    credential = UPSTREAMS[name].credential if name in UPSTREAMS else "bearer"
    return Upstream(name=name, base_url=base_url, credential=credential, is_private_ok=True)


def _lines(struct: msgspec.Struct, prefix: str, room: str, environment: Mapping[str, str]) -> Iterator[SettingShown]:
    """The settings of a struct in its order, then those of the rooms in it."""
    meanings, rooms = _meanings_of(type(struct)), list[str]()
    for field in msgspec.structs.fields(type(struct)):
        value = getattr(struct, field.name)
        if is_room(field.type):
            rooms.append(field.name)
            continue
        variable = f"{prefix}{field.name.upper()}"
        yield SettingShown(
            variable=variable,
            value=shown_value(field.name, value),
            origin=_origin(value, field, environment.get(variable)),
            room=room,
            says=meanings.get(field.name, ""),
        )
    for name in rooms:
        yield from _lines(getattr(struct, name), f"{prefix}{name.upper()}_", name, environment)


def shown_value(name: str, value: object) -> str:
    """Write a setting's value: secrets are masked, and so are passwords within addresses; "" is written as empty."""
    if value and _SECRET.search(name):
        return MASKED
    if value in ("", (), {}) or value is None:
        return "empty"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return _IN_QUERY.sub(r"\1…", _IN_ADDRESS.sub("…", text))


def _origin(value: object, field: msgspec.structs.FieldInfo, given: str | None) -> Any:
    if given is not None and _is_said_by(given, field, value):
        return "environment"
    default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return "default" if value == default else "command line"


def _is_said_by(given: str, field: msgspec.structs.FieldInfo, value: object) -> bool:
    try:
        return bool(value_of(given, field.type) == value)
    except msgspec.MsgspecError:
        return False


def _meanings_of(struct: type[msgspec.Struct]) -> dict[str, str]:
    """The string below each field, on one line; empty where the source is not installed."""
    try:
        body = ast.parse(inspect.getsource(struct)).body[0]
    except (OSError, SyntaxError):
        return {}
    meanings: dict[str, str] = {}
    fields = body.body if isinstance(body, ast.ClassDef) else []
    for field, below in itertools.pairwise(fields):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            text = _VARIABLE_IN_DOCSTRING.sub("", str(below.value.value))
            meanings[ast.unparse(field.target)] = " ".join(text.split())
    return meanings
