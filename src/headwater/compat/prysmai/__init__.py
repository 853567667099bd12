"""Prysm: its old names for a program, and its old wires for the server.

In:  what programs of Prysm's users import and send.   Out: requests on Prysm's wire; envelopes and spans of them.
Rule 1: `api` is the client's side, below `client`; `door` is the server's; this loads neither before it is asked for.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from headwater.compat.prysmai.api import AsyncGovernanceSession as AsyncGovernanceSession
    from headwater.compat.prysmai.api import BaseDetector as BaseDetector
    from headwater.compat.prysmai.api import BehavioralFlag as BehavioralFlag
    from headwater.compat.prysmai.api import CheckResult as CheckResult
    from headwater.compat.prysmai.api import Detection as Detection
    from headwater.compat.prysmai.api import ExecutionHaltedError as ExecutionHaltedError
    from headwater.compat.prysmai.api import FinancialAnomalyDetector as FinancialAnomalyDetector
    from headwater.compat.prysmai.api import GovernanceError as GovernanceError
    from headwater.compat.prysmai.api import GovernanceSession as GovernanceSession
    from headwater.compat.prysmai.api import LoopDetector as LoopDetector
    from headwater.compat.prysmai.api import MultiAgentMonitor as MultiAgentMonitor
    from headwater.compat.prysmai.api import PrysmAgentFrameworkMonitor as PrysmAgentFrameworkMonitor
    from headwater.compat.prysmai.api import PrysmClient as PrysmClient
    from headwater.compat.prysmai.api import PrysmConnectionConfig as PrysmConnectionConfig
    from headwater.compat.prysmai.api import PrysmContext as PrysmContext
    from headwater.compat.prysmai.api import PrysmCrewMonitor as PrysmCrewMonitor
    from headwater.compat.prysmai.api import PrysmGraphMonitor as PrysmGraphMonitor
    from headwater.compat.prysmai.api import PrysmMCPClient as PrysmMCPClient
    from headwater.compat.prysmai.api import PrysmMCPConfig as PrysmMCPConfig
    from headwater.compat.prysmai.api import PrysmSession as PrysmSession
    from headwater.compat.prysmai.api import PrysmSessionIdentifiers as PrysmSessionIdentifiers
    from headwater.compat.prysmai.api import PrysmSpanHandler as PrysmSpanHandler
    from headwater.compat.prysmai.api import ResourceAccessDetector as ResourceAccessDetector
    from headwater.compat.prysmai.api import ScanResult as ScanResult
    from headwater.compat.prysmai.api import SessionNotActiveError as SessionNotActiveError
    from headwater.compat.prysmai.api import SessionReport as SessionReport
    from headwater.compat.prysmai.api import Vulnerability as Vulnerability
    from headwater.compat.prysmai.api import monitor as monitor
    from headwater.compat.prysmai.api import prysm_context as prysm_context
    from headwater.compat.prysmai.api import resolve_prysm_connection as resolve_prysm_connection


def __getattr__(name: str) -> "Any":
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # not before somebody asks

    return getattr(import_module("headwater.compat.prysmai.api"), name)
