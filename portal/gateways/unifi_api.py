"""What a UniFi controller is told so that it lets a guest in.

kind ``classic``, UniFi Network on a server of one's own: ``POST /api/login``, then
``POST /api/s/<site>/cmd/stamgr {"cmd":"authorize-guest",...}`` with the cookies. kind ``os``, a
UniFi OS console: ``POST /api/auth/login``, then the same below ``/proxy/network`` with
X-CSRF-Token, which stands in a header of the login's answer or in the token's own payload. kind
``key``, Network 9.1.105 and later: the official API with X-API-KEY knows sites and clients by ids,
which have to be looked up; it is reached through ``https://api.ui.com/v1/connector/consoles/<id>``
as well.

Sources: github.com/Art-of-WiFi/UniFi-API-client (login, CSRF, authorize_guest; issues 9, 16, 57,
96), help.ui.com article 31228198640023 and developer.ui.com (sites, clients, actions; connector).
"""

import base64
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from portal.domain.errors import ReleaseFailed
from portal.gateways.base import Answer, Talk
from portal.gateways.logins import LoggedOut, Login, Logins, insist

_DENIED = (400, 401, 403, 499)  # to a login; 499 asks for a second factor, which a portal has not


class Guest(NamedTuple):
    """The device to let in, and the access point it is at, if any."""

    mac: str
    ap: str


def authorize(logins: Logins, settings: Mapping[str, str], guest: Guest, talk: Talk) -> None:
    """Have the controller let ``guest`` in. Raise ReleaseFailed."""
    controller = settings["controller"].rstrip("/")
    speak = partial(talk, ca=settings["ca"])
    if settings["kind"] == "key":
        _by_key(speak, f"{controller}/proxy/network/integration/v1", settings, guest)
        return
    os = settings["kind"] == "os"
    login_url = f"{controller}/api/auth/login" if os else f"{controller}/api/login"
    network = f"{controller}/proxy/network" if os else controller
    account = (login_url, settings["username"], settings["password"], settings["ca"])
    logins.ask(
        account,
        lambda: _log_in(speak, login_url, settings),
        lambda login: _authorize(speak, network, settings, guest, login),
    )


def _log_in(talk: Talk, url: str, settings: Mapping[str, str]) -> Login:
    asked = {"username": settings["username"], "password": settings["password"]}
    answer = talk("POST", url, json=asked)
    if answer.status in _DENIED:
        raise ReleaseFailed("login")
    insist(answer)
    if not answer.cookies:
        raise ReleaseFailed("login")
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in answer.cookies.items())}
    if token := _csrf_token(answer):
        headers["X-CSRF-Token"] = token
    return Login(headers)


def _csrf_token(answer: Answer) -> str:
    """Return the token against forged requests that came with a login; "" if there is none."""
    for name in ("x-updated-csrf-token", "x-csrf-token"):
        if name in answer.headers:
            return answer.headers[name]
    if "csrf_token" in answer.cookies:
        return answer.cookies["csrf_token"]
    try:  # a JSON web token; we only read it, and send it back to whom it came from
        payload = answer.cookies["TOKEN"].split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=="))["csrfToken"])
    except (KeyError, IndexError, TypeError, ValueError):
        return ""


def _authorize(
    talk: Talk, network: str, settings: Mapping[str, str], guest: Guest, login: Login
) -> None:
    asked = {"cmd": "authorize-guest", "mac": guest.mac, "minutes": int(settings["minutes"])}
    asked |= {name: int(settings[name]) for name in ("up", "down") if settings[name]}
    if guest.ap:
        asked["ap_mac"] = guest.ap  # the controller then tells this access point at once
    url = f"{network}/api/s/{settings['site']}/cmd/stamgr"
    answer = talk("POST", url, json=asked, headers=login.headers)
    if answer.status in (401, 403):
        raise LoggedOut
    insist(answer)
    if _get(answer.json(), "meta", "rc") != "ok":
        raise ReleaseFailed("no")


def _by_key(talk: Talk, api: str, settings: Mapping[str, str], guest: Guest) -> None:
    def ask(method: str, path: str, json: Mapping[str, Any] | None = None) -> Answer:
        answer = talk(method, api + path, json=json, headers={"X-API-KEY": settings["key"]})
        if answer.status in (401, 403):
            raise ReleaseFailed("login")
        insist(answer)
        return answer

    def named(path: str, problem: str, fits: Callable[[Any], bool]) -> str:
        found = _get(ask("GET", path).json(), "data")
        for item in found if isinstance(found, list) else ():
            if fits(item) and isinstance(item.get("id"), str):
                return quote(item["id"], safe="")
        raise ReleaseFailed(problem)

    site = named(
        "/sites?limit=200",
        "unknown_site",
        lambda item: _get(item, "internalReference") == settings["site"],
    )
    client = named(
        f"/sites/{site}/clients?filter=" + quote(f"macAddress.eq('{guest.mac}')", safe=""),
        "unknown_device",
        lambda item: str(_get(item, "macAddress")).lower() == guest.mac,
    )
    limits = {"timeLimitMinutes": "minutes", "rxRateLimitKbps": "down", "txRateLimitKbps": "up"}
    asked = {name: int(settings[of]) for name, of in limits.items() if settings[of]}
    ask(
        "POST",
        f"/sites/{site}/clients/{client}/actions",
        {"action": "AUTHORIZE_GUEST_ACCESS", **asked},
    )


def _get(value: Any, *names: str) -> Any:
    """Return what stands in nested objects under ``names``; None where there is nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
