"""An Aruba gateway, after HPE's description of the URL hash key and a published access log."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

LOGIN = "securelogin.arubanetworks.com"
USER, PASSWORD, KEY = "khach", "mật khẩu", "khoa-bi-mat-2021"
FIELDS = {
    "gateway": "aruba",
    "gateway.address": LOGIN,
    "gateway.username": USER,
    "gateway.password": PASSWORD,
    "gateway.hashkey": KEY,
}
PROBE = "http://connectivitycheck.gstatic.com/generate_204"


def query(origin: str = PROBE, **changes: str | None) -> str:
    """Return what the gateway appends, without a hash."""
    given = {
        "cmd": "login",
        "mac": "02:00:5e:00:53:01",
        "essid": "Khách sạn",
        "ip": "192.168.8.108",
        "apname": "ap-1",
        "apmac": "b4:5d:50:ca:81:ea",
        "vcname": "SetMeUp-CA:81:EA",
        "switchip": LOGIN,
        "url": origin,
    } | changes
    return urlencode({name: value for name, value in given.items() if value is not None})


def signed(address: str, key: str = KEY, **changes: str) -> str:
    """Return the query with the hash over the whole address at its end."""
    whole = f"{address}?{query(**changes)}"
    made = hmac.new(key.encode(), whole.encode(), hashlib.sha1).hexdigest()
    return f"{query(**changes)}&hash={made}"


def logged_in(url: str, fields: Mapping[str, str]) -> bool:
    """Take the form; tell whether the visitor is let through."""
    assert url in (f"https://{LOGIN}:443/cgi-bin/login", f"https://{LOGIN}:443/swarm.cgi")
    assert fields["cmd"] == "authenticate"
    assert ("opcode" in fields) == url.endswith("swarm.cgi")
    return (fields["user"], fields["password"]) == (USER, PASSWORD)
