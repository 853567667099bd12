"""State: whether Pulse is on in this process, and where what is observed goes: to the outbox of Headwater's SDK.

The outbox sends from a thread of its own, in memory that is bounded, and delivers at the end of the program and in
forks of it; so there is no worker here, and no buffer.
"""

import logging
from typing import Any

from headwater import sdk
from headwater.compat.pulse_sdk.api_config import ConfigError, ResolvedConfig
from headwater.errors import HeadwaterError

logger = logging.getLogger("headwater.compat.pulse_sdk")

_FLUSH_S = 10.0

_config: ResolvedConfig | None = None


def set_config(config: ResolvedConfig) -> None:
    """Take settings and begin to record by them, unless they say that Pulse is off. Raises ConfigError."""
    begin(config, url=config.api_url, flush_interval_s=config.flush_interval / 1000)


def begin(config: ResolvedConfig, **more: Any) -> None:
    """The same with what else Headwater's SDK may be told. Raises ConfigError."""
    global _config
    try:
        sdk.init(key=config.api_key, enabled=config.enabled, **more)
    except HeadwaterError as error:
        raise ConfigError(f"Pulse SDK: {error}") from error
    _config = config
    logger.debug("pulse is %s", "on" if config.enabled else "off")


def get_config() -> ResolvedConfig:
    """The settings. Raises RuntimeError before `init_pulse`."""
    if _config is None:
        raise RuntimeError("Pulse SDK: init_pulse() must be called before use")
    return _config


def is_enabled() -> bool:
    """Whether calls are recorded."""
    return _config is not None and _config.enabled


def flush_buffer() -> None:
    """Send what waits, for at most ten seconds. Never raises; what could not be sent goes on waiting."""
    if is_enabled():
        sdk.flush(_FLUSH_S)


def shutdown() -> None:
    """Send what waits and record nothing from then on, until `init_pulse` is called again. Never raises."""
    global _config
    if _config is not None:
        _config = None
        sdk.shutdown()


def reset_state() -> None:
    """The same as `shutdown`: nothing that was recorded is thrown away."""
    shutdown()


def start_flush_worker() -> None:
    """Nothing has to be started: the outbox has its thread as soon as something waits."""


def stop_flush_worker() -> None:
    """Send what waits."""
    flush_buffer()
