"""Probe: whether the server is there and knows a key. It goes to this one address: no proxy, no redirect."""

import json
from urllib.parse import urlsplit

_PATH = "/v2/chatgpt/store_generated_response"
# The server answers this one as it answers a record, and does not show it.
_BODY = json.dumps({"user_prompt": "connection_test", "response": "test_response"}).encode()


def is_reached(url: str, key: str, timeout_s: float) -> bool:
    """Ask; blocks for at most about `timeout_s`. Never raises."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # it brings much that only this needs

    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=timeout_s)
        try:
            connection.request("POST", _PATH, _BODY, headers)
            return connection.getresponse().status == 200
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError):
        return False
