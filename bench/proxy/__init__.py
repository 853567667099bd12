"""Proxy: what a gateway between a program and its model costs, ours and others', in front of the same mock upstream.

In:  gateways in processes of their own, calls whose answers can be told beforehand, byte for byte.
Out: lines that compare, each with its target, and whether every call is in the store as it was.
Rule 1: mock and load are small C programs, so that the machine is the gateways'; what they take of it is shown.
Rule 2: everybody does every task in turn, round after round, and medians are shown: noise meets all of them.
Rule 3: everything stays on loopback, is bounded in count and time, and ends by its own process id.
"""
