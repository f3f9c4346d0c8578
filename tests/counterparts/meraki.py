"""Meraki's access point and cloud, after Cisco's "Captive Portal Configuration Guide"."""

from urllib.parse import parse_qs, urlencode, urlsplit

FIELDS = {"gateway": "meraki", "gateway.minutes": "60"}
GRANT = "https://n143.network-auth.com/splash/grant"
PROBE = "http://connectivitycheck.gstatic.com/generate_204"


def query(origin: str = PROBE, **changes: str | None) -> str:
    """Return what the access point appends to the custom splash URL."""
    given = {
        "base_grant_url": GRANT,
        "user_continue_url": origin,
        "node_id": "149624921787028",
        "node_mac": "88:15:44:50:0a:94",
        "gateway_id": "149624921787028",
        "client_ip": "192.168.8.108",
        "client_mac": "02:00:5e:00:53:01",
    } | changes
    return urlencode({name: value for name, value in given.items() if value is not None})


def granted(url: str) -> tuple[str, int]:
    """Take the link as the cloud does; return where the visitor goes, and for how long, or fail."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == GRANT
    given = parse_qs(parts.query, strict_parsing=True)
    return given["continue_url"][0], int(given.get("duration", ["0"])[0])
