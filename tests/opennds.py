"""What openNDS 9.10 sends at level 1, for tests that need no gateway."""

import base64

FASKEY = "baolam2021caobang"
GATEWAY = "192.168.8.1:2050"
OPENNDS = {
    "gateway": "opennds",
    "gateway.level": "1",
    "gateway.faskey": FASKEY,
    "gateway.address": "192.168.8.1",
}
"""A site's fields."""


def fas(
    origin: str = "http%3a%2f%2fconnectivitycheck.gstatic.com%2fgenerate_204", **changes: str
) -> str:
    """Return the query string that openNDS 9.10 sends at level 1."""
    fields = {
        "hid": "5d0b0c1d" * 8,
        "clientip": "192.168.8.108",
        "clientmac": "02:00:5e:00:53:01",
        "client_type": "cpd_can",
        "gatewayname": "Nha%20khach",
        "gatewayurl": "http%3a%2f%2fstatus.client",
        "version": "9.10.0",
        "gatewayaddress": GATEWAY,
        "gatewaymac": "020000000001",
        "originurl": origin,
        "clientif": "br-lan",
        "themespec": "(null), (null)(null)(null)(null)",
    } | changes
    text = ", ".join(f"{name}={value}" for name, value in fields.items())
    return "fas=" + base64.b64encode(text.encode()).decode()
