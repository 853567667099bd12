"""Key and address."""

from headwater.compat.prysmai import PrysmConnectionConfig as PrysmConnectionConfig
from headwater.compat.prysmai import resolve_prysm_connection as resolve_prysm_connection
