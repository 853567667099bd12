"""The two that are compared: nginx, and headwater."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.proxy.strictness.trying import Gateway
from tests.proxy.upstream import Upstream
from tests.serving import Server, free_ports, wait_until

# A single process that stays in front. Nothing is put off: each piece goes on as it comes, as headwater does it.
_CONFIG = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 0;
    large_client_header_buffers 4 64k;
    upstream scripted {{ server 127.0.0.1:{upstream}; keepalive 32; }}
    server {{
        listen 127.0.0.1:{port} backlog=512;
        location /openai/ {{
            proxy_pass http://scripted;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_request_buffering off;
            proxy_buffer_size 64k;
            proxy_buffers 4 64k;
            proxy_busy_buffers_size 128k;
            proxy_next_upstream off;
        }}
        location = /health {{ return 200 "fine"; }}
        location / {{ return 404; }}
    }}
}}
"""
_FOUND_ALSO = "/usr/sbin/nginx"


def nginx_path() -> str | None:
    """Where nginx is, if it is here."""
    return shutil.which("nginx") or (_FOUND_ALSO if os.access(_FOUND_ALSO, os.X_OK) else None)


@contextmanager
def nginx(folder: Path) -> Generator[Gateway]:
    """nginx as it comes, before an upstream of its own."""
    path = nginx_path()
    assert path is not None, "nginx is not installed"
    (port,) = free_ports(1)
    with Upstream() as upstream:
        (folder / "nginx.conf").write_text(_CONFIG.format(folder=folder, upstream=upstream.port, port=port))
        process = subprocess.Popen([path, "-p", str(folder), "-c", "nginx.conf", "-e", "start.log"])
        try:
            wait_until(lambda: process.poll() is not None or _listens(port), 20, "nginx to listen")
            yield Gateway("nginx", port, upstream)
        finally:
            process.terminate()
            process.wait()


@contextmanager
def headwater(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Generator[Gateway]:
    """headwater in dev mode, where a request needs no key, before an upstream of its own."""
    with Upstream() as upstream:
        told = {"HEADWATER_PROXY_UPSTREAMS": json.dumps({"openai": f"http://127.0.0.1:{upstream.port}"})}
        with Server(folder, ["--dev"], told | {"HEADWATER_CREDENTIALS": "0"} | dict(settings)) as server:
            yield Gateway("headwater", server.port, upstream)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
