"""Harness: a server to measure, senders that cost little, and what the system says of processes.

In:  options.   Out: a running server, acknowledged spans, bytes and seconds.
Rule 1: a process is ended by its own id, and only when it was started here.
Rule 2: senders speak HTTP over plain sockets, so that their share of the machine stays small; their share is shown.
"""

from bench.harness.api import Api as Api
from bench.harness.connection import Connection as Connection
from bench.harness.connection import request_head as request_head
from bench.harness.flow import Flow as Flow
from bench.harness.flow import Sent as Sent
from bench.harness.machine import facts as facts
from bench.harness.processes import Watch as Watch
from bench.harness.processes import cpu_by_name as cpu_by_name
from bench.harness.processes import machine_cpu_s as machine_cpu_s
from bench.harness.processes import processes_by_name as processes_by_name
from bench.harness.processes import pss_bytes as pss_bytes
from bench.harness.processes import tree as tree
from bench.harness.served import Served as Served
from bench.harness.served import served as served
