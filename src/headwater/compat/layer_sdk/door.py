"""Layer's door: applications, sessions, their actions, and a firewall that has no opinion.

In:  what `protectai-layer-sdk` sends.   Out: envelopes `layer.session` and `layer.action`; spans of them.
Rule 1: its clients compare statuses and fields exactly (202, 201, 200; an application is answered with one field, a
firewall's decision with three), so nothing is ever added.
Rule 2: a session is a trace; what one request asks and another answers is one call, which the loader joins.
"""

import asyncio
import uuid
from typing import Any

import msgspec

from headwater import ids
from headwater.compat.desk import Application, Asked, Desk, Reply, Route, body_of, json_of, keep, routed
from headwater.compat.layer_sdk.action import SCOPE, Action, Place, action_from, joined, span_of
from headwater.compat.layer_sdk.memory import Applications, Known, Sessions
from headwater.compat.layer_sdk.oauth import token_reply
from headwater.compat.reading import list_in, metadata_in, moment_in, object_in, text_in
from headwater.errors import BadRequest, HeadwaterError
from headwater.event import Envelope, Span
from headwater.loader import Decoded

_SESSION = "layer-session"
_KNOWN = "layer-known"
_NS = 10**9
# Attributes of a session that its client's machine has, not the user.
_RESOURCE = ("source", "os", "python.runtime", "python.runtime.version", "openai.version")
_KUBERNETES = "kubernetes_"


def door(desk: Desk) -> Application:
    """The application of Layer's routes."""
    handlers = _Handlers(desk)
    return routed(
        desk,
        "layer",
        [
            Route("GET", "/v1/applications", handlers.applications),
            Route("POST", "/v1/applications", handlers.application),
            Route("POST", "/v1/sessions", handlers.session),
            Route("POST", "/v1/sessions/{session}/actions", handlers.action),
            Route("GET", "/firewall/v1/sessions/{session}", handlers.firewall),
            Route("GET", "/firewall/firewall/v1/sessions/{session}", handlers.firewall),
            Route("POST", "/oauth/token", handlers.token, is_open=True),
            Route("POST", "/realms/{realm}/protocol/openid-connect/token", handlers.token, is_open=True),
        ],
        _refuse,
    )


def read(envelope: Envelope) -> Decoded:
    """The spans of an envelope: a session with the actions that came with it, or one action."""
    body = json_of(body_of(envelope))
    place = Place(
        session=envelope.headers.get(_SESSION, ""),
        known=msgspec.json.decode(envelope.headers.get(_KNOWN, "{}"), type=Known),
        received_ns=envelope.received_ns,
    )
    if envelope.door == "layer.action":
        action = action_from(body)
        return Decoded(spans=() if action is None else (span_of(action, place),))
    told = object_in(body)
    spans = joined([span_of(action, place) for action in _actions(told)[0]])
    return Decoded(spans=(_root(told, place, spans), *spans))


class _Handlers:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sessions = Sessions()
        self._applications = Applications(desk.catalog)

    async def applications(self, asked: Asked) -> Reply:
        listed = await asyncio.to_thread(self._desk.catalog.applications, asked.project)
        return Reply(body=[{"name": each.name, "id": each.id} for each in listed])

    async def application(self, asked: Asked) -> Reply:
        name = object_in(asked.json()).get("name")
        if not isinstance(name, str):
            raise BadRequest("field 'name' of the body must be a text: the application's name")
        made = await asyncio.to_thread(self._desk.catalog.application, asked.project, name)
        return Reply(status=201, body={"application_id": made.id})

    async def session(self, asked: Asked) -> Reply:
        body = asked.json()
        if not isinstance(body, dict):
            raise BadRequest("the body must be a JSON object: a session with its 'application_id'")
        told = object_in(body)
        session = text_in(told.get("session_id")) or str(uuid.UUID(bytes=ids.id_bytes(16), version=4))
        attributes = object_in(told.get("attributes"))
        known = Known(
            service=await self._applications.name(asked.project, text_in(told.get("application_id"))),
            environment=text_in(attributes.get("environment")),
            user=text_in(attributes.get("user.id")),
        )
        self._sessions.keep(asked.project, session, known)
        actions, rejected = _actions(told)
        await self._keep(asked, "layer.session", session, known, 1 + len(actions), rejected)
        return Reply(status=202, body={"session_id": session})

    async def action(self, asked: Asked) -> Reply:
        if action_from(asked.json()) is None:
            raise BadRequest("an action must be a JSON object whose field 'kind' is a text")
        session = asked.places[0]
        known = self._sessions.of(asked.project, session)
        await self._keep(asked, "layer.action", session, known)
        return Reply(status=202, body={})

    async def firewall(self, asked: Asked) -> Reply:
        """There is no firewall here, and no decision is made up."""
        return Reply(body={"session_id": asked.places[0], "decision": "no_data", "context": {}})

    async def token(self, asked: Asked) -> Reply:
        return await token_reply(self._desk, asked)

    async def _keep(
        self, asked: Asked, door: str, session: str, known: Known, items: int = 1, rejected: int = 0
    ) -> None:
        more = {_SESSION: session, _KNOWN: msgspec.json.encode(known).decode()}
        await keep(self._desk, asked, door, items, more, rejected)


def _actions(told: dict[str, Any]) -> tuple[list[Action], int]:
    """The actions of a session's creation, and how many others were there that nothing can be made of."""
    listed = told.get("actions")
    items = list_in(listed) if isinstance(listed, list) or not listed else [listed]
    found = [action for action in map(action_from, items) if action is not None]
    return found, len(items) - len(found)


def _root(told: dict[str, Any], place: Place, spans: list[Span]) -> Span:
    """The session itself, at the times that it tells (the README's `start_time` and `end_time`), if it tells any.

    Else when it came: its client cuts times to whole seconds, and so is this, as nothing in it begins before it.
    """
    attributes = object_in(told.get("attributes"))
    began_ns, ended_ns = moment_in(told.get("start_time")), moment_in(told.get("end_time"))
    start_ns = min([began_ns or place.received_ns // _NS * _NS, *(span.start_ns for span in spans)])
    resource = {name: value for name, value in attributes.items() if _is_resource(name)}
    own = {name: value for name, value in attributes.items() if name not in ("user.id", "environment", *resource)}
    return Span(
        trace_id=place.trace_id,
        span_id=place.root_id,
        name="session",
        start_ns=start_ns,
        end_ns=max([start_ns, ended_ns or 0, *(span.end_ns for span in spans)]),
        source="layer",
        scope=SCOPE,
        service_name=place.known.service,
        environment=place.known.environment,
        session_id=place.session,
        user_id=place.known.user,
        metadata=metadata_in(own),
        attributes={**attributes, "layer.application_id": text_in(told.get("application_id"))},
        resource=resource,
    )


def _is_resource(name: str) -> bool:
    return name in _RESOURCE or name.startswith(_KUBERNETES)


def _refuse(status: int, error: HeadwaterError) -> Reply:
    return Reply(status=status, body={"message": str(error), "detail": str(error)})
