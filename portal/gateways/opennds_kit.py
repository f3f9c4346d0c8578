"""What is entered at an openNDS gateway: OpenWrt's UCI file, and Debian's opennds.conf.

Source: openNDS's documentation (docs/source/config.rst, walledgarden.rst). The session's length
and its rates are the gateway's own settings at every level: its BinAuth and "authmon" could take
them from us, but the first reads them from a parameter that the visitor's browser carries and no
key covers, and the second only for releases that do not travel in the visitor's link.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import File

_ADDRESS = "ADDRESS"
"""Stands where only whoever enters it knows the value: the portal's own IPv4 address."""

# openNDS hands the name to shell scripts and pages; its documentation has ' written like this.
_NAME = {ord(letter): f"&#{ord(letter)};" for letter in "'\"`$\\"}

_RATES = {"minutes": "sessiontimeout", "up": "uploadrate", "down": "downloadrate"}

# What stands in the file that ours replaces: without it guests would get neither an address nor a
# name. The router's own pages and its ssh, which that file opens too, are nothing for guests.
_RULES = {
    "authenticated-users": ("allow all",),
    "users-to-router": ("allow udp port 53", "allow tcp port 53", "allow udp port 67"),
}

# One request of a phone can end openNDS 9.10: without tok, or with an address of 6.000 letters.
# Debian's systemd starts it again; OpenWrt's procd gives up after the fifth time in an hour.
_CRONTAB = "* * * * * pidof opennds >/dev/null || /etc/init.d/opennds restart\n"


def kit(site: Site, notice: str, garden: Garden) -> list[File]:
    """Return the files; ``notice`` is the address of the site's notice."""
    lines = dict(_lines(site, notice))
    open_to = {"walledgarden_fqdn_list": " ".join(names(garden)), "walledgarden_port_list": "443"}
    uci = [f"\toption {name} '{value}'" for name, value in lines.items()]
    uci += [f"\tlist {name} '{value}'" for name, value in open_to.items()]
    uci += [
        f"\tlist {users.replace('-', '_')} '{rule}'"
        for users, rules in _RULES.items()
        for rule in rules
    ]
    plain = "".join(f"{n} {v}\n" for n, v in (lines | open_to).items())
    return [
        File("opennds", "\n".join(["config opennds", "\toption enabled '1'", *uci, ""])),
        File("opennds.conf", plain + "".join(map(_rule_set, _RULES))),
        File("crontab", _CRONTAB),
    ]


def _rule_set(users: str) -> str:
    rules = "".join(f"FirewallRule {rule}\n" for rule in _RULES[users])
    return f"FirewallRuleSet {users} {{\n{rules}}}\n"


def names(garden: Garden) -> list[str]:
    """Return the garden's hosts in openNDS's syntax: a name stands for all names below it, too.

    Together with port 443 alone: connectivity checks use port 80, and Google answers them from
    addresses of its stores.
    """
    bare = [host.removeprefix("*.") for host in garden.hosts()]
    kept = [
        host for host in bare if not any(host.endswith(f".{other}") for other in bare)
    ]  # what a shorter one covers
    return list(dict.fromkeys(kept))


def _lines(site: Site, notice: str) -> Iterator[tuple[str, str]]:
    settings = site.gateway_settings
    url = urlsplit(notice)
    scheme, port = ("https", 443) if settings["level"] == "3" else ("http", 80)
    yield "gatewayname", site.name.translate(_NAME)
    yield "enable_serial_number_suffix", "0"
    yield "login_option_enabled", "0"
    yield "fas_secure_enabled", settings["level"]
    if settings["faskey"]:
        yield "faskey", settings["faskey"]
    yield from _place(url.hostname or "")
    yield "fasport", str((url.port if url.scheme == scheme else None) or port)
    yield "faspath", url.path
    yield from _limits(settings)


def _place(host: str) -> Iterator[tuple[str, str]]:
    if host.replace(".", "").isdigit():
        yield "fasremoteip", host
    else:
        yield "fasremotefqdn", host
        yield "fasremoteip", _ADDRESS


def _limits(settings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the session's length in minutes and its rates in kbit/s, where they are set."""
    for name, option in _RATES.items():
        if settings[name]:
            yield option, settings[name]
