"""The address of a store, as it is written in the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from portal.domain.errors import PortalError
from portal.domain.errors import message as _

SQLITE = "sqlite:"
_SINGLE = ("redis", "rediss", "unix")
_SENTINEL = ("redis+sentinel", "rediss+sentinel")
_CLUSTER = ("redis+cluster", "rediss+cluster")
SCHEMES = (SQLITE, *(f"{scheme}://" for scheme in (*_SINGLE, *_SENTINEL, *_CLUSTER)))
_TLS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_OPTIONS = (*_TLS, "wait")


class BadAddress(PortalError):
    """The text names no store; ``text`` and ``values`` say why. No password is in it."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text % values)
        self.text = text
        self.values = values


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where Redis is, and how to speak with it."""

    hosts: tuple[tuple[str, int], ...] = ()  # of the server, the Sentinels, or some of the Cluster
    path: str = ""  # of a unix socket
    cluster: bool = False
    service: str = ""  # what the Sentinels call the primary
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    files: Mapping[str, str] = field(default_factory=dict)  # certificates, by redis-py's names
    wait: int = 0  # replicas that must have a batch before it is taken for counted


def parse_address(url: str) -> RedisAddress:
    """Read the address of a Redis. Raise BadAddress."""
    scheme, separator, _rest = url.partition("://")
    if not separator or f"{scheme}://" not in SCHEMES:
        raise BadAddress(
            _("write an address that begins with one of: %(choices)s"), choices=", ".join(SCHEMES)
        )
    if any(character.isspace() or not character.isprintable() for character in url):
        raise BadAddress(_("an address has no blanks"))
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise BadAddress(_("the address cannot be read")) from None
    if unknown := sorted(options.keys() - set(_OPTIONS)):
        raise BadAddress(
            _("unknown “%(name)s”; known are: %(choices)s"),
            name=unknown[0],
            choices=", ".join(_OPTIONS),
        )
    login, _at, place = parts.netloc.rpartition("@")
    username, _colon, password = login.partition(":")
    service, db = _path(scheme, parts.path)
    return RedisAddress(
        hosts=() if scheme == "unix" else _hosts(scheme, place),
        path=unquote(parts.path) if scheme == "unix" else "",
        cluster=scheme in _CLUSTER,
        service=service,
        db=db,
        username=unquote(username) or None,
        password=unquote(password) or None,
        tls=scheme.startswith("rediss"),
        files={name: options[name] for name in _TLS if name in options},
        wait=_number(options.get("wait", "0"), 9, "wait"),
    )


def _path(scheme: str, path: str) -> tuple[str, int]:
    """Return the Sentinels' name of the primary, and the number of the database."""
    if scheme == "unix":
        if len(path) < 2:
            raise BadAddress(_("write the path of the socket: unix:///run/redis/redis.sock"))
        return "", 0
    names = [unquote(name) for name in path.split("/") if name]
    service = ""
    if scheme in _SENTINEL:
        if not names:
            raise BadAddress(_("write what the Sentinels call the primary: …/NAME/0"))
        service = names.pop(0)
    db = _number(names.pop(0), 1_000_000, "db") if names else 0
    if names or (db and scheme in _CLUSTER):
        raise BadAddress(_("after the host only the number of the database may stand"))
    return service, db


def _hosts(scheme: str, place: str) -> tuple[tuple[str, int], ...]:
    usual = 26379 if scheme in _SENTINEL else 6379
    hosts = []
    for item in place.split(","):
        try:
            parts = urlsplit(f"//{item}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host:
            raise BadAddress(_("write each host as NAME or NAME:PORT, separated by commas"))
        hosts.append((host, port or usual))
    if len(hosts) > 1 and scheme in _SINGLE:
        raise BadAddress(_("several hosts need redis+sentinel:// or redis+cluster://"))
    return tuple(hosts)


def _number(text: str, most: int, name: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > most:
        raise BadAddress(_("“%(name)s” is a number from 0 to %(most)s"), name=name, most=most)
    return int(text)
