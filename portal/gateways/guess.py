"""Guessing a device's brand from what arrives, for whoever has chosen another one.

Each mark is what the brand's adapter reads; sources stand there.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

_LONGEST = 8192  # characters; a longer query is nobody's

MARKS: Mapping[str, tuple[frozenset[str], ...]] = {
    "opennds": (frozenset({"fas"}), frozenset({"authaction", "tok"})),
    "coovachilli": (frozenset({"uamip", "uamport"}), frozenset({"res", "challenge"})),
    "mikrotik": (frozenset({"link-login-only"}), frozenset({"link-login"})),
    "omada": (frozenset({"clientMac", "apMac"}), frozenset({"clientMac", "gatewayMac"})),
    "unifi": (frozenset({"id", "ap", "t"}), frozenset({"id", "ap", "ssid"})),
    "meraki": (frozenset({"base_grant_url"}),),
    "cisco": (frozenset({"switch_url"}),),
    "ruckus": (frozenset({"nbiIP"}), frozenset({"sip", "client_mac"})),
    "aruba": (frozenset({"cmd", "mac"}),),
    "opnsense": (frozenset({"opnsense"}),),
}
"""By brand: names of parameters of which one set or the other is always there."""


def guess(query: str) -> str:
    """Return the brand whose device sends such a query string, "" when none is known."""
    try:
        fields = parse_qsl(query[:_LONGEST], keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return ""
    given = {name for name, _value in fields}
    return next((brand for brand, sets in MARKS.items() if any(one <= given for one in sets)), "")
