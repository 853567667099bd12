"""Governance sessions, what they answer and raise."""

from headwater.compat.prysmai import AsyncGovernanceSession as AsyncGovernanceSession
from headwater.compat.prysmai import BehavioralFlag as BehavioralFlag
from headwater.compat.prysmai import CheckResult as CheckResult
from headwater.compat.prysmai import ExecutionHaltedError as ExecutionHaltedError
from headwater.compat.prysmai import GovernanceError as GovernanceError
from headwater.compat.prysmai import GovernanceSession as GovernanceSession
from headwater.compat.prysmai import ScanResult as ScanResult
from headwater.compat.prysmai import SessionNotActiveError as SessionNotActiveError
from headwater.compat.prysmai import SessionReport as SessionReport
from headwater.compat.prysmai import Vulnerability as Vulnerability
