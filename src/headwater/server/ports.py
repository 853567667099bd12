"""Sockets and addresses of this machine."""

import socket

from headwater.errors import HeadwaterError


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises HeadwaterError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        why = f"cannot listen on {host}:{port} ({error.strerror}): choose another port, or 0 for none"
        raise HeadwaterError(why) from error
    listening.listen(1024)
    return listening


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def shown_host(host: str) -> str:
    """The host to print in an address for somebody on this machine."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
