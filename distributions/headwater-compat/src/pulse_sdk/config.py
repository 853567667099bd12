"""Settings of `init_pulse`."""

from headwater.compat.pulse_sdk.api_config import DEFAULT_API_URL as DEFAULT_API_URL
from headwater.compat.pulse_sdk.api_config import DEFAULT_BATCH_SIZE as DEFAULT_BATCH_SIZE
from headwater.compat.pulse_sdk.api_config import DEFAULT_ENABLED as DEFAULT_ENABLED
from headwater.compat.pulse_sdk.api_config import DEFAULT_FLUSH_INTERVAL as DEFAULT_FLUSH_INTERVAL
from headwater.compat.pulse_sdk.api_config import ConfigError as ConfigError
from headwater.compat.pulse_sdk.api_config import ResolvedConfig as ResolvedConfig
from headwater.compat.pulse_sdk.api_config import load_config as load_config
