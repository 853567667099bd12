"""Client: Layer's names as programs call them.

In:  calls by Layer's documented names.   Out: requests on Layer's wire to our server, and spans through the SDK.
Rule 1: a call that asks the server (`create_session`, `append_action`, lists, lookups) waits for it and raises what
        Layer documents. Everything else (decorators, hooks in the clients of models) is a guest: it raises nothing.
Rule 2: the one thing that stops a program's call is a firewall's `block`, where the program has asked to be stopped.
Rule 3: `requests` is used where the program gives a session of it, and is imported by nothing here.
"""
