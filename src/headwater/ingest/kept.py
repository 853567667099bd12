"""Kept: which headers an envelope keeps, and the envelope of a request that carries a tally and no items."""

from collections.abc import Mapping

from headwater.clock import now_ns
from headwater.event import KEY_ID_HEADER, TALLY_HEADER, Envelope, tally_from

_KEPT = (
    "content-type",
    "content-encoding",
    "user-agent",
    "x-langfuse-sdk-name",
    "x-langfuse-sdk-version",
    "x-langfuse-ingestion-version",
)


def kept_headers(headers: Mapping[str, str], key_id: str) -> dict[str, str]:
    """What matters for reading, never a credential, and the id of the key that brought it ("" for none); a tally only
    where it can be read."""
    kept = {name: headers[name] for name in _KEPT if name in headers}
    if key_id:
        kept[KEY_ID_HEADER] = key_id
    if tally_from(headers.get(TALLY_HEADER, "")) is not None:
        kept[TALLY_HEADER] = headers[TALLY_HEADER]
    return kept


def tally_alone(headers: Mapping[str, str], project: str, key_id: str) -> Envelope | None:
    """The envelope of a tally that came without items that could be taken; None where none came."""
    kept = kept_headers(headers, key_id)
    if TALLY_HEADER not in kept:
        return None
    only = {name: kept[name] for name in (TALLY_HEADER, KEY_ID_HEADER) if name in kept}
    return Envelope(door="tally", project=project, received_ns=now_ns(), headers=only)
