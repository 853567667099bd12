"""Curl: a recorded call as a command that asks the same again.

In:  a span.   Out: text for a shell, None for a span that is no call of a kind that can be put together again.
Rule 1: no secret is in it: the key is a variable of the reader's shell, and what looks like a secret is masked.
Rule 2: what senders wrote stands in a quoted here-document, of which a shell reads nothing but its end.
"""

import msgspec

from headwater.query import SpanShown, asked_again
from headwater.redact import Masks

_MASKS = Masks(("secrets",))
# What the reader's shell is likely to call the key.
_VARIABLES = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}


def can_curl(span: SpanShown) -> bool:
    """Whether a span is a call that can be put together again."""
    return asked_again(span) is not None


def curl_of(span: SpanShown) -> str | None:
    """Return the command."""
    again = asked_again(span)
    if again is None:
        return None
    url = f"{again.base_url}{again.path}" if again.base_url else f'"$BASE_URL{again.path}"'
    key = _VARIABLES.get(span.provider, "API_KEY")
    more = [f"'{name}: {value}'" for name, value in {**again.headers, "content-type": "application/json"}.items()]
    headers = "".join(f" \\\n  -H {header}" for header in (f'"{again.credential} ${key}"', *more))
    text = msgspec.json.format(msgspec.json.encode(_MASKS.value(again.body)), indent=2).decode()
    return f"curl {url}{headers} \\\n  --data-binary @- <<'JSON'\n{text}\nJSON"
