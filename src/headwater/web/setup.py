"""Setup: what the server was told when it started, as the settings pages and the API show it."""

from typing import Literal

import msgspec

from headwater.access import Upstream

Origin = Literal["default", "environment", "command line"]


class SettingShown(msgspec.Struct, frozen=True, kw_only=True):
    """A setting in force. `value` is text in which secrets are masked, `room` the group it is documented in,
    `says` what it does, `origin` who said so."""

    variable: str
    value: str
    origin: Origin
    room: str
    says: str


class UpstreamSet(msgspec.Struct, frozen=True, kw_only=True):
    """An upstream that needs no catalog; `is_built_in` is False for one of HEADWATER_PROXY_UPSTREAMS."""

    upstream: Upstream
    is_built_in: bool


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What does not change while the server runs.

    `upstreams` by name. `client_bases`: a name of an upstream → what follows `<address>/<name>` in the base URL of a
    client, as far as it is known.
    """

    settings: tuple[SettingShown, ...] = ()
    upstreams: tuple[UpstreamSet, ...] = ()
    client_bases: dict[str, str] = {}
