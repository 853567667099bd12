"""Headwater: see what your LLM programs ask, what comes back, how long it takes and what it costs.

Importing this is light: no server library, no vendor's SDK.
"""

__version__ = "0.1.0"
