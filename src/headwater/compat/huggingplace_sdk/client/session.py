"""Session: interactions that belong together, and what holds for all of them."""

from collections.abc import Mapping
from typing import Any, Protocol

from headwater.compat.forms import merged, object_in
from headwater.compat.huggingplace_sdk.client.telling import quietly

_METADATA = ("metadata", "metaData")
_USER_METADATA = ("user_metadata", "user_meta_data")


class Logging(Protocol):
    """What a session logs through: a HuggingPlace."""

    async def log(self, options: dict[str, Any]) -> None: ...
    async def log_step(self, options: dict[str, Any]) -> None: ...


class Session:
    """Its id and defaults go with everything that is logged through it; what a log says itself counts more."""

    def __init__(self, huggingplace: Logging, session_id: str, options: dict[str, Any] | None = None) -> None:
        self.huggingplace = huggingplace
        self.session_id = session_id
        self.default_metadata = _under(_METADATA, options or {})
        self.default_user_meta_data = _under(_USER_METADATA, options or {})

    async def log(self, options: dict[str, Any]) -> None:
        """Record an interaction of this session. Never raises."""
        with quietly("session.log"):
            await self.huggingplace.log(self._completed(options))

    async def log_step(self, options: dict[str, Any]) -> None:
        """Record a step of this session. Never raises."""
        with quietly("session.log_step"):
            await self.huggingplace.log_step(self._completed(options))

    def update_defaults(
        self, metadata: dict[str, Any] | None = None, user_meta_data: dict[str, Any] | None = None
    ) -> None:
        """Add to the defaults of what is logged from here on."""
        self.default_metadata = {**self.default_metadata, **(metadata or {})}
        self.default_user_meta_data = {**self.default_user_meta_data, **(user_meta_data or {})}

    def get_session_info(self) -> dict[str, Any]:
        """The id and the defaults."""
        return {
            "session_id": self.session_id,
            "default_metadata": dict(self.default_metadata),
            "default_user_meta_data": dict(self.default_user_meta_data),
        }

    def _completed(self, options: Mapping[str, Any]) -> dict[str, Any]:
        rest = {name: value for name, value in options.items() if name not in (*_METADATA, *_USER_METADATA)}
        return {
            **rest,
            "session_id": options.get("session_id") or self.session_id,
            "metadata": merged(_under(_METADATA, options), self.default_metadata),
            "user_metadata": merged(_under(_USER_METADATA, options), self.default_user_meta_data),
        }


def _under(names: tuple[str, ...], told: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under either name of a thing."""
    return merged(*(object_in(told.get(name)) for name in names))
