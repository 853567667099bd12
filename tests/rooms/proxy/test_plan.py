"""What a request's head and key decide."""

import pytest

from headwater.access import Policy, Upstream
from headwater.errors import Unauthorized
from headwater.proxy.plan import Plan
from headwater.proxy.wire.headers import Headers
from headwater.proxy.wire.routes import Split, routed
from headwater.proxy.wire.told import told_by

OPENAI = Upstream(name="openai", base_url="https://api.openai.com")
ANTHROPIC = Upstream(name="anthropic", base_url="https://api.anthropic.com", credential="x-api-key")


def plan_of(
    *headers: tuple[bytes, bytes],
    upstream: Upstream = OPENAI,
    credentials: dict[str, str] | None = None,
    path: bytes = b"/v1/chat/completions",
    injects: bool = True,
) -> Plan:
    given: Headers = list(headers)
    policy = Policy(project_id="p", key_id="k", credentials=credentials or {})
    route = routed(Split(upstream.name, path, ""), upstream)
    return Plan(told_by(given), policy, route, b"POST", given, is_upgrade=False, injects=injects)


def head_of(plan: Plan) -> list[bytes]:
    return plan.head(2, is_chunked=False, is_identity=False).split(b"\r\n")


def test_a_clients_own_credential_passes_through() -> None:
    head = head_of(plan_of((b"authorization", b"Bearer sk-mine"), (b"x-headwater-key", b"hw_a")))
    assert b"authorization: Bearer sk-mine" in head
    assert not any(b"hw_a" in line for line in head)


def test_our_key_in_the_place_of_a_credential_takes_the_stored_one() -> None:
    head = head_of(plan_of((b"authorization", b"Bearer hw_a"), credentials={"openai": "sk-stored"}))
    assert b"authorization: Bearer sk-stored" in head


def test_our_key_beside_no_credential_takes_the_stored_one_too() -> None:
    plan = plan_of((b"x-headwater-key", b"hw_a"), upstream=ANTHROPIC, credentials={"anthropic": "sk-ant"})
    assert b"x-api-key: sk-ant" in head_of(plan)


def test_a_stored_credential_that_is_missing_is_told_with_its_remedy() -> None:
    with pytest.raises(Unauthorized, match="headwater credentials set openai"):
        plan_of((b"authorization", b"Bearer hw_a"))


def test_a_body_is_framed_by_its_length_in_chunks_or_not_at_all() -> None:
    plan = plan_of()
    assert plan.head(7, is_chunked=False, is_identity=False).endswith(b"\r\ncontent-length: 7\r\n\r\n")
    assert plan.head(None, is_chunked=True, is_identity=False).endswith(b"\r\ntransfer-encoding: chunked\r\n\r\n")
    bare = plan.head(None, is_chunked=False, is_identity=False)
    assert bare.startswith(b"POST /v1/chat/completions HTTP/1.1\r\nhost: api.openai.com\r\n")
    assert b"content-length" not in bare
    assert bare.endswith(b"\r\n\r\n")


def test_where_usage_is_asked_for_the_answer_may_not_be_compressed() -> None:
    plan = plan_of((b"accept-encoding", b"gzip, br"))
    assert b"accept-encoding: gzip\r\n" in plan.head(None, is_chunked=False, is_identity=False)
    assert b"accept-encoding: identity\r\n" in plan.head(None, is_chunked=False, is_identity=True)


@pytest.mark.parametrize(
    ("headers", "path", "injects", "is_held"),
    [
        ((), b"/v1/chat/completions", True, True),
        ((), b"/v1/chat/completions", False, False),
        (((b"helicone-stream-usage", b"true"),), b"/v1/chat/completions", False, True),
        ((), b"/v1/responses", True, False),
    ],
)
def test_a_body_is_held_only_where_usage_may_be_asked_for_in_it(
    headers: tuple[tuple[bytes, bytes], ...], path: bytes, injects: bool, is_held: bool
) -> None:
    assert plan_of(*headers, path=path, injects=injects).is_held is is_held
