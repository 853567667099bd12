"""Examples: statements that people begin with. Names of columns carry their units."""

from typing import NamedTuple


class Example(NamedTuple):
    """A statement and what it asks."""

    name: str
    sql: str


EXAMPLES = (
    Example(
        "Cost per day and model",
        """SELECT
  toDate(start_time) AS day,
  model,
  sum(cost_usd) AS cost_usd
FROM calls
WHERE start_time > now() - INTERVAL 14 DAY
GROUP BY day, model
ORDER BY day, cost_usd DESC""",
    ),
    Example(
        "Latency per hour",
        """SELECT
  toStartOfHour(start_time) AS hour,
  quantile(0.5)(duration_ms) AS p50_ms,
  quantile(0.95)(duration_ms) AS p95_ms,
  count() AS calls
FROM calls
WHERE start_time > now() - INTERVAL 1 DAY
GROUP BY hour
ORDER BY hour""",
    ),
    Example(
        "Users by cost",
        """SELECT
  user_id,
  sum(cost_usd) AS cost_usd,
  count() AS calls,
  sum(input_tokens + output_tokens) AS tokens
FROM calls
WHERE start_time > now() - INTERVAL 7 DAY AND user_id != ''
GROUP BY user_id
ORDER BY cost_usd DESC
LIMIT 20""",
    ),
    Example(
        "Errors by type",
        """SELECT
  error_type,
  model,
  count() AS errors,
  max(start_time) AS last_seen
FROM calls
WHERE status = 'error' AND start_time > now() - INTERVAL 7 DAY
GROUP BY error_type, model
ORDER BY errors DESC
LIMIT 50""",
    ),
    Example(
        "Share of the input read from cache",
        """SELECT
  model,
  round(100 * sum(cache_read_tokens) / sum(input_tokens), 1) AS cached_percent,
  sum(input_tokens) AS all_input_tokens
FROM calls
WHERE start_time > now() - INTERVAL 7 DAY AND input_tokens > 0
GROUP BY model
ORDER BY all_input_tokens DESC
LIMIT 20""",
    ),
    Example(
        "Slowest tools",
        """SELECT
  tool_name,
  count() AS runs,
  quantile(0.95)(duration_ms) AS p95_ms,
  countIf(status = 'error') AS errors
FROM spans
WHERE kind = 'tool' AND start_time > now() - INTERVAL 7 DAY
GROUP BY tool_name
ORDER BY p95_ms DESC
LIMIT 20""",
    ),
    Example(
        "Dearest traces",
        """SELECT trace_id, name, cost_usd, call_count, duration_ms, start_time
FROM traces
WHERE start_time > now() - INTERVAL 7 DAY AND cost_usd IS NOT NULL
ORDER BY cost_usd DESC
LIMIT 20""",
    ),
    Example(
        "Calls whose price is unknown",
        """SELECT provider, model, count() AS calls, sum(input_tokens + output_tokens) AS tokens
FROM calls
WHERE cost_usd IS NULL AND start_time > now() - INTERVAL 30 DAY
GROUP BY provider, model
ORDER BY calls DESC
LIMIT 50""",
    ),
)
