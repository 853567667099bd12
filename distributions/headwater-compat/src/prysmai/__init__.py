"""The names of `prysmai`, which Headwater holds."""

from headwater.compat.prysmai import AsyncGovernanceSession as AsyncGovernanceSession
from headwater.compat.prysmai import BaseDetector as BaseDetector
from headwater.compat.prysmai import Detection as Detection
from headwater.compat.prysmai import ExecutionHaltedError as ExecutionHaltedError
from headwater.compat.prysmai import FinancialAnomalyDetector as FinancialAnomalyDetector
from headwater.compat.prysmai import GovernanceSession as GovernanceSession
from headwater.compat.prysmai import LoopDetector as LoopDetector
from headwater.compat.prysmai import MultiAgentMonitor as MultiAgentMonitor
from headwater.compat.prysmai import PrysmClient as PrysmClient
from headwater.compat.prysmai import PrysmConnectionConfig as PrysmConnectionConfig
from headwater.compat.prysmai import PrysmContext as PrysmContext
from headwater.compat.prysmai import PrysmMCPClient as PrysmMCPClient
from headwater.compat.prysmai import PrysmMCPConfig as PrysmMCPConfig
from headwater.compat.prysmai import PrysmSession as PrysmSession
from headwater.compat.prysmai import PrysmSessionIdentifiers as PrysmSessionIdentifiers
from headwater.compat.prysmai import ResourceAccessDetector as ResourceAccessDetector
from headwater.compat.prysmai import monitor as monitor
from headwater.compat.prysmai import prysm_context as prysm_context

# The version of Prysm's own package that these names are of.
__version__ = "0.9.0"

__all__ = [
    "AsyncGovernanceSession",
    "BaseDetector",
    "Detection",
    "ExecutionHaltedError",
    "FinancialAnomalyDetector",
    "GovernanceSession",
    "LoopDetector",
    "MultiAgentMonitor",
    "PrysmClient",
    "PrysmConnectionConfig",
    "PrysmContext",
    "PrysmMCPClient",
    "PrysmMCPConfig",
    "PrysmSession",
    "PrysmSessionIdentifiers",
    "ResourceAccessDetector",
    "__version__",
    "monitor",
    "prysm_context",
]
