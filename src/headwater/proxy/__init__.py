"""Proxy: calls to providers pass through, byte for byte, and a copy of each is kept.

In:  any HTTP client's request to a provider, on a path of ours.   Out: the provider's answer, and an envelope.
Rule 1: bytes pass as they come, in both directions; one exception, usage that is asked for and hidden again.
Rule 2: nothing on the path waits for a disk, decodes, or logs; what a call says is read after its last byte.
Rule 3: whatever fails of ours is told in the provider's shape, with a header that says it is ours.
"""

from headwater.proxy.leg import Leg as Leg
from headwater.proxy.limits.counters import Counters as Counters
from headwater.proxy.limits.meter import Meter as Meter
from headwater.proxy.proxy import AtWork as AtWork
from headwater.proxy.proxy import Journal as Journal
from headwater.proxy.proxy import Proxy as Proxy
from headwater.proxy.settings import ProxySettings as ProxySettings
from headwater.proxy.wire.guard import check_address as check_address
from headwater.proxy.wire.routes import UPSTREAMS as UPSTREAMS
from headwater.proxy.wire.routes import client_base as client_base
