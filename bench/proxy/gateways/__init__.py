"""Gateways: who is compared. Each module has `running`, a context manager that starts one and says how it is reached.

A gateway that cannot be had raises bench.proxy.installed.Missing; the others go on.
"""

from bench.proxy.gateways.gateway import DIRECT as DIRECT
from bench.proxy.gateways.gateway import GATEWAYS as GATEWAYS
from bench.proxy.gateways.gateway import OURS as OURS
from bench.proxy.gateways.gateway import Gateway as Gateway
from bench.proxy.gateways.gateway import running as running
