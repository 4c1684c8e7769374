"""The socket on which a sandbox listens: on loopback, unless another address is asked for."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv6Address, ip_address

LOOPBACK = "127.0.0.1"
# What bind says of an address that no interface of this machine has.
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL)


class CannotServeError(Exception):
    """Why serving failed, in one line, and the exit code for it."""

    def __init__(self, reason: str, exit_code: int) -> None:
        super().__init__(reason)
        self.exit_code = exit_code


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        CannotServeError: `host` is no IP address of this machine, or the port cannot be had.
    """
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        raise CannotServeError(f"--host: {host!r} is no IP address", 2) from None
    try:
        return _bind(family, host, port)
    except OSError as error:
        if error.errno in _NOT_HERE:
            raise CannotServeError(f"--host: {host} is no address of this machine", 2) from error
        raise CannotServeError(f"port {port} on {host} cannot be had: {error.strerror}", 1) from error


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    # Asyncio sends small answers at once (TCP_NODELAY) only on a socket that says it is TCP; else each waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # Also finds a port on which somebody listens already, before the data are generated.
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Where this machine reaches it; of all its addresses that is loopback."""
    host, port = listener.getsockname()[:2]
    address = ip_address(host)
    if address.is_unspecified:
        host = "::1" if address.version == 6 else LOOPBACK
    return f"http://[{host}]:{port}" if isinstance(address, IPv6Address) else f"http://{host}:{port}"


def warning(listener: socket.socket) -> str | None:
    """Who else can reach it, in one line; None if only this machine can."""
    host, port = listener.getsockname()[:2]
    address = ip_address(host)
    if address.is_loopback:
        return None
    where = "any address of this machine" if address.is_unspecified else host
    return (
        f"whoever reaches {where} at port {port} can read and change everything here: "
        "the credentials are public, and the control below /_sandbox asks for no password"
    )
