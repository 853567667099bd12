"""Every name of Layer's package, in the versions 0.15.0 and of the README: there, and called as it was."""

import ast
import inspect
import os
import subprocess
import sys
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from headwater.compat import layer_sdk
from tests.house.tree import TREE

_PACKAGE = TREE / "distributions" / "headwater-compat" / "src"

# As `inspect.signature` told them of protectai-layer-sdk 0.15.0, without annotations.
_CALLS = {
    "layer.init": "(*, base_url=None, application_id=None, application_name=None, environment=None, "
    "auth_provider=None, http_session=None, http_timeout=None, platform=None, disabled_instrumentors=None, "
    "firewall_base_url=None, enable_firewall_instrumentation=False)",
    "layer.list_applications": "()",
    "layer.get_applications_by_name": "()",
    "layer.create_application": "()",
    "layer.create_session": "(**kwargs)",
    "layer.append_action": "(session_id, **kwargs)",
    "layer.firewall_session_lookup": "(session_id)",
    "layer.session": "(*, session_id=None, attributes=None)",
    "layer.action": "(*, session_id, kind, attributes=None)",
    "OIDCClientCredentials": "(*, token_url=None, client_id=None, client_secret=None, scope=None, "
    "http_session=None, http_timeout=None)",
    "OIDCClientCredentials.get_headers": "(self)",
    "AuthProvider.get_headers": "(self)",
    "LayerHTTPError": "(message, status_code, response_data)",
    "LayerFirewallHTTPError": "(message, status_code, response_data)",
}
# What is there besides: by the README, and to say that a firewall without a decision stops everything.
_MORE = {"layer.init": {"disable_instrumentations": None, "firewall_fail_closed": None}}

_FIELDS = {
    "ApplicationCreationRequest": ["name", "source"],
    "ApplicationCreationResponse": ["application_id"],
    "FirewallLookupResponseContext": ["violated_policies"],
    "FirewallLookupResponseContextViolatedPolicy": ["id", "name", "severity", "action"],
    "FirewallSessionLookupResponse": ["session_id", "decision", "context"],
    "SessionActionError": ["message", "code", "details"],
    "SessionActionRequest": ["kind", "start_time", "end_time", "attributes", "data", "error", "scanners"],
    "SessionActionScanner": ["name", "data"],
    # The last two are the README's.
    "SessionRequest": ["application_id", "session_id", "attributes", "actions", "start_time", "end_time"],
}
_ENUMS = {
    "FirewallLookupDecision": {
        "NO_DATA": "no_data",
        "PASS": "pass",
        "SKIP": "skip",
        "ALERT": "alert",
        "BLOCK": "block",
    },
    "SessionActionKind": {
        "EMBEDDINGS": "embeddings",
        "MODERATION": "moderation",
        "COMPLETION_PROMPT": "completion_prompt",
        "COMPLETION_OUTPUT": "completion_output",
        "COMPLETION_PROMPT_ATTACHMENT": "completion_prompt_attachment",
        "COMPLETION_TOOL_CALL": "completion_tool_call",
    },
}
_BASES = {
    "LayerSDKException": ["Exception"],
    "LayerAlreadyInitializedError": ["LayerSDKException"],
    "LayerAuthError": ["LayerSDKException"],
    "LayerFirewallException": ["LayerSDKException"],
    "LayerFirewallHTTPError": ["LayerHTTPError", "LayerFirewallException"],
    "LayerFirewallRequestError": ["LayerFirewallException"],
    "LayerFirewallSessionBlocked": ["LayerSDKException"],
    "LayerHTTPError": ["LayerSDKException"],
    "LayerMissingRequiredConfigurationError": ["LayerSDKException"],
    "LayerRequestError": ["LayerSDKException"],
    "LayerRequestPreparationError": ["LayerSDKException"],
    "LayerSchemaValidationError": ["LayerSDKException"],
    "AuthProvider": ["ABC"],
    "OIDCClientCredentials": ["AuthProvider"],
}
_MODULES = {
    "client": ["Client"],
    "auth": ["AuthProvider", "OIDCClientCredentials"],
    "schemas": [*_FIELDS, *_ENUMS],
    "exceptions": [name for name in _BASES if name.startswith("Layer")],
}
_ROOT = ["layer", *_MODULES["auth"], *_MODULES["exceptions"], *_MODULES["schemas"]]


def named(path: str) -> Any:
    """What a dotted name stands for."""
    found: Any = layer_sdk
    for name in path.split("."):
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("path", _CALLS)
def test_everything_is_called_as_it_was(path: str):
    added = _MORE.get(path, {})
    signature = inspect.signature(named(path))
    more = {name: each for name, each in signature.parameters.items() if name in added}
    assert {name: each.default for name, each in more.items()} == added
    assert all(each.kind is each.KEYWORD_ONLY for each in more.values())
    plain = [each.replace(annotation=each.empty) for name, each in signature.parameters.items() if name not in more]
    assert str(inspect.Signature(plain)) == _CALLS[path]


@pytest.mark.parametrize("name", _FIELDS)
def test_schemas_have_their_fields_in_their_order(name: str):
    assert [field.name for field in fields(named(name))] == _FIELDS[name]


@pytest.mark.parametrize("name", _ENUMS)
def test_enums_have_their_words(name: str):
    kind = named(name)
    assert issubclass(kind, Enum)
    assert {each.name: each.value for each in kind} == _ENUMS[name]


@pytest.mark.parametrize("name", _BASES)
def test_classes_descend_from_what_they_did(name: str):
    assert [base.__name__ for base in named(name).__bases__] == _BASES[name]


def test_a_request_has_the_defaults_that_it_had():
    request = layer_sdk.SessionRequest("app")
    assert (request.session_id, request.attributes, request.actions) == (None, {}, None)
    assert layer_sdk.SessionRequest("app").attributes is not request.attributes


def test_a_name_that_is_nobodys_is_an_attribute_error():
    with pytest.raises(AttributeError, match="colour"):
        named("colour")


def test_the_old_modules_hold_the_same_things_under_their_names():
    """In a process of its own, as a program has it that installed the second distribution."""
    program = "import importlib, sys\nfrom headwater.compat import layer_sdk as ours\n"
    for module, names in {"": _ROOT, **{f".{module}": names for module, names in _MODULES.items()}}.items():
        program += f"old = importlib.import_module('layer_sdk{module}')\n"
        program += f"assert all(getattr(old, name) is getattr(ours, name) for name in {names!r})\n"
    environment = {**os.environ, "PYTHONPATH": str(_PACKAGE)}
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, env=environment)


@pytest.mark.parametrize("path", sorted((_PACKAGE / "layer_sdk").glob("*.py")), ids=lambda path: path.stem)
def test_the_old_modules_hold_nothing_but_imports(path: Path):
    first, *rest = ast.parse(path.read_text()).body
    assert isinstance(first, ast.Expr)
    assert rest
    assert all(isinstance(each, ast.ImportFrom) for each in rest)


def test_the_two_sides_are_not_loaded_with_each_other():
    for mine, other in (("api", "door"), ("door", "api")):
        room = "headwater.compat.layer_sdk"
        program = f"import sys, {room}.{mine}; print('{room}.{other}' in sys.modules)"
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
        assert ran.stdout == "False\n"
