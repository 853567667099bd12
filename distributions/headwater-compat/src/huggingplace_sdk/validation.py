"""`huggingplace_sdk.validation`, for Headwater."""

from headwater.compat.huggingplace_sdk import validate_config as validate_config
from headwater.compat.huggingplace_sdk import validate_log_options as validate_log_options
from headwater.compat.huggingplace_sdk import validate_step_data as validate_step_data
