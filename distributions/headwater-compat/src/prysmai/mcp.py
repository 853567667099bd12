"""The server's MCP side."""

from headwater.compat.prysmai import PrysmMCPClient as PrysmMCPClient
from headwater.compat.prysmai import PrysmMCPConfig as PrysmMCPConfig
