"""Sessions."""

from headwater.compat.prysmai import PrysmSession as PrysmSession
from headwater.compat.prysmai import PrysmSessionIdentifiers as PrysmSessionIdentifiers
