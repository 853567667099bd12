"""Inside: what runs in the environment of one instrumentation, told what to do over its standard input.

In:  a line of JSON a task.   Out: a line of JSON with nanoseconds.
Rule 1: standard library and openai only, beside the instrumentation itself.
Rule 2: nothing is measured before it has been run some times.
"""
