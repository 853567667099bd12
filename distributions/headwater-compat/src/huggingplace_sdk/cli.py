"""`huggingplace_sdk.cli`, for Headwater."""

from headwater.compat.huggingplace_sdk import load_config as load_config
from headwater.compat.huggingplace_sdk import log_interaction as log_interaction
from headwater.compat.huggingplace_sdk import main as main
from headwater.compat.huggingplace_sdk import print_help as print_help
from headwater.compat.huggingplace_sdk import test_connection as test_connection
