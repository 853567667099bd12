"""Who a call is for."""

from headwater.compat.prysmai import PrysmContext as PrysmContext
from headwater.compat.prysmai import prysm_context as prysm_context
