"""A server of the sample project, to look at.

`python -m tests.pages.sample_server PORT`, then open /login?token=one-time-token there.
"""

import sys

import uvicorn

from headwater.clock import now_ns
from headwater.web import WebSettings, web_app
from tests.pages.sample_project import sample_ports, sample_spans


def main(port: int) -> None:
    """Serve until stopped."""
    now = now_ns()
    ports = sample_ports(now, list(sample_spans(now, with_giant=True)))
    uvicorn.run(web_app(WebSettings(), ports), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
