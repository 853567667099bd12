"""Proxy: what all relays of one edge share."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from headwater import clock
from headwater.access import RESERVED_NAMES, Catalog, Policy, Upstream
from headwater.capture import End, Recorded, RecordedTurn, recorded_to, told_of, told_of_turn, turn_to
from headwater.errors import HeadwaterError, NotFound
from headwater.event import KEY_ID_HEADER, Envelope, Span
from headwater.pricing import PriceBooks
from headwater.proxy.limits.meter import Meter, Metered
from headwater.proxy.plan import Plan
from headwater.proxy.recording import recorded_of
from headwater.proxy.settings import ProxySettings
from headwater.proxy.taking import Allowance
from headwater.proxy.upstream import Pool
from headwater.proxy.wire.guard import target_of
from headwater.proxy.wire.inject import Refusals
from headwater.proxy.wire.routes import UPSTREAMS, as_chosen, base_of, chosen, routed
from headwater.redact import without_content

if TYPE_CHECKING:
    from headwater.proxy.leg import Leg
    from headwater.proxy.relay import Relay, Settle

_GATHER_S = 0.004
_SWEEP_S = 1.0
_FIRST_ERROR = 400
Tell = Callable[[], Span]
_SPENT = frozenset({"tokens", "cost_usd"})


class Journal(Protocol):
    """Where records go."""

    @property
    def problem(self) -> str:
        """Why it took none last, "" while it does."""
        ...

    def offer(self, envelopes: Sequence[Envelope], settle: "Settle") -> None:
        """Take records; `settle` is called on the event loop, with None once all are on disk, else with the error."""
        ...

    def count(self, what: str) -> None:
        """Count something of a call that is not kept."""
        ...

    def refused(self, code: str) -> None:
        """Count a call that was refused."""
        ...


class AtWork(msgspec.Struct, frozen=True, kw_only=True):
    """One edge's proxy at a moment: calls under way, and since it began connections opened to upstreams, and what the
    limits saw.
    """

    calls: int = 0
    opened: int = 0
    metered: Metered = Metered()


class Proxy:
    """One edge's proxy. Everything but `start` and `close` happens on its event loop."""

    def __init__(
        self,
        settings: ProxySettings,
        catalog: Catalog,
        journal: Journal,
        meter: Meter,
        prices: PriceBooks,
        dev_project: str | None = None,
    ) -> None:
        self.settings = settings
        self.journal = journal
        self.meter = meter
        self.is_strict = settings.durability == "strict"
        self.allowance = Allowance(settings.kept_bytes)
        self.refusals = Refusals()
        self.relays: set[Relay] = set()
        self.legs: set[Leg] = set()
        self.loop: asyncio.AbstractEventLoop
        self.pool = Pool(
            connect_timeout_s=settings.connect_timeout_s,
            idle_timeout_s=settings.idle_timeout_s,
            head_limit_bytes=settings.head_limit_bytes,
            tls=_tls(settings),
        )
        self._catalog = catalog
        self._prices = prices
        self._dev_project = dev_project
        self._upstreams = UPSTREAMS | {name: _given(name, base_url) for name, base_url in settings.upstreams.items()}
        self._tasks: set[asyncio.Task[None]] = set()
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="proxy-reader")
        self._gathered: list[tuple[Envelope, Settle | None]] = []
        self._sweeping: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, on this loop."""
        self.loop = loop
        self._sweeping = loop.call_later(_SWEEP_S, self._sweep)

    async def close(self) -> None:
        """End what is still under way, with its record, and let go of every connection."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for relay in list(self.relays):
            relay.abandon("abandoned")
        self.pool.close()
        await self.loop.run_in_executor(None, self._readers.shutdown)
        # What the reader's thread handed over comes with the loop's next turn.
        await asyncio.sleep(0)
        self._hand_over()

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run what must be waited for beside the relays."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def at_work(self) -> AtWork:
        """What it does at this moment. From any thread."""
        return AtWork(calls=len(self.relays), opened=self.pool.opened, metered=self.meter.metered())

    # Whose call is it, and where does it go.

    def recall(self, presented: str) -> Policy | None:
        """The policy of a key as far as it is remembered: no I/O."""
        if presented:
            return self._catalog.recall_policy(presented)
        return self._catalog.recall_project_policy(self._dev_project) if self._dev_project is not None else None

    async def ask(self, presented: str) -> Policy | None:
        """The policy of a key, asked of the catalog; None for a key that opens nothing. Raises Unavailable."""
        policy = await asyncio.to_thread(self._catalog.policy, presented) if presented else None
        if policy is None and self._dev_project is not None:
            return await asyncio.to_thread(self._catalog.project_policy, self._dev_project)
        return policy

    def plan(self, relay: "Relay", policy: Policy) -> Plan:
        """Where a call goes, and how. Raises NotFound, BadRequest, Unauthorized."""
        told = relay.told
        split = chosen(relay.split, told.provider)
        name = split.name
        upstream = policy.upstreams.get(name) or self._upstreams.get(name)
        if told.target_url:
            known = (*policy.upstreams.values(), *self._upstreams.values())
            upstream = target_of(told.target_url, known, self.settings.target_urls)
        if upstream is None:
            known_names = ", ".join(sorted({*policy.upstreams, *self._upstreams}))
            raise NotFound(f"no upstream is called {name!r}: use one of {known_names}, or `headwater upstreams add`")
        if split is not relay.split:
            upstream = as_chosen(upstream)
        return Plan(
            told,
            policy,
            routed(split, upstream),
            relay.method,
            relay.headers,
            is_upgrade=relay.asking.framing.is_upgrade,
            injects=self.settings.is_usage_injected,
        )

    # What became of it.

    def record(self, relay: "Relay", how: End, settle: "Settle | None") -> None:
        """A call is over: its record goes to the journal, what it spent to the limits."""
        if not relay.is_admitted:
            return
        policy, told = relay.plan.policy, relay.told
        recorded = recorded_of(relay, how)
        ticket, relay.ticket = relay.ticket, None
        if told.omit_request or told.omit_response:
            self._readers.submit(self._without, partial(told_of, recorded), recorded, relay, settle)
        else:
            self.gather(_envelope("exchange", policy, recorded, recorded_to(recorded)), settle)
        if ticket is None:
            return
        is_spent = relay.answering.tunnel is None and 200 <= relay.answering.status < _FIRST_ERROR
        if not is_spent:
            ticket.done(0, 0.0)
        elif _counts_spent(policy):
            self._readers.submit(self._spend, policy.project_id, partial(told_of, recorded), ticket.done)
        else:
            ticket.done(None, None)

    def record_turn(self, relay: "Relay", turn: RecordedTurn) -> None:
        """A response on a WebSocket connection has ended."""
        policy, told = relay.plan.policy, relay.told
        if told.omit_request or told.omit_response:
            self._readers.submit(self._without, partial(told_of_turn, turn), turn.call, relay, None)
        else:
            self.gather(_envelope("turn", policy, turn.call, turn_to(turn)), None)
        if relay.ticket is not None and _counts_spent(policy):
            self._readers.submit(self._spend, policy.project_id, partial(told_of_turn, turn), relay.ticket.book)

    def _without(self, tell: Tell, recorded: Recorded, relay: "Relay", settle: "Settle | None") -> None:
        """Read the call here, so that what was said never touches the disk. On the reader's thread."""
        told, policy = relay.told, relay.plan.policy
        span = without_content(tell(), request=told.omit_request, response=told.omit_response)
        envelope = _envelope("event", policy, recorded, msgspec.msgpack.encode((span,)))
        self.loop.call_soon_threadsafe(self.gather, envelope, settle)

    def _spend(self, project: str, tell: Tell, book: Callable[[int | None, float | None], None]) -> None:
        """Book what a call used, on the reader's thread; whatever the bytes are, its place is given back."""
        tokens: int | None = None
        cost_usd: float | None = None
        try:
            span = tell()
            call = span.call
            if call is not None and call.usage is not None:
                tokens = (call.usage.input or 0) + (call.usage.output or 0)
                priced = self._prices.of(project).price(call, span.start_ns)
                cost_usd = priced.total_nanousd / 1e9 if priced is not None else None
        finally:
            book(tokens, cost_usd)

    def gather(self, envelope: Envelope, settle: "Settle | None") -> None:
        """Hand over what a few milliseconds bring in one go: waking the journal's thread costs more than a record."""
        self._gathered.append((envelope, settle))
        if len(self._gathered) == 1:
            if self.is_strict:
                self.loop.call_soon(self._hand_over)
            else:
                self.loop.call_later(_GATHER_S, self._hand_over)

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        if not gathered:
            return
        waiting = [settle for _, settle in gathered if settle is not None]

        def settled(problem: HeadwaterError | None) -> None:
            for settle in waiting:
                settle(problem)

        self.journal.offer([envelope for envelope, _ in gathered], settled)

    def _sweep(self) -> None:
        self._sweeping = self.loop.call_later(_SWEEP_S, self._sweep)
        now_ns = clock.ticks_ns()
        for relay in list(self.relays):
            relay.tick(now_ns)
        for leg in list(self.legs):
            leg.tick(now_ns)
        self.pool.sweep(clock.monotonic_s())


def _counts_spent(policy: Policy) -> bool:
    return any(limit.measure in _SPENT for limit in policy.limits)


def _envelope(door: str, policy: Policy, recorded: Recorded, body: bytes) -> Envelope:
    ended_ns = recorded.start_ns + recorded.duration_ns
    headers = {KEY_ID_HEADER: policy.key_id} if policy.key_id else {}
    return Envelope(door=door, project=policy.project_id, received_ns=ended_ns, headers=headers, items=1, body=body)


def _given(name: str, base_url: str) -> Upstream:
    """An upstream of the settings: whoever runs the server wrote it, so it may be private."""
    if name in RESERVED_NAMES:
        raise HeadwaterError(f"upstream {name!r} of the proxy's settings has the name of a page: call it otherwise")
    try:
        base_of(base_url)
    except HeadwaterError as error:
        raise HeadwaterError(f"upstream {name!r} of the proxy's settings: {error}") from error
    known = UPSTREAMS.get(name)
    given = Upstream(name=name, base_url=base_url, is_private_ok=True)
    return msgspec.structs.replace(given, credential=known.credential) if known is not None else given


def _tls(settings: ProxySettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.ca_file:
        context.load_verify_locations(settings.ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context
