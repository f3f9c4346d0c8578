"""openNDS, "FAS" levels 0 to 3, as version 9.10.0 was seen on the wire.

Level 0 shows the token to everybody, level 1 a hash of it; levels 2 and 3 encrypt all with the
site's key, and level 3 asks for the notice by https (see opennds_fields). The release is a link to
the gateway, which from level 1 on proves knowledge of the key. Level 3 takes this link, too, so
nothing has to wait for its "authmon", which fetches releases from servers that are no browsers.
Source: openNDS's documentation (docs/source/fas.rst, config.rst), and the Debian package, which
tests/lab runs at levels 1 to 3; level 0 was tried by hand.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlencode

from portal.domain.errors import BadArrival, ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.events import Tier
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways import opennds_fields as fields
from portal.gateways.addresses import Allowed, only
from portal.gateways.base import Arrival, File, Option, Redirect, Release, checked
from portal.gateways.opennds_kit import kit
from portal.gateways.options import DOWN, MINUTES, UP, gateway_address, one_of

PORT = 2050
AUTHMON_LEVEL = "3"
_LEVELS = ("0", "1", "2", "3")
_ENCRYPTED = ("2", "3")
_LONGEST = 8192  # characters of a query string
_WEAK_KEYS = frozenset({"1234567890"})  # openNDS's own default, known to everybody
_KEY = Option(
    "faskey",
    lambda key: re.fullmatch(r"[A-Za-z0-9]{10,64}", key) is not None and key not in _WEAK_KEYS,
    _("write 10 to 64 letters and digits, not the maker's default"),
    secret=True,
)


class OpenNDS:
    """openNDS at FAS level 0 or 1 (readable by everybody), 2 or 3 (encrypted with the key)."""

    name = "opennds"
    captive = True
    proofs = frozenset({"fas"})
    options = (
        one_of("level", _LEVELS, default="2"),
        _KEY,
        gateway_address(PORT),
        MINUTES,
        UP,
        DOWN,
    )

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings as they will be used. Level 0 is the only one without a key."""
        if settings.get("level") != "0":
            return checked(self.options, settings)
        optional = replace(_KEY, default="")
        return checked([optional if o is _KEY else o for o in self.options], settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what openNDS appended to the notice's address."""
        if len(query) > _LONGEST:
            raise BadArrival("too_long")
        # Level 1's base64 may hold a raw "+": this must not become a blank.
        given = dict(reversed(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)))
        if "fas" not in given and "authaction" not in given:
            # A release that was asked for twice sends the visitor back like this.
            if given.get("status") == "authenticated":
                return Arrival(captive=False, origin=given.get("redir", ""))
            return None
        level = site.gateway_settings["level"]
        if _sent_by(given) != ("2" if level in _ENCRYPTED else level):
            raise BadArrival("level")
        if level == "0":
            release, origin = fields.read_plain(given)
        elif level == "1":
            release, origin = fields.read_fas(fields.decode(given["fas"]))
        else:
            key = site.gateway_settings["faskey"]
            release, origin = fields.read_fas(fields.decrypt(given["fas"], given["iv"], key))
        tier = Tier.SIGNED if level in _ENCRYPTED else Tier.NONE
        return Arrival(tier=tier, release=release, origin=origin)

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the link to the gateway that opens it for this visitor.

        Always with ``tok`` and ``redir``: without either of them openNDS 9.10.0 crashes. The
        slash before the question mark is required.
        """
        if not release:
            return Redirect(landing)
        settings = site.gateway_settings
        try:
            netloc = Allowed(settings["address"], PORT).netloc(release["address"])
            authdir, token = release["authdir"], _token(release, settings)
        except (KeyError, ValueError):  # sealed while the site had another gateway or level
            raise ReleaseRefused from None
        if not fields.AUTHDIRS.fullmatch(authdir):
            raise ReleaseRefused
        query = urlencode({"tok": token, "redir": landing}, quote_via=quote)
        return Redirect(f"http://{netloc}/{authdir}/?{query}")

    def plain_release(self, site: Site, landing: str) -> str | None:
        """Return the link of level 0; the others' token has to be made with the key."""
        netloc = only(site.gateway_settings["address"], PORT)
        if netloc is None or site.gateway_settings["level"] != "0":
            return None
        redir = urlencode({"redir": landing}, quote_via=quote)
        return f"http://{netloc}/{fields.AUTHDIR}/?tok={{tok}}&{redir}"

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return the lines for OpenWrt and for Debian, and what starts a daemon anew that died."""
        return kit(site, notice, garden)


def _sent_by(given: Mapping[str, str]) -> str:
    """Return the lowest level that sends these parameters."""
    if "fas" not in given:
        return "0"
    return "2" if "iv" in given else "1"


def _token(release: Mapping[str, str], settings: Mapping[str, str]) -> str:
    """Return what the gateway takes as proof. Raise KeyError or ValueError for anything else."""
    if settings["level"] == "0":
        form, token = fields.TOKEN, release["tok"]
    else:
        form, token = fields.HID, release["hid"]
    if not form.fullmatch(token):
        raise ValueError
    if settings["level"] == "0":
        return token
    return hashlib.sha256((token + settings["faskey"]).encode()).hexdigest()
