"""Names that no upstream can have: first segments of paths that are something else."""

# A test compares this with the routes that the server has.
RESERVED_NAMES = frozenset(
    {
        "api",
        "calls",
        "errors",
        "facets",
        "firewall",
        "governance",
        "health",
        "login",
        "logout",
        "mcp",
        "metrics",
        "models",
        "oauth",
        "otel",
        "overview",
        "p",
        "query",
        "ready",
        "realms",
        "server",
        "sessions",
        "static",
        "threat-events",
        "traces",
        "users",
        "v1",
        "v2",
    }
)
"""What `/<name>/…` means to pages, API, ingest, other products and probes; `/p/<key>/…` is a path with a key."""
