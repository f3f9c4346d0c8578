"""Who may use a blueprint. Every blueprint names its guard, "everybody" included."""

from ipaddress import ip_address, ip_network

from flask import abort, request

from portal.web.requests import services


def everybody() -> None:
    """Let everybody in."""


def monitors() -> None:
    """Let in who asks directly from a network of ``metrics_from``; for others nothing is here.

    What comes through a proxy is from anywhere, whatever the proxy's own address is.
    """
    passed_on = any(name in request.environ for name in _FORWARDED)
    if passed_on or not _is_monitor(request.remote_addr):
        abort(404)


_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def _is_monitor(address: str | None) -> bool:
    try:
        peer = ip_address(address or "")
    except ValueError:
        return False
    plain = getattr(peer, "ipv4_mapped", None) or peer
    return any(plain in ip_network(network) for network in services().settings.metrics_from)
