"""Bench of the client side: what instrumentation adds to a program, ours beside that of real peers, in one run.

In:  an environment for each instrumentation, a vendor that answers from memory, a sink.   Out: a table, and JSON.
Rule 1: everybody runs as its own quick start says, contents on, and must deliver what it recorded: the sink counts.
Rule 2: added = with minus without, in one process, in blocks that alternate; the processes take turns with each block.
Rule 3: `inside` runs in the environments of the peers: standard library and openai only.
"""
