"""Analysis: what the calls and the spans of a stretch of time come to, as Pulse's server adds them up.

Costs are in cents, rates in per cent, times in milliseconds.
"""
# ruff: noqa: S608 - statements are made of our own words, of numbers, and of texts in hexadecimal.

from collections.abc import Mapping
from typing import Any

from headwater.compat.desk import Asked
from headwater.compat.pulse_sdk.shapes import cents
from headwater.compat.pulse_sdk.shown import COST, Row, rows
from headwater.compat.pulse_sdk.wanted import KIND, SOURCE, one_of, stretch
from headwater.query import Questions

_PERIODS = {"day": "formatDateTime(start_time, '%Y-%m-%d')", "hour": "formatDateTime(start_time, '%Y-%m-%d %H:00:00')"}
_TOP_MODELS, _TOP_TOOLS = 5, 10

_CENTS = f"ifNull(sum({COST}), 0)"
_ERRORS = "countIf(status = 'error')"
# Of nothing it is not a number, which is told as null.
_DURATION = "avg(duration_ms)"
_TOTALS: Mapping[str, str] = {
    "requests": "count()",
    "errors": _ERRORS,
    "sessions": "uniqExactIf(session_id, session_id != '')",
    "input": "sum(ifNull(input_tokens, 0))",
    "output": "sum(ifNull(output_tokens, 0))",
    "usd": _CENTS,
    "latency": _DURATION,
}
_PROVIDER = "if(provider != '', provider, 'sdk')"


def analytics(questions: Questions, asked: Asked) -> dict[str, Any]:
    """What calls cost and how they went. Raises Misasked."""
    within = f"WHERE {stretch(asked.query)}"
    group = one_of(asked.query, "group_by", "day", "hour", "model", "provider")
    (total,) = rows(questions, _TOTALS, "calls", within)
    requests, sessions = int(total["requests"]), int(total["sessions"])
    tokens = {"input": int(total["input"]), "output": int(total["output"])}
    cost, all_tokens = cents(total["usd"]), sum(tokens.values())
    return {
        "totalCost": cost,
        "totalRequests": requests,
        "totalSessions": sessions,
        "totalTokens": {**tokens, "total": all_tokens},
        "avgLatency": total["latency"] or 0,
        "errorRate": _share(100 * int(total["errors"]), requests),
        "costOverTime": _cost_over_time(questions, within, _PERIODS.get(group, _PERIODS["day"])),
        "costByProvider": _cost_by_provider(questions, within),
        "topModels": _top_models(questions, within),
        "computed": {
            "costPerRequest": _share(cost, requests),
            "tokensPerRequest": _share(all_tokens, requests),
            "costPer1kTokens": _share(cost, all_tokens) * 1000,
            "tracesPerSession": _share(requests, sessions),
            "avgInputTokens": _share(tokens["input"], requests),
            "avgOutputTokens": _share(tokens["output"], requests),
        },
    }


def span_analytics(questions: Questions, asked: Asked) -> dict[str, Any]:
    """What spans of all kinds come to. Raises Misasked."""
    within = f"WHERE folded_into = '' AND {stretch(asked.query)}"
    period = _PERIODS[one_of(asked.query, "group_by", "day", "hour")]
    columns = {"spans": "count()", "errors": _ERRORS, "duration": _DURATION}
    (total,) = rows(questions, columns, "spans", within)
    kinds = _counted(questions, "kind", KIND, within)
    by_kind = {row["kind"]: row["count"] for row in kinds}
    spans, errors = int(total["spans"]), int(total["errors"])
    named = f"{within} AND kind = 'tool' AND tool_name != ''"
    return {
        "agentRuns": by_kind.get("agent_run", 0),
        "toolCalls": by_kind.get("tool_use", 0),
        "avgSessionDurationMs": _session_duration(questions, within),
        "successRate": _share(100 * (spans - errors), spans),
        "topTools": _counted(questions, "name", "tool_name", named)[:_TOP_TOOLS],
        "totalSpans": spans,
        "errorRate": _share(100 * errors, spans),
        "avgDurationMs": total["duration"] or 0,
        "spansByKind": kinds,
        "spansBySource": _counted(questions, "source", SOURCE, within),
        "spansOverTime": sorted(_counted(questions, "period", period, within), key=lambda row: row["period"]),
        "serviceStats": _services(questions, within),
    }


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0


def _cost_over_time(questions: Questions, within: str, period: str) -> list[Row]:
    columns = {"period": period, "provider": _PROVIDER, "costCents": _CENTS}
    found = rows(questions, columns, "calls", f"{within} GROUP BY 1, 2 ORDER BY 1, 2")
    return [{**row, "costCents": cents(row["costCents"])} for row in found]


def _cost_by_provider(questions: Questions, within: str) -> list[Row]:
    columns = {"provider": _PROVIDER, "costCents": _CENTS, "requests": "count()"}
    found = rows(questions, columns, "calls", f"{within} GROUP BY 1 ORDER BY 2 DESC, 1")
    return [{**row, "costCents": cents(row["costCents"]), "requests": int(row["requests"])} for row in found]


def _top_models(questions: Questions, within: str) -> list[Row]:
    columns = {
        "provider": _PROVIDER,
        "model": "if(request_model != '', request_model, 'unknown')",
        "requests": "count()",
        "costCents": _CENTS,
        "avgLatency": _DURATION,
        "totalTokens": "sum(ifNull(input_tokens, 0) + ifNull(output_tokens, 0))",
        "errorRate": f"100 * {_ERRORS} / count()",
    }
    found = rows(questions, columns, "calls", f"{within} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {_TOP_MODELS}")
    return [
        {
            **row,
            "requests": int(row["requests"]),
            "costCents": cents(row["costCents"]),
            "totalTokens": int(row["totalTokens"]),
        }
        for row in found
    ]


def _counted(questions: Questions, name: str, sql: str, within: str) -> list[Row]:
    """How often each value is there, the most frequent first."""
    found = rows(questions, {name: sql, "count": "count()"}, "spans", f"{within} GROUP BY 1 ORDER BY 2 DESC, 1")
    return [{**row, "count": int(row["count"])} for row in found]


def _session_duration(questions: Questions, within: str) -> float:
    lengths = (
        "SELECT toUnixTimestamp64Milli(max(end_time)) - toUnixTimestamp64Milli(min(start_time)) AS length"
        f" FROM spans {within} AND session_id != '' GROUP BY session_id"
    )
    (found,) = rows(questions, {"mean": "avg(length)"}, f"({lengths})", "")
    return found["mean"] or 0


def _services(questions: Questions, within: str) -> list[Row]:
    columns = {
        "service": "service_name",
        "requests": "count()",
        "errors": _ERRORS,
        "avgDurationMs": _DURATION,
    }
    found = rows(questions, columns, "spans", f"{within} AND service_name != '' GROUP BY 1 ORDER BY 2 DESC, 1")
    return [{**row, "requests": int(row["requests"]), "errors": int(row["errors"])} for row in found]
