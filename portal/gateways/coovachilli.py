"""CoovaChilli's "UAM" (universal access method), as version 1.7 was seen on the wire.

It redirects to ``?res=notyet&uamip=&uamport=&challenge=&called=&mac=&ip=&…&userurl=&md=``: ``md``
is MD5, in capitals, over the whole address before ``&md=`` and the shared ``uamsecret``. The
release is a link to ``/logon`` whose user name and answer to the challenge chilli hands to its
RADIUS server or looks up in its own file of users. Afterwards it sends the visitor back with
``res=success`` and our landing page as ``userurl``, or with ``res=failed`` and a new challenge.
Source: coova/coova-chilli, ``src/redir.c`` and ``conf/defaults.in``, and captures of version 1.7.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from portal.domain.errors import BadArrival, BadSite, Problem, ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.events import Tier
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.addresses import Allowed
from portal.gateways.base import Arrival, File, Option, Redirect, Release, checked
from portal.gateways.options import gateway_address, one_of, text

PORT = 3990
SSL_PORT = 4990
_LONGEST = 8192  # characters of a query string
_HELD = frozenset({"notyet", "failed", "logoff", "splash"})
_ONLINE = frozenset({"success", "already"})
_NEEDED = {"uamip": re.compile(r"[0-9.]{7,15}"), "uamport": re.compile(r"[0-9]{1,5}")}
_OPTIONAL = {
    "mac": re.compile(r"[0-9A-F]{2}(-[0-9A-F]{2}){5}"),
    "ip": re.compile(r"[0-9.]{7,15}"),
    "userurl": re.compile(r"\S{0,7000}"),  # empty in the first redirect after DHCP
}
_CHALLENGE = re.compile(r"[0-9a-f]{32}")
_SSL = re.compile(r"https://([^\s/?#@\\]{1,270})/?")
_LONGEST_BYTES = {"username": 253, "password": 128}  # what an attribute of RADIUS holds


class CoovaChilli:
    """CoovaChilli (and ChilliSpot before it), with one account that all visitors share."""

    name = "coovachilli"
    captive = True
    proofs = frozenset({"md"})
    options = (
        Option(
            "uamsecret",
            lambda key: re.fullmatch(r"[A-Za-z0-9]{10,64}", key) is not None,
            _("write 10 to 64 letters and digits, not the maker's default"),
            secret=True,
        ),
        text("username"),
        text("password", secret=True),
        one_of("login", ("chap", "pap"), default="chap"),
        gateway_address(PORT),
        one_of("ssl", ("off", "on"), default="off"),
    )

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings as they will be used."""
        complete = checked(self.options, settings)
        problems = [
            Problem(name, _("at most %(most)d characters"), {"most": most})
            for name, most in _LONGEST_BYTES.items()
            if len(complete[name].encode()) > most
        ]
        if problems:
            raise BadSite(problems)
        return complete

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what chilli appended to the notice's address, and see who signed it.

        An arrival that is not signed is still served, as one that proves nothing.
        """
        if len(query) > _LONGEST:
            raise BadArrival("too_long")
        given = dict(reversed(parse_qsl(query, keep_blank_values=True)))
        if not {"res", "uamip"} & set(given):
            return None
        _check(given)
        secret = site.gateway_settings["uamsecret"]
        tier = Tier.SIGNED if _is_signed(query, address, secret) else Tier.NONE
        origin = given.get("userurl", "")
        if given.get("res") in _ONLINE:
            return Arrival(tier, captive=False, origin=origin)
        if given.get("res") not in _HELD:
            raise BadArrival("bad_res")
        if not _CHALLENGE.fullmatch(given.get("challenge", "")):
            raise BadArrival("bad_challenge")
        ssl = site.gateway_settings["ssl"] == "on"
        where = _ssl_address(given) if ssl else f"{given['uamip']}:{given['uamport']}"
        return Arrival(tier, release={"address": where, "chal": given["challenge"]}, origin=origin)

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the link to the gateway that logs this visitor in."""
        if not release:
            return Redirect(landing)
        settings = site.gateway_settings
        scheme, port = ("https", SSL_PORT) if settings.get("ssl") == "on" else ("http", PORT)
        try:
            netloc = Allowed(settings["address"], port).netloc(release["address"])
            answer = _answer(settings, bytes.fromhex(release["chal"]))
        except (KeyError, ValueError):  # sealed while the site had a gateway of another brand
            raise ReleaseRefused from None
        # Chilli reads "+" as itself, and takes the first "userurl=" that it finds anywhere.
        query = urlencode(
            {"username": settings["username"], **answer, "userurl": landing}, quote_via=quote
        )
        return Redirect(f"{scheme}://{netloc}/logon?{query}")

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return the lines for ``/etc/chilli/config``, and the account for FreeRADIUS."""
        host, settings = urlsplit(notice).hostname or "", site.gateway_settings
        lines = {
            "HS_UAMSECRET": settings["uamsecret"],
            "HS_UAMSERVER": host,
            "HS_UAMFORMAT": notice,
            "HS_UAMHOMEPAGE": "",  # else visitors go to chilli's own page first
            "HS_UAMALLOW": host,
            # By name, as stores change their addresses; "*.a" is written ".a".
            "HS_UAMDOMAINS": ",".join(name.removeprefix("*") for name in garden.hosts()),
        }
        if settings["ssl"] == "on":
            lines |= {"HS_UAMUIPORT": str(SSL_PORT), "HS_UAMUISSL": "on"}
        config = "".join(f"{name}='{value}'\n" for name, value in lines.items())
        # In single quotes FreeRADIUS expands nothing.
        name, password = _quoted(settings["username"], '"'), _quoted(settings["password"], "'")
        return [
            File("config", config),
            File("users", f"{name} Cleartext-Password := {password}\n"),
        ]


def _check(given: Mapping[str, str]) -> None:
    """Raise BadArrival for a field that is not of its form."""
    for name, form in _NEEDED.items():
        if name not in given:
            raise BadArrival(f"missing_{name}")
        if not form.fullmatch(given[name]):
            raise BadArrival(f"bad_{name}")
    for name, form in _OPTIONAL.items():
        if given.get(name) and not form.fullmatch(given[name]):
            raise BadArrival(f"bad_{name}")


def _is_signed(query: str, address: str, secret: str) -> bool:
    """Tell whether the query ends with the signature over all that stands before it.

    Absent or wrong, the same is computed and compared, so that both take the same time.
    """
    signed, _mark, given = query.rpartition("&md=")
    url = f"{address}?{signed}".encode("latin-1", "replace")
    right = hashlib.md5(url + secret.encode(), usedforsecurity=False).hexdigest().upper()
    return hmac.compare_digest(right.encode(), given.encode("latin-1", "replace"))


def _ssl_address(given: Mapping[str, str]) -> str:
    """Return where chilli listens with TLS, as it says itself."""
    match = _SSL.fullmatch(given.get("ssl", ""))
    if not match:
        raise BadArrival("bad_ssl")
    return match[1]


def _answer(settings: Mapping[str, str], challenge: bytes) -> dict[str, str]:
    """Return the answer to the challenge, which is first mixed with the shared secret."""
    password = settings["password"].encode()
    key = hashlib.md5(challenge + settings["uamsecret"].encode(), usedforsecurity=False).digest()
    if settings["login"] == "chap":
        proof = hashlib.md5(b"\0" + password + key, usedforsecurity=False)
        return {"response": proof.hexdigest()}
    # Versions of old read 16 bytes whatever they get; later ones as many as there are.
    padded = password.ljust(16, b"\0")
    return {"password": bytes(b ^ key[n % 16] for n, b in enumerate(padded)).hex()}


def _quoted(value: str, mark: str) -> str:
    """Return ``value`` as FreeRADIUS reads it between ``mark``s."""
    return mark + value.replace("\\", "\\\\").replace(mark, f"\\{mark}") + mark
