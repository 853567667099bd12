"""API: the questions as JSON under /api/headwater/v1, described by an OpenAPI document.

In:  a project key (x-headwater-key, or Authorization: Bearer) or a browser session.
Out: answers as msgspec writes them.
Rule 1: every page's data can be had here, with the same words in the query string.
Rule 2: an error is {"error": {"type", "message", "field"?}}; its type is one of a table.
"""
