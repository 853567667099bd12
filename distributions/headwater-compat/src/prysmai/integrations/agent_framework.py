"""Microsoft's Agent Framework."""

from headwater.compat.prysmai import PrysmAgentFrameworkMonitor as PrysmAgentFrameworkMonitor
