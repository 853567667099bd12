"""`headwater.init`: what a program says to the SDK, if it says anything."""

from collections.abc import Sequence

from headwater.sdk.client import open_with
from headwater.sdk.settings import Compression, Content, Headers, Redact


def init(
    *,
    url: str | None = None,
    key: str | None = None,
    headers: Headers | None = None,
    service_name: str | None = None,
    environment: str | None = None,
    release: str | None = None,
    enabled: bool | None = None,
    sample_rate: float | None = None,
    content: Content | None = None,
    masks: Sequence[str] | str | None = None,
    redact: Redact | None = None,
    text_limit: int | None = None,
    call_limit_bytes: int | None = None,
    queue_bytes: int | None = None,
    flush_interval_s: float | None = None,
    timeout_s: float | None = None,
    exit_timeout_s: float | None = None,
    retry_for_s: float | None = None,
    compression: Compression | None = None,
    spool: str | None = None,
) -> None:
    """Say where records go and what they may hold. Nothing has to be said: each setting has a default.

    What is not given here is taken from the environment (HEADWATER_URL, HEADWATER_KEY, ... by the same names in
    capitals), then from the credentials file that `headwater serve` leaves for its user, then from the defaults; what
    each means stands at `headwater.SdkSettings`. Called again with other settings, these replace the ones before,
    and what waits is sent to where it was meant to go, for at most `exit_timeout_s`; the same settings change nothing.

    Raises HeadwaterError for an argument that cannot be, naming it. It is the only function here that raises.
    """
    open_with(locals())
