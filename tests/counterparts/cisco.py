"""A WLC's web authentication, after Cisco's example of external web authentication."""

from collections.abc import Mapping
from urllib.parse import urlencode

VIRTUAL = "192.0.2.1"
USER, PASSWORD = "khach", "mật khẩu"
FIELDS = {
    "gateway": "cisco",
    "gateway.address": VIRTUAL,
    "gateway.username": USER,
    "gateway.password": PASSWORD,
}
PROBE = "http://connectivitycheck.gstatic.com/generate_204"


def query(origin: str = PROBE, **changes: str | None) -> str:
    """Return what the controller appends; it leaves the scheme of ``redirect`` out."""
    given = {
        "switch_url": f"https://{VIRTUAL}/login.html",
        "ap_mac": "88:15:44:50:0a:94",
        "client_mac": "02:00:5e:00:53:01",
        "wlan": "Khách",
        "redirect": origin.removeprefix("http://"),
    } | changes
    return urlencode({name: value for name, value in given.items() if value is not None})


def logged_in(url: str, fields: Mapping[str, str]) -> bool:
    """Take the form as the controller does; tell whether the visitor is let through."""
    assert url == f"https://{VIRTUAL}:443/login.html"
    assert fields["buttonClicked"] == "4"
    assert fields["redirect_url"]
    return (fields.get("username"), fields.get("password")) == (USER, PASSWORD)
