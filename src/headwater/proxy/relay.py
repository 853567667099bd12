"""Relay: one proxied call, from the head of its request to the last byte of its answer.

    client ──leg──► Relay ──Connection──► upstream
           ◄──────        ◄──────────────

It stands between two protocols as uvicorn's request cycle stands between one and an application: the leg hands it what
the client sends, the connection what the upstream answers, both as it comes. Nothing is waited for but a connection,
where none is idle, and a key that is not remembered.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from headwater import clock, ids
from headwater.access import Policy
from headwater.capture import End
from headwater.errors import HeadwaterError, Unauthorized
from headwater.proxy.answering import Answering
from headwater.proxy.asking import Asking, Framing
from headwater.proxy.limits.meter import Hit, Ticket
from headwater.proxy.plan import Plan
from headwater.proxy.recording import recorded_of
from headwater.proxy.socket.tunnel import Bounds, Tunnel
from headwater.proxy.taking import Taking
from headwater.proxy.wire.faults import dialect_for, fault
from headwater.proxy.wire.routes import Split
from headwater.proxy.wire.told import told_by

if TYPE_CHECKING:
    from headwater.proxy.leg import Leg
    from headwater.proxy.proxy import Proxy

_FINAL = frozenset({400, 401, 403, 404, 413, 431})
Settle = Callable[[HeadwaterError | None], None]


class _NoEvent:
    """Stands in for the event that uvicorn's cycles are woken by."""

    def set(self) -> None:
        """Nobody waits."""


_NO_EVENT = _NoEvent()


class Relay:
    """What the leg knows as its cycle: one request and its answer.

    `response_complete`, `keep_alive`, `disconnected` and `message_event` are what uvicorn's protocol asks of a cycle.
    """

    __slots__ = (
        "_known_plan",
        "_looking_up",
        "answering",
        "asking",
        "disconnected",
        "early",
        "failure",
        "headers",
        "is_admitted",
        "is_head",
        "is_over",
        "keep_alive",
        "last_ns",
        "leg",
        "message_event",
        "method",
        "plan",
        "proxy",
        "response_complete",
        "span_id",
        "split",
        "taking",
        "ticket",
        "told",
        "trace_id",
        "unfit",
    )

    def __init__(
        self,
        proxy: "Proxy",
        leg: "Leg",
        method: bytes,
        split: Split,
        headers: list[tuple[bytes, bytes]],
        framing: Framing,
        plan: Plan | None = None,
    ) -> None:
        self.proxy = proxy
        self.leg = leg
        self.method = method
        self.split = split
        self.headers = headers
        self.told = plan.told if plan is not None else told_by(headers)
        self.unfit = ""
        self.early = b""
        self.keep_alive = True
        self.is_head = method == b"HEAD"
        self.response_complete = False
        self.disconnected = False
        self.message_event = _NO_EVENT
        self.is_admitted = False
        self._known_plan = plan
        self.ticket: Ticket | None = None
        made = ids.id_bytes(24)
        self.trace_id = self.told.trace_id or made[8:]
        self.span_id = made[:8]
        settings = proxy.settings
        self.taking = Taking(
            proxy.allowance, settings.text_limit_bytes, settings.binary_limit_bytes, self.told.content_type
        )
        self.asking = Asking(self, framing)
        self.answering = Answering(self)
        self.is_over = False
        self.failure = ("", "")
        self.last_ns = clock.ticks_ns()
        self._looking_up: asyncio.Task[None] | None = None

    # Whose call is it, and may it be made?

    def begin(self) -> None:
        """Its turn has come on its connection."""
        if self.unfit:
            self.keep_alive = False
            self.refuse(400, "bad_request", self.unfit)
            return
        self.proxy.relays.add(self)
        presented = self.split.key or self.told.key
        policy = self.proxy.recall(presented)
        if policy is not None:
            self._admit(policy)
        else:
            self._looking_up = self.proxy.spawn(self._look_up(presented))

    async def _look_up(self, presented: str) -> None:
        try:
            policy = await self.proxy.ask(presented)
        except HeadwaterError as error:
            if not self.is_over:
                self.refuse(503, "catalog_unavailable", str(error), 2)
            return
        if self.is_over:
            return
        if policy is not None:
            self._admit(policy)
            return
        wrong = "the headwater key is unknown or revoked" if presented else "no headwater key came with the call"
        remedy = "send it as x-headwater-key, or make one with `headwater keys create`"
        self.refuse(401, "invalid_api_key", f"{wrong}: {remedy}")

    def _admit(self, policy: Policy) -> None:
        proxy, plan = self.proxy, self._known_plan
        if plan is None or plan.policy is not policy:
            try:
                plan = proxy.plan(self, policy)
            except Unauthorized as error:
                self.refuse(401, "no_credential", str(error))
                return
            except HeadwaterError as error:
                self.refuse(404, "unknown_upstream", str(error))
                return
            self.leg.plan = plan
        self.plan = plan
        if proxy.journal.problem and proxy.settings.when_journal_fails == "refuse":
            self.refuse(503, "journal_unavailable", proxy.journal.problem, 2)
            return
        if policy.limits and not self._is_within(policy):
            return
        self.is_admitted = True
        self.leg.say_continue()
        self.asking.start(is_held=plan.is_held)

    def _is_within(self, policy: Policy) -> bool:
        outcome = self.proxy.meter.admit(policy, self.told.user_id, self.told.session_id, clock.now_ns())
        if isinstance(outcome, Hit):
            self.refuse(429, "rate_limit_exceeded", outcome.words, outcome.retry_after_s, is_final=outcome.is_final)
            return False
        self.ticket = outcome
        return True

    # What the leg says.

    def pause_answer(self) -> None:
        """The client takes no more for now."""
        if self.answering.tunnel is not None:
            self.answering.tunnel.pause_upstream()
        elif self.asking.connection is not None:
            self.asking.connection.transport.pause_reading()

    def resume_answer(self) -> None:
        """The client takes more."""
        if self.answering.tunnel is not None:
            self.answering.tunnel.resume_upstream()
        elif self.asking.connection is not None:
            self.asking.connection.transport.resume_reading()

    def broken_request(self) -> None:
        """What the client sends is no HTTP any more, in the middle of its request: no more of it is waited for."""
        self.keep_alive = False
        self.asking.is_whole = True
        if self.is_over:
            self.leg.relay_over(self)
        else:
            self._give_up(400, "bad_request", "the body's framing is broken: send its right length, or right chunks")

    def client_lost(self) -> None:
        """The client is gone."""
        self.disconnected = True
        tunnel, connection = self.answering.tunnel, self.asking.connection
        if tunnel is not None:
            tunnel.client_lost()
            self.tunnel_over("closed")
        elif self.is_over:
            self.response_complete = True
        elif connection is not None and self.asking.is_whole and self.proxy.settings.when_client_leaves == "drain":
            connection.transport.resume_reading()
        else:
            self.abandon("closed")

    # What the upstream's connection says.

    def tunnel(self) -> Tunnel:
        """The upstream has switched protocols: from here on both sides talk past us."""
        connection = self.asking.connection
        if connection is None:
            raise HeadwaterError("an upstream switched protocols on a connection that was given back")
        tunnel = Tunnel(
            self.leg.transport,
            connection.transport,
            recorded_of(self, "complete"),
            record=lambda turn: self.proxy.record_turn(self, turn),
            count=self.proxy.journal.count,
            allowance=self.proxy.allowance,
            bounds=Bounds(limit_bytes=self.proxy.settings.text_limit_bytes),
        )
        if self.early:
            tunnel.from_client(self.early)
        return tunnel

    def tunnel_over(self, how: End) -> None:
        """One of the two sides is gone, and the tunnel closes the other."""
        self.response_complete = True
        if not self.is_over:
            self._record(how, None)

    def answer_whole(self) -> None:
        """The answer is whole: let go of the connection, write the record, and end on the client's side."""
        self.asking.give_back()
        how: End = "closed" if self.disconnected else "complete"
        if self.proxy.is_strict and not self.disconnected:
            self._record(how, self._answer_kept)
        else:
            self._record(how, None)
            self.answering.flush()
            self._client_done()

    def _answer_kept(self, problem: HeadwaterError | None) -> None:
        if problem is not None and self.proxy.settings.when_journal_fails == "refuse":
            self.leg.transport.abort()
            return
        self.answering.flush()
        self._client_done()

    def upstream_lost(self, why: str) -> None:
        """The connection ended before the answer did."""
        if self.is_over or self.asking.connection is None:
            return
        if self.answering.status == 0 and self.asking.again_if_safe():
            return
        self.asking.drop()
        if self.answering.is_begun:
            self._break_off("upstream_closed", why)
        else:
            self.fail(502, "upstream_closed", f"{why} before its answer began")

    # The end.

    def abandon(self, how: End) -> None:
        """End it where it stands: the client left, or the server stops."""
        if self.answering.tunnel is not None:
            self.answering.tunnel.close()
            self.tunnel_over(how)
            return
        self.asking.drop()
        if self._looking_up is not None:
            self._looking_up.cancel()
        if not self.is_over:
            self._record(how, None)

    def refuse(
        self, status: int, code: str, words: str, retry_after_s: int | None = None, *, is_final: bool | None = None
    ) -> None:
        """Our own no: before the call, and so no call."""
        self.proxy.journal.refused(code)
        self._answer_fault(status, code, words, retry_after_s, is_final=is_final)

    def fail(self, status: int, code: str, words: str) -> None:
        """The call could not be made."""
        if self.is_over:
            return
        self.failure = (code, words)
        self._record("closed" if self.disconnected else "cut", None)
        self._answer_fault(status, code, words)

    def _break_off(self, code: str, words: str) -> None:
        """The answer stops in its middle."""
        self.failure = (code, words)
        self._record("closed" if self.disconnected else "cut", None)
        self.answering.flush()
        self.leg.break_off(self)

    def _give_up(self, status: int, code: str, words: str) -> None:
        self.asking.drop()
        if self.answering.is_begun:
            self._break_off(code, words)
        else:
            self.fail(status, code, words)

    def _answer_fault(
        self, status: int, code: str, words: str, retry_after_s: int | None = None, *, is_final: bool | None = None
    ) -> None:
        self._over()
        if self.disconnected:
            return
        if not self.asking.is_whole and (self.leg.expect_100_continue or not self.asking.is_short):
            self.keep_alive = False
        answer = fault(
            dialect_for(self.split.name, is_prysm=self.told.is_prysm),
            status,
            code,
            words,
            retry_after_s,
            status in _FINAL if is_final is None else is_final,
            is_close=not self.keep_alive,
            trace_id=self.trace_id.hex().encode(),
        )
        self.leg.transport.write(answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if self.is_head else answer)
        self._client_done()

    def _client_done(self) -> None:
        """The client has its whole answer; its request may still be on its way."""
        if self.asking.is_whole:
            self.leg.relay_over(self)
        elif self.leg.expect_100_continue:
            # It waits for leave to send a body that nobody wants any more.
            self.leg.transport.close()
        else:
            # A body that was held up is read on, and dropped: its sender looks for an answer only then.
            self.leg.flow.resume_reading()

    def _record(self, how: End, settle: "Settle | None") -> None:
        self.is_over = True
        self.proxy.record(self, how, settle)
        self._over()

    def _over(self) -> None:
        """Nothing more is expected of the upstream."""
        self.is_over = True
        self.proxy.relays.discard(self)
        self.taking.let_go()

    def part(self) -> None:
        """Request and answer are whole: its halves let go of it, so that all of it is freed at once and used again, and
        it lets go of both bodies, as the connection knows it until its next request."""
        self.asking.part()
        self.answering.part()
        del self.taking

    def tick(self, now_ns: int) -> None:
        """Look whether somebody has been silent for too long."""
        settings = self.proxy.settings
        silent_s = (now_ns - self.last_ns) / 1e9
        if self.answering.tunnel is not None or self.leg.flow.write_paused:
            return
        if not self.asking.is_whole and silent_s > settings.client_timeout_s:
            self.keep_alive = False
            self._give_up(408, "request_timeout", f"no more of the request within {settings.client_timeout_s:g} s")
        elif self.asking.connection is not None and silent_s > settings.answer_timeout_s:
            self._give_up(
                504, "answer_timeout", f"{self.plan.origin.host} was silent for {settings.answer_timeout_s:g} s"
            )
