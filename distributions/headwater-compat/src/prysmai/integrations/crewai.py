"""CrewAI."""

from headwater.compat.prysmai import PrysmCrewMonitor as PrysmCrewMonitor
