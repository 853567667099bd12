"""`huggingplace_sdk.trace.utils`, for Headwater."""

from headwater.compat.huggingplace_sdk import calculate_duration as calculate_duration
from headwater.compat.huggingplace_sdk import generate_id as generate_id
from headwater.compat.huggingplace_sdk import get_current_timestamp as get_current_timestamp
