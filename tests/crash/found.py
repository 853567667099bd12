"""What is found again of what was sent: each acknowledged span once and whole, nothing twice."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tests.sending import Sent, texts_of
from tests.serving import Server

_AT_ONCE = 500
_FIELDS = "trace_id, name, input_tokens, output_tokens, input, output"
Row = tuple[Any, ...]


def assert_all_there(server: Server, acknowledged: Sequence[Sent], refused: Iterable[Sent] = ()) -> None:
    """Compare the store with what was sent; `refused` may be there or not, but only once."""
    known = {sent.span_id: sent for sent in (*refused, *acknowledged)}
    rows = _rows(server)
    twice = [span_id for span_id, count in Counter(span_id for span_id, _ in rows).items() if count > 1]
    found = dict(rows)
    assert twice == [], "spans that are there twice"
    assert [sent.number for sent in acknowledged if sent.span_id not in found] == [], "acknowledged, and gone"
    assert set(found) <= set(known), "spans that nobody sent"
    torn = [(row, row_of(known[span_id])) for span_id, row in found.items() if row != row_of(known[span_id])]
    assert torn == [], "spans that are not whole"
    assert_totals_agree(server)


def assert_totals_agree(server: Server) -> None:
    """The sums over traces are those over calls."""
    sums = "sum(input_tokens), sum(output_tokens)"
    calls = server.sql(f"SELECT count(), {sums} FROM calls")
    assert server.sql(f"SELECT sum(call_count), {sums} FROM traces") == calls
    assert server.sql("SELECT sum(span_count) FROM traces") == server.sql("SELECT count() FROM spans")


def assert_whole_by_api(server: Server, sent: Sent) -> None:
    """All of one span over the API, the long attribute that lies outside its row too."""
    answer = server.request("GET", f"/api/headwater/v1/traces/{sent.trace_id}/spans/{sent.span_id}")
    assert answer.status == 200, answer.body
    attributes = answer.json()["attributes"]
    assert attributes["test.payload"] == sent.payload
    assert str(attributes["test.number"]) == str(sent.number)


def row_of(sent: Sent) -> Row:
    """What the store must say of a span."""
    told = ([sent.question], [sent.answer])
    return (sent.trace_id, f"chat {sent.number}", sent.input_tokens, sent.output_tokens, *told)


def _rows(server: Server) -> list[tuple[str, Row]]:
    """Every call that is there, by span id, as `row_of` has it."""
    rows: list[tuple[str, Row]] = []
    count = server.sql("SELECT count() FROM calls")[0][0]
    while len(rows) < count:
        page = f"SELECT span_id, {_FIELDS} FROM calls ORDER BY span_id LIMIT {_AT_ONCE} OFFSET {len(rows)}"
        more = server.sql(page)
        assert more, "the number of calls changes while it is looked at"
        rows += [(span_id, (*fields, texts_of(asked), texts_of(told))) for span_id, *fields, asked, told in more]
    return rows
