"""Sessions, defaults, traces over processes and threads."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import headwater
from tests.receiving import Receiver

_REMOTE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_session_holds_for_all_within_it(receiver: Receiver):
    session = headwater.session("chat-1", user="u-1", metadata={"plan": "pro", "seats": 3}, tags=["web"])
    with session, headwater.span("inside"):
        pass
    with headwater.span("outside"):
        pass
    inside, outside = receiver.span("inside"), receiver.span("outside")
    assert (inside.session_id, inside.user_id, inside.tags) == ("chat-1", "u-1", ("web",))
    assert inside.metadata == {"plan": "pro", "seats": "3"}
    assert (outside.session_id, outside.user_id, outside.tags, outside.metadata) == ("", "", (), {})


def test_an_inner_session_adds_to_the_outer_one(receiver: Receiver):
    with (
        headwater.session("outer", user="u-1", metadata={"a": "1", "b": "1"}, tags=["one"]),
        headwater.session("inner", metadata={"b": "2"}, tags=["two", "one"]),
        headwater.span("within"),
    ):
        pass
    told = receiver.span("within")
    assert (told.session_id, told.user_id, told.tags) == ("inner", "u-1", ("one", "two"))
    assert told.metadata == {"a": "1", "b": "2"}


async def test_a_session_decorates_functions_of_any_sort(receiver: Receiver):
    @headwater.session(user="plain")
    def plain() -> None:
        with headwater.span("plain"):
            pass

    @headwater.session(user="async")
    async def waiting() -> None:
        with headwater.span("async"):
            await asyncio.sleep(0)

    plain()
    await waiting()
    assert {span.name: span.user_id for span in receiver.spans()} == {"plain": "plain", "async": "async"}


def test_defaults_hold_for_the_process_and_a_session_overrules_them(receiver: Receiver):
    headwater.defaults(session="process", tags=["batch"])

    def work() -> None:
        with headwater.span("thread"):
            pass

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    with headwater.session("own"), headwater.span("own"):
        pass
    assert (receiver.span("thread").session_id, receiver.span("thread").tags) == ("process", ("batch",))
    assert (receiver.span("own").session_id, receiver.span("own").tags) == ("own", ("batch",))


def test_a_thread_starts_a_trace_of_its_own_unless_it_is_carried(receiver: Receiver):
    def work(name: str) -> str:
        with headwater.span(name):
            return name

    with headwater.session("chat"), headwater.span("root"), ThreadPoolExecutor(4) as pool:
        carried = headwater.carry(work)
        names = [*pool.map(carried, [f"carried {number}" for number in range(8)])]
        assert pool.submit(work, "alone").result() == "alone"
    root = receiver.span("root")
    for name in names:
        assert (receiver.span(name).parent_span_id, receiver.span(name).session_id) == (root.span_id, "chat")
    assert receiver.span("alone").parent_span_id == ""
    assert receiver.span("alone").trace_id != root.trace_id


def test_outgoing_headers_name_the_current_span(receiver: Receiver):
    assert headwater.headers() == {}
    with headwater.span("asking") as span:
        assert headwater.headers() == {"traceparent": span.traceparent}
        assert span.traceparent == f"00-{span.trace_id}-{span.span_id}-01"


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": _REMOTE},
        {"TraceParent": f" {_REMOTE} ", "accept": "*/*"},
        [(b"host", b"x"), (b"traceparent", _REMOTE.encode())],
        _REMOTE,
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what.comes.later",
    ],
)
def test_incoming_headers_continue_a_trace(receiver: Receiver, headers: object):
    with headwater.continue_from(headers), headwater.span("served"):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        pass
    told = receiver.span("served")
    assert (told.trace_id, told.parent_span_id) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        "",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        f"{_REMOTE}-more",
        _REMOTE.upper().replace("00-", "00-", 1),
        "ff" + _REMOTE[2:],
        "00-" + "0" * 32 + _REMOTE[35:],
        _REMOTE[:36] + "0" * 16 + "-01",
        _REMOTE.replace("c80319c", "c80319g"),
        [("traceparent", _REMOTE), ("traceparent", _REMOTE.replace("b7", "c7"))],
    ],
)
def test_a_bad_header_begins_a_new_trace(receiver: Receiver, headers: object):
    with headwater.continue_from(headers), headwater.span("served"):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        pass
    told = receiver.span("served")
    assert told.parent_span_id == ""
    assert told.trace_id != "0af7651916cd43dd8448eb211c80319c"


def test_what_another_process_does_not_sample_is_not_recorded(receiver: Receiver):
    with headwater.continue_from(_REMOTE[:-2] + "00"):
        with headwater.span("quiet") as span:
            assert span.traceparent.endswith("-00")
            with headwater.span("quiet too"):
                pass
        with headwater.session("still"), headwater.span("also quiet"):
            pass
    with headwater.span("loud"):
        pass
    assert [span.name for span in receiver.spans()] == ["loud"]


def test_a_trace_is_sampled_whole_and_by_its_id(receiver: Receiver):
    headwater.init(url=receiver.url, sample_rate=0.5)
    traces: set[str] = set()
    for _ in range(200):
        with headwater.span("outer") as outer, headwater.span("inner"):
            traces.add(outer.trace_id)
    kept = {trace for trace in traces if int(trace[16:], 16) < 2**63}
    assert 20 < len(kept) < 180
    spans = receiver.spans()
    assert {span.trace_id for span in spans if span.name == "outer"} == kept
    assert sorted(span.trace_id for span in spans if span.name == "inner") == sorted(kept)
