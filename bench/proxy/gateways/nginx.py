"""nginx: proxy_pass with kept connections and without buffering, one worker: the practical limit of a relay."""

import contextlib
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

from bench.proxy import installed
from bench.proxy.gateways.gateway import Gateway
from bench.proxy.gateways.process import free_port, started
from bench.proxy.load import Way

# As much memory for a body as keeps 150 KB from a file.
_CONFIGURATION = """
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections 10000; }}
http {{
    access_log off;
    tcp_nodelay on;
    keepalive_requests 100000000;
    client_max_body_size 64m;
    client_body_buffer_size 256k;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream model {{
        server {upstream};
        keepalive 4096;
        keepalive_requests 100000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://model;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_read_timeout 600s;
        }}
    }}
}}
"""


@contextlib.contextmanager
def running(upstream: str, folder: Path) -> Generator[Gateway]:
    """One master and one worker."""
    port, command = free_port(), installed.nginx()
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port, upstream=urlsplit(upstream).netloc))
    with started([command, "-p", folder, "-c", configuration], port, folder, {}) as pid:
        version = installed.said_by(command, "-v").rpartition("/")[2]
        yield Gateway(name="nginx", way=Way(port=port), pid=pid, version=version)
