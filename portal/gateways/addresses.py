"""Which addresses a release may go to: a gateway's address is a parameter anybody can forge."""

import re
from ipaddress import IPv6Address, ip_address, ip_network

from portal.domain.errors import ReleaseRefused

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
_NUMBER = re.compile(r"(.*\.)?([0-9-]+|0x[0-9a-f]*)")  # browsers read 127.0.0.0x1 as an address


def parse(text: str, port: int) -> tuple[str, int]:
    """Return host and port of ``text``: a name or an address, with or without a port.

    IPv6 stands in brackets. Anything else (user info, path, blanks, other spellings of a number)
    raises ReleaseRefused.
    """
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:]+)(?::([0-9]{1,5}))?", text)
    if not match:
        raise ReleaseRefused
    host = match[1].strip("[]").lower()
    number = int(match[2] or port)
    if not 0 < number < 65536:
        raise ReleaseRefused
    try:
        # Strict: 0x7f.1, 2130706433 and 010.0.0.1 are not addresses to Python, nor names to us.
        return str(ip_address(host)), number
    except ValueError:
        if not _NAME.fullmatch(host) or _NUMBER.fullmatch(host):
            raise ReleaseRefused from None
        return host, number


class Allowed:
    """The addresses that a site's gateway has: names, addresses or networks, maybe with a port.

    An entry without port stands for the brand's own port. Raises ValueError when it has none
    that can be understood.
    """

    def __init__(self, text: str, port: int) -> None:
        self._port = port
        entries = text.replace(",", " ").split()
        if not entries:
            raise ValueError("empty")
        networks = [entry for entry in entries if "/" in entry]
        self._networks = [ip_network(entry) for entry in networks]
        if any(network.prefixlen < 8 for network in self._networks):
            raise ValueError("half the world is no gateway")
        try:
            self._hosts = {parse(entry, port) for entry in entries if "/" not in entry}
        except ReleaseRefused:
            raise ValueError("not an address") from None

    def netloc(self, text: str) -> str:
        """Return host:port of ``text``, ready for a URL. Raise ReleaseRefused if not allowed."""
        host, port = parse(text, self._port)
        if (host, port) not in self._hosts and not self._in_network(host, port):
            raise ReleaseRefused
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def _in_network(self, host: str, port: int) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and (address.scope_id or address.ipv4_mapped):
            return False
        return port == self._port and any(address in network for network in self._networks)


def only(text: str, port: int) -> str | None:
    """Return host:port of the gateway where it has one address and no other; else None."""
    entries = text.replace(",", " ").split()
    if len(entries) != 1 or "/" in entries[0]:
        return None
    return Allowed(text, port).netloc(entries[0])
