"""Views: what a user's SQL may see of one project, under names that stay.

Each project has a database of its own that holds nothing but these views, with the project's filter within; whoever
can reach only that database can see only that project. Content is looked up only where its column is asked for.
"""

import re
from collections.abc import Mapping

from headwater.errors import BadRequest
from headwater.store.client import Client

_PROJECT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VERSION = "1"


def project_database(project: str) -> str:
    """The database of a project's views. Raises BadRequest for a project whose id cannot be a name."""
    if not _PROJECT.fullmatch(project):
        raise BadRequest(f"project {project!r} is not 1 to 64 letters, digits, '_' or '-'")
    return f"project_{project}"


def make_views(client: Client, database: str, project: str) -> None:
    """Make or renew the views of a project; nothing is done when they are as they should be."""
    own = project_database(project)
    found = client.rows("SELECT name, comment FROM system.tables WHERE database = {own:String}", {"own": own})
    if {name: comment for name, comment in found} == dict.fromkeys(VIEWS, _VERSION):
        return
    client.command(f"CREATE DATABASE IF NOT EXISTS `{own}` ENGINE = Atomic")
    for name, sql in VIEWS.items():
        filled = sql.replace("$database", database).replace("$project", f"'{project}'")
        client.command(f"CREATE OR REPLACE VIEW `{own}`.{name} AS {filled} COMMENT '{_VERSION}'")


def _content(column: str) -> str:
    """A JSON array of the messages whose hashes a column holds."""
    content = "dictGet('$database.message_content', 'content', ($project, toString(h)))"
    return f"'[' || arrayStringConcat(arrayMap(h -> {content}, {column}), ',') || ']'"


VIEWS: Mapping[str, str] = {
    "calls": f"""
        SELECT
            trace_id, span_id, parent_span_id, name, source, operation, provider, request_model, model, response_id,
            status, status_message, error_type, start_time, end_time, duration_ns / 1e6 AS duration_ms,
            ttft_ns / 1e6 AS ttft_ms, is_stream, service_tier, finish_reasons, parameters, attempts,
            input_tokens, output_tokens, cache_read_tokens,
            cache_write_5m_tokens + cache_write_1h_tokens AS cache_write_tokens, reasoning_tokens,
            input_audio_tokens, output_audio_tokens, usage_estimated, cost_usd, price_version, reported_cost_usd,
            user_id, session_id, environment, service_name, release, tags, metadata,
            {_content("input")} AS input, {_content("output")} AS output, {_content("tools")} AS tools,
            input_preview, output_preview, received_time
        FROM $database.spans FINAL
        WHERE project = $project AND kind = 'call' AND folded_into = ''""",
    "spans": f"""
        SELECT
            trace_id, span_id, parent_span_id, name, kind, source, scope, operation, provider, request_model, model,
            tool_name, agent_name, status, status_message, error_type, stacktrace, start_time, end_time,
            duration_ns / 1e6 AS duration_ms, ttft_ns / 1e6 AS ttft_ms, input_tokens, output_tokens, cache_read_tokens,
            cache_write_5m_tokens + cache_write_1h_tokens AS cache_write_tokens, reasoning_tokens, cost_usd,
            user_id, session_id, environment, service_name, release, tags, metadata,
            {_content("input")} AS input, {_content("output")} AS output, input_preview, output_preview,
            attributes, resource, events, links, folded_into, received_time
        FROM $database.spans FINAL
        WHERE project = $project""",
    "traces": """
        SELECT
            trace_id, name, root_span_id, status, start_time, end_time, duration_ns / 1e6 AS duration_ms,
            ttft_ns / 1e6 AS ttft_ms, span_count, call_count, error_count, folded_count, orphan_count,
            input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd,
            unpriced_calls, session_id, user_id, environment, service_name, tags, kinds, models, providers, sources,
            error_types, input_preview, output_preview
        FROM $database.traces FINAL
        WHERE project = $project""",
    "sessions": """
        SELECT
            session_id, min(t.start_time) AS start_time, max(t.end_time) AS end_time, count() AS trace_count,
            sum(t.call_count) AS call_count, sum(t.error_count) AS error_count, sum(t.input_tokens) AS input_tokens,
            sum(t.output_tokens) AS output_tokens, sum(t.cost_usd) AS cost_usd, sum(t.unpriced_calls) AS unpriced_calls,
            arrayFilter(u -> u != '', groupUniqArray(t.user_id)) AS user_ids, groupUniqArrayArray(t.models) AS models
        FROM $database.traces AS t FINAL
        WHERE project = $project AND session_id != ''
        GROUP BY session_id""",
    "messages": """
        SELECT lower(hex(hash)) AS hash, kind, role, content, text, first_seen_time
        FROM $database.messages FINAL
        WHERE project = $project""",
}
"""Name to SQL; documented in the user's guide. A column may be added, never renamed or taken away."""
