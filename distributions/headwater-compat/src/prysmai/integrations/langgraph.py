"""LangGraph."""

from headwater.compat.prysmai import PrysmGraphMonitor as PrysmGraphMonitor
