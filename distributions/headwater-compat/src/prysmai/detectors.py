"""Detectors."""

from headwater.compat.prysmai import BaseDetector as BaseDetector
from headwater.compat.prysmai import Detection as Detection
from headwater.compat.prysmai import FinancialAnomalyDetector as FinancialAnomalyDetector
from headwater.compat.prysmai import LoopDetector as LoopDetector
from headwater.compat.prysmai import MultiAgentMonitor as MultiAgentMonitor
from headwater.compat.prysmai import ResourceAccessDetector as ResourceAccessDetector
