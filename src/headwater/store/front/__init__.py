"""The front: the one process that owns the embedded engine, behind ClickHouse's own HTTP interface on loopback.

In:  HTTP requests as any ClickHouse client sends them, the secret as password.   Out: what ClickHouse would answer.
Run as `python -m headwater.store.front --path DIR --port P`; the secret is the first line on standard input, and the
end of standard input means that the parent died and ends the process.
Rule 1: chDB is imported here and nowhere else, and only when the process serves.
Rule 2: nothing here knows a table; what the engine lacks (users, settings of a request, its formats) is done here.
Rule 3: a connection of the engine is used by one request at a time.
"""
