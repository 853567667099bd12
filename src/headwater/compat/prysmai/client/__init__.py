"""Prysm's client: what a program imports, on the wire that its servers speak.

In:  a program's OpenAI clients, sessions, events.   Out: requests to one server: proxied calls, MCP, events.
Rule 1: a proxied call fails only as the provider's own client would; nothing of ours adds an error to it.
Rule 2: what nobody waits for goes through `background`, in order, tried again, and delivered before the program ends.
Rule 3: what is asked for by name (`start`, `check_behavior`, `call_tool`) answers, or raises GovernanceError.
Rule 4: no framework and no vendor's library is imported before somebody uses it.
"""
