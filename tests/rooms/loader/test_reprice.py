"""Calls are priced anew: every sum agrees after it, whatever is killed, comes again or changes meanwhile."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from headwater.errors import BadRequest, Unavailable
from headwater.event import Call, Span, Usage
from headwater.loader import LoaderSettings, Repricing
from headwater.pricing import OwnPrice
from headwater.query import Questions
from headwater.store import Store
from tests.rooms.loader.line import Line
from tests.rooms.loader.memory_store import KilledHere, MemoryStore
from tests.rooms.store.fronts import Front

_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND
_START_NS = 1_795_003_200 * _SECOND
_END_NS = _START_NS + 100 * _MINUTE
_numbers = itertools.count(1)
_FEW_AT_A_TIME = LoaderSettings(block_age_s=0.0, settle_s=0, reprice_calls=3)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A real store, with tables and nothing in them."""
    front = Front(tmp_path_factory.mktemp("store"))
    store = front.store()
    store.migrate()
    yield store
    front.stop()


class Failing:
    """What stands before a store, or before its re-pricing, and raises when a method is asked for the nth time."""

    def __init__(self, of: Any, method: str, error: BaseException, times: int = 1) -> None:
        self._of, self._method, self._error, self._left = of, method, error, times

    def __getattr__(self, name: str) -> Any:
        if name == "repricing" and not hasattr(self._of.repricing, self._method):
            return self._of.repricing
        if name == "repricing":
            # One that is asked again and again: what it has counted stays with it.
            self.__dict__["repricing"] = Failing(self._of.repricing, self._method, self._error, self._left)
            return self.__dict__["repricing"]
        if name == self._method:
            self._left -= 1
            if self._left == 0:
                raise self._error
        return getattr(self._of, name)


class Scene:
    """A project of its own on a line that leads into the real store."""

    def __init__(self, line: Line, store: Store) -> None:
        line.store = cast("MemoryStore", store)
        self.line, self.store = line, store
        self.project = f"repriced{next(_numbers)}"
        self.ask = Questions(store, self.project, prices=lambda: line.prices.of(self.project))

    def send(self, *spans: Span) -> None:
        self.line.append(msgspec.msgpack.encode(spans), "event", project=self.project, items=len(spans))
        self.line.load(_FEW_AT_A_TIME)
        assert self.line.reasons() == []

    def arrive(self, *spans: Span) -> None:
        """Have spans come to a loader that is at work."""
        self.line.append(msgspec.msgpack.encode(spans), "event", project=self.project, items=len(spans))
        self.line.await_loaded()

    def set_price(self, *usd: float, **fields: Any) -> None:
        """Have these prices of input tokens, one after the other; none where none is given."""
        self.line.prices.replace([_own(f"p{number}", each, **fields) for number, each in enumerate(usd)])

    def reprice(self, since_ns: int = 0, until_ns: int = _END_NS) -> Repricing:
        wish = self.ask_for(since_ns, until_ns)
        self.line.load(_FEW_AT_A_TIME)
        found = self.line.ledger.repricings.one(wish)
        assert found is not None
        return found

    def ask_for(self, since_ns: int = 0, until_ns: int = _END_NS) -> int:
        return self.line.ledger.repricings.ask(self.project, since_ns, until_ns, "Ada")

    def sums(self) -> tuple[int, int]:
        """Nano-dollars and calls without a price: the same wherever they are asked for."""
        self.store.ensure_project(self.project)
        sql = "SELECT toInt64(sum({0}) * 1000000000), {1} FROM {2}"
        of_calls = self.ask.sql(sql.format("cost_usd", "countIf(cost_usd IS NULL)", "calls")).rows[0]
        of_traces = self.ask.sql(sql.format("cost_usd", "sum(unpriced_calls)", "traces")).rows[0]
        totals = self.ask.totals(0, _END_NS)
        points = self.ask.series(start=_START_NS, end=_END_NS, step_s=3600).series[0].points
        found = (of_calls[0] or 0, of_calls[1])
        assert (of_traces[0] or 0, of_traces[1]) == found
        assert (round(totals.cost_usd * 1e9), totals.unpriced_calls) == found
        assert (round(sum(each.cost_usd for each in points) * 1e9), sum(p.unpriced_calls for p in points)) == found
        return found


@pytest.fixture
def scene(tmp_path: Path, store: Store) -> Iterator[Scene]:
    # A block's token is made of its writer and positions, and the store knows those of the tests before.
    line = Line(tmp_path, f"edge-r{next(_numbers)}")
    yield Scene(line, store)
    line.close()


def _own(price_id: str, usd: float, **fields: Any) -> OwnPrice:
    told: dict[str, Any] = {"model": "house-*", "usd_per_million": {"input": Decimal(str(usd)), "output": Decimal(1)}}
    return OwnPrice(id=price_id, **{**told, **fields})


def call(number: int, at_minute: float = 0.0, trace: int = 0, **fields: Any) -> Span:
    """A call of 1,000 input tokens, in a trace of its own where none is named."""
    told: dict[str, Any] = {"usage": Usage(input=1000, output=0), "reported_cost_usd": 9.0, **fields}
    start_ns = _START_NS + int(at_minute * _MINUTE)
    return Span(
        trace_id=f"{trace or number:032x}",
        span_id=f"{number:016x}",
        name="chat",
        kind="call",
        start_ns=start_ns,
        end_ns=start_ns + _SECOND,
        status="ok",
        call=Call(provider="ours", request_model="house-7b", response_model="house-7b", **told),
    )


def test_calls_without_a_price_get_one_and_every_sum_agrees(scene: Scene) -> None:
    scene.send(*[call(number, number) for number in range(1, 11)], call(11, 11, usage=None))
    assert scene.sums() == (0, 11)
    scene.set_price(2)
    found = scene.reprice()
    assert (found.state, found.total, found.seen, found.changed, found.asked_by) == ("done", 11, 11, 10, "Ada")
    assert scene.sums() == (10 * 2_000_000, 1)
    shown = scene.ask.span(f"{1:032x}", f"{1:016x}")
    assert (shown.price_version, shown.reported_cost_usd) == ("own:p0", 9.0)
    assert [(line.bucket, line.tokens, line.usd_per_million) for line in shown.price_lines] == [("input", 1000, 2.0)]


def test_a_price_that_is_gone_leaves_the_cost_unknown_and_not_zero(scene: Scene) -> None:
    scene.set_price(2)
    scene.send(call(1), call(2))
    scene.set_price()
    assert scene.reprice().changed == 2
    assert scene.sums() == (0, 2)
    assert scene.ask.span(f"{1:032x}", f"{1:016x}").cost_usd is None


def test_only_the_stretch_and_only_what_differs_is_written(scene: Scene) -> None:
    scene.send(*[call(number, number) for number in range(1, 9)])
    scene.set_price(1)
    assert scene.reprice(_START_NS + 3 * _MINUTE, _START_NS + 5 * _MINUTE).changed == 2
    assert scene.sums() == (2 * 1_000_000, 6)
    again = scene.reprice()
    assert (again.seen, again.changed) == (8, 6)
    assert scene.reprice().changed == 0


def test_a_minute_of_many_calls_is_done_in_parts(scene: Scene) -> None:
    scene.send(*[call(number, 1) for number in range(1, 30)])
    scene.set_price(1)
    found = scene.reprice()
    assert (found.seen, found.changed) == (29, 29)
    assert scene.sums() == (29 * 1_000_000, 0)


@pytest.mark.parametrize("step", ["calls", "mark_pending", "insert_spans", "put_costs_right", "recount"])
def test_a_loader_that_died_at_any_step_goes_on_where_it_was(scene: Scene, step: str) -> None:
    scene.send(*[call(number, number // 2, trace=number // 4 + 1) for number in range(1, 13)])
    scene.set_price(3)
    wish = scene.ask_for()
    scene.line.store = cast("MemoryStore", Failing(scene.store, step, KilledHere(), times=2))
    scene.line.load_until_killed(_FEW_AT_A_TIME)
    scene.line.store = cast("MemoryStore", scene.store)
    scene.line.load(_FEW_AT_A_TIME)
    assert scene.sums() == (12 * 3_000_000, 0)
    found = scene.line.ledger.repricings.one(wish)
    assert found is not None
    assert (found.state, found.seen) == ("done", 12)


def test_a_store_that_is_away_is_waited_for(scene: Scene) -> None:
    scene.send(call(1), call(2, 1))
    scene.set_price(3)
    scene.line.store = cast("MemoryStore", Failing(scene.store, "insert_spans", Unavailable("gone")))
    assert scene.reprice().state == "done"
    assert scene.sums() == (2 * 3_000_000, 0)


def test_what_is_wrong_with_it_ends_a_wish_and_not_the_loader(scene: Scene) -> None:
    scene.send(call(1))
    scene.set_price(3)
    scene.line.store = cast("MemoryStore", Failing(scene.store, "rows", ValueError("odd")))
    found = scene.reprice()
    assert (found.state, found.problem) == ("failed", "ValueError: odd")
    scene.send(call(2))
    assert scene.sums() == (3_000_000, 1)


def test_a_call_that_comes_again_or_folds_after_it_is_right(scene: Scene) -> None:
    with scene.line.running(_FEW_AT_A_TIME):
        scene.arrive(call(1, trace=1), call(2, 1, trace=1, response_id="r2"))
        scene.set_price(2)
        scene.ask_for()
        scene.line.await_loaded()
        scene.arrive(call(1, trace=1), call(3, 2, trace=1))
        assert scene.sums() == (3 * 2_000_000, 0)
        scene.arrive(call(4, 1, trace=1, response_id="r2"))
        assert scene.sums() == (3 * 2_000_000, 0)
        scene.line.ledger.ask_reload("journal", 0, 2**62)
        scene.line.await_loaded()
    assert scene.sums() == (3 * 2_000_000, 0)


def test_what_is_shown_before_is_what_comes_of_it(scene: Scene) -> None:
    own = {"usd_per_million": {"input": Decimal("0.0375"), "output": Decimal("0.3")}}
    told = [Usage(input=number * 7919, cache_read=number, output=number * 13) for number in range(1, 12)]
    scene.send(*[call(number, number, usage=usage) for number, usage in enumerate(told, 1)], call(20, usage=None))
    scene.set_price(1, **own)
    shown = scene.ask.price_change(end=_END_NS).whole
    assert (shown.before_usd, shown.before_unpriced) == (0, 12)
    assert shown.changed_calls == scene.reprice().changed
    assert (round(shown.after_usd * 1e9), shown.after_unpriced) == scene.sums()
    assert scene.ask.price_change().whole.changed_calls == 0


def test_prices_of_one_project_are_not_those_of_another(scene: Scene) -> None:
    scene.send(call(1))
    scene.line.prices.replace([_own("a", 2, project=scene.project), _own("b", 5), _own("c", 7, project="else")])
    scene.reprice()
    assert scene.sums() == (2_000_000, 0)


def test_prices_that_change_meanwhile_begin_it_anew(scene: Scene) -> None:
    scene.send(*[call(number, number) for number in range(1, 10)])
    scene.set_price(1)
    wish = scene.ask_for()
    scene.line.store = cast("MemoryStore", Failing(scene.store, "recount", KilledHere(), 2))
    scene.line.load_until_killed(_FEW_AT_A_TIME)
    scene.line.store = cast("MemoryStore", scene.store)
    scene.set_price(4)
    scene.line.load(_FEW_AT_A_TIME)
    assert scene.sums() == (9 * 4_000_000, 0)
    found = scene.line.ledger.repricings.one(wish)
    assert found is not None
    assert (found.seen, found.changed) == (9, 9)


def test_a_running_loader_heeds_prices_that_change(scene: Scene) -> None:
    with scene.line.running(_FEW_AT_A_TIME):
        scene.arrive(call(1))
        scene.set_price(6)
        scene.arrive(call(2))
    assert scene.sums() == (6_000_000, 1)


def test_one_at_a_time_is_asked_for_and_it_can_be_stopped(scene: Scene) -> None:
    wishes = scene.line.ledger.repricings
    wish = scene.ask_for()
    with pytest.raises(BadRequest, match="already"):
        scene.ask_for()
    with pytest.raises(BadRequest, match="start: "):
        wishes.ask("other", 5, 5)
    assert wishes.stop(wish)
    assert not wishes.stop(wish)
    assert [each.state for each in wishes.of_project(scene.project)] == ["stopped"]
    assert not wishes.report(msgspec.structs.replace(wishes.of_project(scene.project)[0], state="done"))
    scene.ask_for()
