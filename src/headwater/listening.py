"""A socket to listen on, for whoever serves."""

import socket

from headwater.errors import HeadwaterError

_BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises HeadwaterError where the port is taken, or the host is not of this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        why = f"cannot listen on {host!r} port {port} ({error.strerror}): choose another port"
        raise HeadwaterError(why) from error
    listening.listen(_BACKLOG)
    return listening
