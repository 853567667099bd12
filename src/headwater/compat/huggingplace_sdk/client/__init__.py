"""Client: what users of the old package call, on Headwater's SDK. Loaded by name, through `api`.

In:  the calls of the old package.   Out: spans, calls and scores, as anybody's.
Rule 1: recording never raises, waits or changes what it is given; only settings that cannot be are refused.
Rule 2: a body means here what it means at the server's door: both read it by `interaction`.
"""
