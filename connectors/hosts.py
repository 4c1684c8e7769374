"""Which base URLs a connection may have: https, or plain http to this very machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def base_url(text: str) -> str:
    """The URL without a slash at its end.

    Raises:
        ValueError: Not a URL, or one that would send credentials unprotected over a network.
    """
    parts = urlsplit(text)
    if parts.port == 0:  # asking for it refuses one that is no number or out of range
        raise ValueError(f"{text!r} names the port 0")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{text!r} is not a URL; write it like https://www.example.com")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("a base URL holds no credentials, query or fragment")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"plain http is for this machine only; write https://{parts.netloc}{parts.path}")
    return text.rstrip("/")


def host_name(text: str) -> str:
    """The same for a bare host name.

    Raises:
        ValueError: It holds more than a name and a port.
    """
    if not text or urlsplit(f"//{text}").netloc != text or "@" in text or " " in text:
        raise ValueError(f"{text!r} is not a host name; write it like open.example.com")
    return text


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
