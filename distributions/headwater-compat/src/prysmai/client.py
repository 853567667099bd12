"""Proxied clients."""

from headwater.compat.prysmai import PrysmClient as PrysmClient
from headwater.compat.prysmai import monitor as monitor
