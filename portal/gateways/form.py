"""Any gateway that opens for a form, or a link, with fields of its own: which ones is a setting.

For brands without an adapter: the names of the parameters with which it sends the visitor, the
address where a login is taken, and the fields of that login are entered with the site.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from portal.domain.errors import BadArrival, ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.addresses import Allowed, only
from portal.gateways.base import Arrival, File, FormPost, Option, Redirect, Release, checked
from portal.gateways.options import gateway_address, one_of, text
from portal.gateways.parameters import mac, origin, parameters, web_address

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[A-Za-z][\w.-]{0,39}", re.ASCII)
_PATH = re.compile(r"/[\w.~/-]{0,200}", re.ASCII)
_FIELD = re.compile(r"[A-Za-z_][\w.-]{0,39}=[^\s{}]*(?:\{[a-z]+\}[^\s{}]*)*", re.ASCII)
_GAPS = frozenset({"mac", "ip", "landing", "username", "password"})
_IP = re.compile(r"[0-9A-Fa-f.:]{2,45}")


def _parameter(name: str, default: str) -> Option:
    wrong = _("write the name of a parameter, like client_mac")
    return Option(name, lambda value: _NAME.fullmatch(value) is not None, wrong, default)


def _fields_fit(value: str) -> bool:
    fields = value.split()
    gaps = set(re.findall(r"\{(\w+)\}", value))
    return bool(fields) and all(map(_FIELD.fullmatch, fields)) and gaps <= _GAPS


class Form:
    """A gateway that is described by its site's settings."""

    name = "form"
    captive = True
    proofs = frozenset[str]()
    options = (
        gateway_address(443),
        one_of("method", ("post", "get"), default="post"),
        one_of("ssl", ("on", "off"), default="on"),
        Option(
            "login",
            lambda value: (_PATH.fullmatch(value) or _NAME.fullmatch(value)) is not None,
            _("write a path like /login, or the name of the parameter that holds the address"),
        ),
        Option(
            "fields",
            _fields_fit,
            _("write name=value, separated by blanks; {mac} {ip} {landing} {username} {password}"),
        ),
        _parameter("mac", "mac"),
        _parameter("ip", "ip"),
        _parameter("origin", "url"),
        text("username", ""),
        text("password", "", secret=True),
    )

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings as they will be used."""
        return checked(self.options, settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what the gateway appended to the notice's address, by the names it has here."""
        given, settings = parameters(query), site.gateway_settings
        if settings.get("mac", "mac") not in given:
            return None
        release = {"mac": mac(given, settings["mac"])}
        if ip := given.get(settings["ip"], ""):
            if not _IP.fullmatch(ip):
                raise BadArrival("bad_ip")
            release["ip"] = ip
        if not settings["login"].startswith("/"):
            release["login"] = web_address(given.get(settings["login"], ""))
        return Arrival(release=release, origin=origin(given, settings["origin"]))

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the form, or the link, that logs this visitor in."""
        if not release:
            return Redirect(landing)
        settings = site.gateway_settings
        try:
            url = _login(settings, release)
            values = {**dict.fromkeys(_GAPS, ""), **_known(settings), "landing": landing}
            values |= {name: release[name] for name in ("mac", "ip") if name in release}
            if "mac" not in release:
                raise ReleaseRefused
        except (KeyError, ValueError, BadArrival):  # sealed while the site had another gateway
            raise ReleaseRefused from None
        pairs = (field.partition("=") for field in settings["fields"].split())
        fields = {name: _filled(value, values) for name, _equals, value in pairs}
        if settings["method"] == "get":
            return Redirect(f"{url}?{urlencode(fields)}")
        return FormPost(url, fields)

    def plain_release(self, site: Site, landing: str) -> str | None:
        """Return the link, where the gateway takes one at an address that is entered here."""
        settings = site.gateway_settings
        path = settings["login"].startswith("/")
        if settings["method"] != "get" or not path or not only(settings["address"], 443):
            return None
        values = {**_known(settings), "landing": landing, "mac": "{mac}", "ip": "{ip}"}
        pairs = (field.partition("=") for field in settings["fields"].split())
        query = urlencode({name: _filled(value, values) for name, _equals, value in pairs})
        for gap in ("mac", "ip"):
            query = query.replace(f"%7B{gap}%7D", f"{{{settings[gap]}}}")
        return f"{_login(settings, {})}?{query}"

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return what any gateway asks for: the notice's address and the walled garden."""
        hosts = [urlsplit(notice).hostname or "", *garden.hosts()]
        return [File("form.txt", "\n".join(["# Portal:", notice, "# Walled garden:", *hosts, ""]))]


def _login(settings: Mapping[str, str], release: Mapping[str, str]) -> str:
    """Return where the login goes: at the gateway, and nowhere else. Raise ReleaseRefused."""
    login = settings["login"]
    if login.startswith("/"):
        first = settings["address"].replace(",", " ").split()[0]
        scheme = "http" if settings.get("ssl") == "off" else "https"
        return f"{scheme}://{Allowed(settings['address'], _PORTS[scheme]).netloc(first)}{login}"
    parts = urlsplit(web_address(release["login"]))
    netloc = Allowed(settings["address"], _PORTS[parts.scheme]).netloc(parts.netloc)
    return f"{parts.scheme}://{netloc}{parts.path or '/'}"


def _known(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: settings[name] for name in ("username", "password")}


def _filled(value: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda gap: values.get(gap[1], ""), value)
