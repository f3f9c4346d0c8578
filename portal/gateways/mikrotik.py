"""MikroTik's hotspot: its login page, which our kit replaces, sends the visitor to the notice.

The page hands over the hotspot's own variables, each by its ``-esc`` name, which is escaped for an
address: ``mac``, ``link-login-only``, ``link-orig``, ``chap-id``, ``chap-challenge`` and more. The
release is a link to ``link-login-only`` with ``dst``, ``username`` and ``password``: plain, or
MD5 in hexadecimal over chap-id, password and chap-challenge; a trial user is ``T-<mac>`` without
password. A login that fails shows the login page again, with ``link-orig`` = our landing page.
Nothing is signed. Source: RouterOS's documentation, "Hotspot customisation" and "HotSpot", and
RouterOS 2.9's reference manual; tried against these, not against a router.
"""

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode

from portal.domain.errors import BadArrival, BadSite, Problem, ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.addresses import Allowed, only
from portal.gateways.base import Arrival, File, Redirect, Release, checked
from portal.gateways.mikrotik_kit import ALOGIN, login_page, script
from portal.gateways.options import DOWN, MINUTES, UP, gateway_address, one_of, text

_PORTS = {"http": 80, "https": 443}
_LONGEST = 8192  # characters of a query string
_MARKS = frozenset({"link-login-only", "link-login", "link-orig", "chap-id"})
_LINK = re.compile(r"(https?)://([^\s/?#@\\]{1,270})/login")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")
_UNKNOWN = "---"  # how the hotspot writes a MAC address that it does not know
_ORIGIN = re.compile(r"\S{0,7000}")


class MikroTik:
    """A hotspot of RouterOS: trial users, or one account that all visitors share."""

    name = "mikrotik"
    captive = True
    proofs = frozenset[str]()
    options = (
        one_of("login", ("trial", "chap", "pap"), default="trial"),
        text("username", ""),
        text("password", "", secret=True),
        gateway_address(_PORTS["http"]),
        MINUTES,
        UP,
        DOWN,
    )

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings as they will be used. Only a trial needs no account."""
        complete = checked(self.options, settings)
        if complete["login"] != "trial" and not complete["username"]:
            raise BadSite([Problem("username", _("a name is needed"))])
        return complete

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what the kit's login page appended to the notice's address."""
        if len(query) > _LONGEST:
            raise BadArrival("too_long")
        # Latin-1: whatever bytes a challenge has, they are kept.
        fields = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
        given = dict(reversed(fields))
        if not _MARKS & set(given):
            return None
        if not _LINK.fullmatch(given.get("link-login-only", "")):
            raise BadArrival("bad_link")
        mac = given.get("mac", "")
        if mac not in ("", _UNKNOWN) and not _MAC.fullmatch(mac):
            raise BadArrival("bad_mac")
        origin = given.get("link-orig", "")
        if not _ORIGIN.fullmatch(origin):
            raise BadArrival("bad_origin")
        release = {"link": given["link-login-only"]}
        return Arrival(release=release | _needed(site, given), origin=origin)

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the link to the gateway that logs this visitor in."""
        if not release:
            return Redirect(landing)
        settings = site.gateway_settings
        try:
            link = _LINK.fullmatch(release["link"])
            if not link:
                raise ReleaseRefused
            scheme, host = link.groups()
            netloc = Allowed(settings["address"], _PORTS[scheme]).netloc(host)
            account = _account(settings, release)
        except (KeyError, ValueError):  # sealed while the site had another gateway or login
            raise ReleaseRefused from None
        query = urlencode({"dst": landing, **account}, quote_via=quote)
        return Redirect(f"{scheme}://{netloc}/login?{query}")

    def plain_release(self, site: Site, landing: str) -> str | None:
        """Return the link that logs a visitor in; not where the password is hashed."""
        settings = site.gateway_settings
        netloc = only(settings["address"], _PORTS["http"])
        if netloc is None or settings["login"] == "chap":
            return None
        account = {"username": settings["username"], "password": settings["password"]}
        who = urlencode(account, quote_via=quote)
        if settings["login"] == "trial":
            who = "username=T-{mac}"
        return f"http://{netloc}/login?{urlencode({'dst': landing}, quote_via=quote)}&{who}"

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return the pages for the hotspot's folder, and the script that sets the rest."""
        return [
            File("login.html", login_page(notice)),
            File("alogin.html", ALOGIN),
            File("bluezone.rsc", script(site.gateway_settings, notice, garden)),
        ]


def _needed(site: Site, given: Mapping[str, str]) -> dict[str, str]:
    """Return what the site's way of logging in needs of the visitor, and no more."""
    login = site.gateway_settings["login"]
    if login == "trial":
        if not _MAC.fullmatch(given.get("mac", "")):
            raise BadArrival("missing_mac")
        return {"mac": given["mac"]}
    if login == "chap":
        ident, challenge = (_bytes(given.get(name, "")) for name in ("chap-id", "chap-challenge"))
        if (len(ident), len(challenge)) != (1, 16):
            raise BadArrival("bad_chap")
        return {"chap": (ident + challenge).hex()}
    return {}


def _bytes(value: str) -> bytes:
    r"""Return the bytes that the hotspot writes for JavaScript, like ``\357\015``.

    Nowhere is it said what ``-esc`` is applied to: bytes that are not written so stand for
    themselves.
    """
    raw = value.encode("latin-1", "replace")
    return re.sub(rb"\\([0-3][0-7]{2})", lambda match: bytes([int(match[1], 8)]), raw)


def _account(settings: Mapping[str, str], release: Mapping[str, str]) -> dict[str, str]:
    """Return who logs in, and with what."""
    if settings["login"] == "trial":
        return {"username": f"T-{release['mac']}"}
    password = settings["password"]
    if settings["login"] == "chap":
        chap = bytes.fromhex(release["chap"])
        secret = chap[:1] + password.encode() + chap[1:]
        password = hashlib.md5(secret, usedforsecurity=False).hexdigest()
    return {"username": settings["username"], "password": password}
