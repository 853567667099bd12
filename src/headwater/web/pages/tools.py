"""Tools: the row over a list: how much the filters leave, live, columns, and the list as a file."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.query import Selection, Totals
from headwater.web.api.export import MAX_ROWS
from headwater.web.asked import Explored, query_pairs
from headwater.web.columns import Column
from headwater.web.pages.heads import choosable
from headwater.web.rendering import Here

_API = "/api/headwater/v1"
FORMATS = (("CSV", "csv"), ("JSON Lines", "jsonl"), ("Parquet", "parquet"))


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters leave, and its sums; `lacking` calls have no known price."""

    count: int
    cost_usd: float
    tokens: int
    lacking: int
    has_cost: bool


class Export(msgspec.Struct, frozen=True):
    """A link to the list as a file."""

    name: str
    href: str


def sum_of_traces(selection: Selection) -> Sum:
    """Return the sums of the traces that the filters leave."""
    return Sum(
        count=selection.traces,
        cost_usd=selection.cost_usd,
        tokens=selection.input_tokens + selection.output_tokens,
        lacking=selection.unpriced_calls,
        has_cost=selection.calls > selection.unpriced_calls,
    )


def sum_of_calls(totals: Totals) -> Sum:
    """Return the sums of the calls that the filters leave."""
    return Sum(
        count=totals.calls,
        cost_usd=totals.cost_usd,
        tokens=totals.input_tokens + totals.output_tokens,
        lacking=totals.unpriced_calls,
        has_cost=totals.calls > totals.unpriced_calls,
    )


def tools(
    asked: Explored, here: Here, thing: str, columns: Sequence[Column], shown: Sequence[Column], summed: Sum | None
) -> dict[str, Any]:
    """Return what the row's template needs; `thing` is traces or calls, the last word of the list's address."""
    place = f"/{thing}"
    return {
        "thing": thing,
        "summed": summed,
        "sum_link": here.link_pairs(f"{place}/sum", query_pairs(asked)),
        "choosable": choosable(columns, shown),
        "own_columns": tuple(dict.fromkeys(asked.column)),
        "usual_columns": here.link_pairs(place, query_pairs(asked, column=None)),
        "without_columns": [(name, value) for name, value in query_pairs(asked, column=None) if name != "project"],
        "exports": [
            Export(name, here.link_pairs(f"{_API}/export/{thing}", [*_as_shown(asked, shown), ("format", key)]))
            for name, key in FORMATS
        ],
        "max_rows": MAX_ROWS,
    }


def _as_shown(asked: Explored, shown: Sequence[Column]) -> list[tuple[str, str]]:
    """What was asked, with the columns that are shown, also where they are the usual ones."""
    return query_pairs(asked, column=[column.key for column in shown if column.key != "name"])
