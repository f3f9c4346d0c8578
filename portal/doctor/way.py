"""The way of a visitor: the addresses one is led along, up to the portal."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.doctor.findings import BadAddress
from portal.doctor.net import Answer, Net
from portal.doctor.pages import Reading

_LONGEST = 8  # hops; gateways need two or three


@dataclass(frozen=True, slots=True)
class Notice:
    """The address of a site's notice, taken apart."""

    url: str
    scheme: str
    host: str
    port: int
    site: str

    @property
    def origin(self) -> str:
        """The portal's address."""
        return self.url.removesuffix(f"/s/{self.site}")

    def is_portal(self, url: str) -> bool:
        """Tell whether an address is one of the portal."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            return False
        # Over http or https: which of the two a gateway uses is its level's matter.
        usual = port == self.port or {port, self.port} <= set(_PORTS.values())
        return parts.hostname == self.host and usual


_PORTS = {"http": 80, "https": 443}


def read_notice(url: str) -> Notice:
    """Take the address of a notice apart. Raise BadAddress."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise BadAddress(url) from None
    before, _slash, site = parts.path.rpartition("/")
    if not (host and site) or before != "/s" or parts.query or parts.fragment or parts.username:
        raise BadAddress(url)
    return Notice(f"{parts.scheme}://{parts.netloc}/s/{site}", parts.scheme, host, port, site)


def steps(
    net: Net, url: str, accept: str = "*/*", *, stop: Notice | None = None
) -> Iterator[Answer]:
    """Yield the answers on the way that begins at ``url``: redirects and pages that lead on.

    It ends before the portal that ``stop`` names, whose address is then the last one's
    ``onward``. The portal's certificate is looked at elsewhere. Raise NoName, NoAnswer.
    """
    for _hop in range(_LONGEST):
        answer = net.fetch(url, accept, blind=True)
        yield answer
        url = onward(answer)
        if not url or (stop and stop.is_portal(url)):
            return


def onward(answer: Answer) -> str:
    """Return where an answer leads by itself, "" if nowhere."""
    if answer.location:
        return answer.location
    return Reading(answer.url, answer.body).refresh if answer.body else ""
