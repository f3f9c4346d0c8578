"""A gateway that takes a form: one that says where, under names of its own."""

from urllib.parse import urlencode

GATEWAY = "192.168.8.1"
FIELDS = {
    "gateway": "form",
    "gateway.address": GATEWAY,
    "gateway.login": "login_url",
    "gateway.fields": "user={username} pass={password} device={mac} to={landing} mode=guest",
    "gateway.mac": "client",
    "gateway.origin": "orig",
    "gateway.username": "khach",
    "gateway.password": "mật khẩu",
}
PROBE = "http://connectivitycheck.gstatic.com/generate_204"


def query(origin: str = PROBE, **changes: str | None) -> str:
    """Return what the gateway appends."""
    given = {
        "login_url": f"https://{GATEWAY}/auth/login",
        "client": "02:00:5e:00:53:01",
        "ip": "192.168.8.108",
        "orig": origin,
    } | changes
    return urlencode({name: value for name, value in given.items() if value is not None})
