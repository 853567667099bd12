"""Answering: a question's answer as JSON."""

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.query import Questions
from headwater.web.desk import Desk


async def answered(desk: Desk, request: Request, question: Callable[[Questions], Any]) -> Response:
    """Ask on behalf of whoever presents a key or a session, and encode what comes."""
    visitor = await desk.visitor(request)
    return encoded(await desk.ask(visitor, question))


def encoded(answer: Any) -> Response:
    """Encode an answer as it is."""
    return Response(msgspec.json.encode(answer), media_type="application/json")
