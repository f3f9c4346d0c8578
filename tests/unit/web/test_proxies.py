"""Proxies: their headers are believed only when they come from one of ours."""

from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from portal.web.proxies import CLASS, TrustedProxies

NETWORKS = ("10.0.0.0/8", "::1/128")
CLAIMS = {
    "X-Forwarded-For": "192.0.2.66, 203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example, thongbao.example.vn",
}


def seen(peer: str, headers: dict[str, str] = CLAIMS) -> tuple[str, str, str]:
    """What the application sees of a request from ``peer``."""
    found: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.update(environ)
        return []

    environ = EnvironBuilder(base_url="http://portal.lab/", headers=headers).get_environ()
    environ["REMOTE_ADDR"] = peer
    list(TrustedProxies(app, NETWORKS)(environ, lambda *_: lambda _body: None))
    return found["REMOTE_ADDR"], found["wsgi.url_scheme"], found["HTTP_HOST"]


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3", "::1", ""])
def test_our_proxies_are_believed_for_the_last_step(peer: str) -> None:
    """What stands before it in the list was written by whoever the proxy spoke with."""
    assert seen(peer) == ("203.0.113.9", "https", "thongbao.example.vn")


@pytest.mark.parametrize(
    "peer", ["203.0.113.66", "11.0.0.1", "::ffff:11.0.0.1", "::2", "unix:", "10.0.0.1.evil"]
)
def test_anybody_else_only_claims(peer: str) -> None:
    assert seen(peer) == (peer, "http", "portal.lab")


@pytest.mark.parametrize(("peer", "believed"), [("10.1.2.3", True), ("203.0.113.66", False)])
def test_only_our_own_edge_says_what_class_an_agent_has(peer: str, believed: bool) -> None:
    found: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.update(environ)
        return []

    environ = EnvironBuilder(headers={"Edge-Class": "android"}).get_environ()
    environ["REMOTE_ADDR"] = peer
    list(TrustedProxies(app, NETWORKS)(environ, lambda *_: lambda _body: None))
    assert (found.get(CLASS) == "android") == believed


def test_a_proxy_that_says_nothing() -> None:
    assert seen("10.1.2.3", {}) == ("10.1.2.3", "http", "portal.lab")
