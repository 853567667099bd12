"""Names that no upstream can have: first segments of paths that are something else."""

# A test compares this with the routes that the server has.
RESERVED_NAMES = frozenset(
    {
        "api",
        "facets",
        "health",
        "login",
        "logout",
        "metrics",
        "otel",
        "p",
        "ready",
        "server",
        "sessions",
        "static",
        "traces",
        "users",
        "v1",
    }
)
"""What `/<name>/…` means to pages, API, ingest and probes; `p` begins a path that carries a key (`/p/<key>/…`)."""
