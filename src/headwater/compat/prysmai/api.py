"""Prysm's client side, whole: every public name of its packages, from where it is."""

from headwater.compat.prysmai.client.config import PrysmConnectionConfig as PrysmConnectionConfig
from headwater.compat.prysmai.client.config import resolve_prysm_connection as resolve_prysm_connection
from headwater.compat.prysmai.client.context import PrysmContext as PrysmContext
from headwater.compat.prysmai.client.context import prysm_context as prysm_context
from headwater.compat.prysmai.client.detectors.agents import MultiAgentMonitor as MultiAgentMonitor
from headwater.compat.prysmai.client.detectors.detector import BaseDetector as BaseDetector
from headwater.compat.prysmai.client.detectors.detector import Detection as Detection
from headwater.compat.prysmai.client.detectors.financial import FinancialAnomalyDetector as FinancialAnomalyDetector
from headwater.compat.prysmai.client.detectors.loops import LoopDetector as LoopDetector
from headwater.compat.prysmai.client.detectors.resource import ResourceAccessDetector as ResourceAccessDetector
from headwater.compat.prysmai.client.governance import GovernanceSession as GovernanceSession
from headwater.compat.prysmai.client.governance_async import AsyncGovernanceSession as AsyncGovernanceSession
from headwater.compat.prysmai.client.integrations.agent_framework import (
    PrysmAgentFrameworkMonitor as PrysmAgentFrameworkMonitor,
)
from headwater.compat.prysmai.client.integrations.crewai import PrysmCrewMonitor as PrysmCrewMonitor
from headwater.compat.prysmai.client.integrations.langgraph import PrysmGraphMonitor as PrysmGraphMonitor
from headwater.compat.prysmai.client.integrations.llamaindex import PrysmSpanHandler as PrysmSpanHandler
from headwater.compat.prysmai.client.mcp import PrysmMCPClient as PrysmMCPClient
from headwater.compat.prysmai.client.mcp import PrysmMCPConfig as PrysmMCPConfig
from headwater.compat.prysmai.client.prysm import PrysmClient as PrysmClient
from headwater.compat.prysmai.client.prysm import monitor as monitor
from headwater.compat.prysmai.client.results import BehavioralFlag as BehavioralFlag
from headwater.compat.prysmai.client.results import CheckResult as CheckResult
from headwater.compat.prysmai.client.results import ExecutionHaltedError as ExecutionHaltedError
from headwater.compat.prysmai.client.results import GovernanceError as GovernanceError
from headwater.compat.prysmai.client.results import ScanResult as ScanResult
from headwater.compat.prysmai.client.results import SessionNotActiveError as SessionNotActiveError
from headwater.compat.prysmai.client.results import SessionReport as SessionReport
from headwater.compat.prysmai.client.results import Vulnerability as Vulnerability
from headwater.compat.prysmai.client.session import PrysmSession as PrysmSession
from headwater.compat.prysmai.client.session import PrysmSessionIdentifiers as PrysmSessionIdentifiers
