"""Setups: each instrumentation as its own quick start sets it up, sending to a sink.

In:  the sink's base address.   Out: a Setup.
Rule 1: defaults, but for contents (prompts and answers), which everybody records.
"""
