"""Bench: what headwater does on this machine, as a table and as JSON.

In:  the real `headwater serve` in processes of its own, and payloads made here.   Out: figures, each beside its target.
Rule 1: only doors that a user has are measured: OTLP in, the JSON API out, what the system says of processes and disk.
Rule 2: no span id is ever sent twice, and no text either: nothing is faster here than it is in life.
Rule 3: a missed target is shown as missed, and a figure that was measured in noise says so.
"""
