"""Client: what a program that was written for Tropir calls.

In:  Tropir's names, of its README, of 2.1.4 and of 2.4.   Out: sessions, spans and calls of the SDK.
Rule 1: a guest: nothing here raises into the program, waits for the network or prints, unless its name says so.
Rule 2: where a program is, only context variables know; no library is patched but the clients of OpenAI and Anthropic,
        by the SDK's own hooks, and these when the first session begins.
Rule 3: what is remembered for the program is bounded, and its environment is never told.
"""
