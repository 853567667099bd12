"""Hints: what to do about a statement that could not run."""

import re

from headwater.errors import HeadwaterError, Unavailable

_HINTS = (
    (r"only SELECT", "The console only reads. Begin the statement with SELECT or WITH."),
    (r"SETTINGS", "Take the SETTINGS clause away; the limits of the console are fixed."),
    (
        r"was stopped: it (took|would take) longer",
        "Add a time range, such as WHERE start_time > now() - INTERVAL 1 DAY; leave out input, output and tools.",
    ),
    (r"was stopped", "Add a LIMIT, select fewer columns, or group by something of fewer values."),
    (r"(?i)unknown (table|database)|is not one of the project's views|UNKNOWN_TABLE", "Ask one of the views listed."),
    (
        r"(?i)unknown (expression|function expression|identifier)|missing columns|UNKNOWN_IDENTIFIER",
        "Check the names against the columns of the view; a text stands in single quotes: 'gpt-5'.",
    ),
    (
        r"(?i)not under aggregate function|NOT_AN_AGGREGATE",
        "Every selected column that is not within count(), sum() and the like must be named by GROUP BY.",
    ),
    (
        r"ILLEGAL_AGGREGATION",
        "Give a sum another name than the column it is of, or put its condition into HAVING.",
    ),
    (r"(?i)syntax error", "The engine could not read on at the place that it names; look just before it."),
    (
        r"function .* cannot be used|table function",
        "Use a function that only computes; there is no way to files or nets.",
    ),
    (r"(?i)unknown function|UNKNOWN_FUNCTION", "Check the function's name; functions are those of ClickHouse."),
    (r"fit into an address", "Shorten it, or send it with POST /api/headwater/v1/query or `headwater query`."),
)


def hint(error: HeadwaterError) -> str:
    """Return what somebody can do about it, in a sentence."""
    if isinstance(error, Unavailable):
        return "The store cannot answer just now. Wait a moment and run it again; the health page tells what is wrong."
    text = str(error)
    found = next((words for pattern, words in _HINTS if re.search(pattern, text)), None)
    return found or "Correct the statement and run it again."
