"""Believing a proxy's headers only when it is one of ours."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


CLASS = "HTTP_EDGE_CLASS"
"""What an edge server says about an agent, as the environment has it; see ``portal.web.edge``."""


class TrustedProxies:
    """Takes the last X-Forwarded-For, -Proto and -Host from requests of the given networks.

    From anybody else they are what they look like: a claim. A request over a unix socket has no
    address; it comes from this machine.
    """

    def __init__(self, app: "WSGIApplication", networks: Sequence[str]) -> None:
        self._plain = app
        self._fixed = ProxyFix(app, x_for=1, x_proto=1, x_host=1)
        self._networks = [ip_network(network) for network in networks]

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer the request, with the proxy's word if it is to be believed."""
        if self._believed(environ.get("REMOTE_ADDR", "")):
            return self._fixed(environ, start_response)
        environ.pop(CLASS, None)
        return self._plain(environ, start_response)

    def _believed(self, address: str) -> bool:
        try:
            peer = ip_address(address)
        except ValueError:
            return address == ""
        # A socket for both protocols writes an IPv4 proxy as ::ffff:10.0.0.1.
        plain = getattr(peer, "ipv4_mapped", None) or peer
        return any(plain in network for network in self._networks)
