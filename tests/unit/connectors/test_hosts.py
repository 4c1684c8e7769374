"""Which base URLs and host names a connection may have."""

from __future__ import annotations

import pytest

from connectors.hosts import base_url, host_name


@pytest.mark.parametrize(
    "url", ["https://open.example.com", "http://127.0.0.1:8900/zoho", "http://localhost:1", "http://[::1]:1/x"]
)
def test_https_and_plain_http_to_this_machine_are_taken(url: str) -> None:
    assert base_url(f"{url}/") == url


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://crm.example.com/api", "write https://crm.example.com/api"),
        ("http://127.0.0.1.example.com", "plain http is for this machine only"),
        ("crm.example.com", "is not a URL"),
        ("https://user@crm.example.com", "no credentials"),
    ],
)
def test_what_would_send_credentials_in_the_open_is_refused(url: str, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        base_url(url)


@pytest.mark.parametrize("text", ["", "https://open.example.com", "open.example.com/cgi", "a@open.example.com"])
def test_a_host_name_is_only_a_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a host name"):
        host_name(text)
