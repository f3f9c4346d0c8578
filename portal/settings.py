"""The settings: one typed, frozen object, and the only reader of their file and environment.

Every setting has a default, may stand in ``portal.toml`` (as ``name = value``) and may be
overridden by the variable ``PORTAL_<NAME>``. A secret may also come from a file that
``PORTAL_<NAME>_FILE`` names. Nothing is ignored: a name that is not a setting is an error.
"""

import os
import platform
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from portal import setting_kinds as kinds
from portal.domain.errors import BadSettings, Problem
from portal.domain.errors import message as _

PREFIX = "PORTAL_"
FILE = "portal.toml"


def _setting(default: Any, read: Callable[[Any], Any], help: str, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"read": read, "help": help})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation decides. ``Settings()`` is the embedded default."""

    data: Path = _setting(Path("data"), kinds.path, "folder for the journal, the store and the key")
    bind: str = _setting("127.0.0.1:8080", kinds.text, "address and port that are listened on")
    public_url: str = _setting(
        "", kinds.public_url, "the address visitors use; empty: the one of each request"
    )
    console_url: str = _setting(
        "",
        kinds.public_url,
        "the console's own address; empty: on this machine only, to try it out",
    )
    store: str = _setting(
        "sqlite:", kinds.store, "where counts and documents are kept", secret=True
    )
    node: str = _setting(
        "", kinds.node, "what this machine is called in the reconciliation; empty: its host name"
    )
    secret_key: str = _setting(
        "", kinds.secret, "signs views; empty: generated once into the data folder", secret=True
    )
    old_secret_keys: tuple[str, ...] = _setting(
        (), kinds.secrets, "earlier keys, separated by commas, still accepted", secret=True
    )
    campaign: str = _setting("bluezone", kinds.text, "a campaign that is included, or a TOML file")
    journal_sync: str = _setting(
        "second", kinds.one_of("second", "always"), "when the disk itself is waited for"
    )
    journal_limit: int = _setting(
        1024, kinds.number(1, 1_000_000), "megabytes that the journals of this node may take"
    )
    journal_hours: int = _setting(
        48, kinds.number(1, 48), "hours for which a node keeps what the store has acknowledged"
    )
    hourly_days: int = _setting(
        400, kinds.number(31, 36500), "days for which hours are kept; before that, one number a day"
    )
    burst_limit: int = _setting(
        300,
        kinds.number(0, 10_000_000),
        "impressions of one network at a site that count at once, and again in 20 minutes; 0: all",
    )
    workers: int = _setting(0, kinds.number(0, 256), "processes; 0: by the number of cores")
    threads: int = _setting(8, kinds.number(1, 256), "threads in each process")
    trusted_proxies: tuple[str, ...] = _setting(
        (), kinds.networks, "networks of proxies whose X-Forwarded headers are believed"
    )
    metrics_from: tuple[str, ...] = _setting(
        ("127.0.0.0/8", "::1/128"),
        kinds.networks,
        "networks that may read /metrics, without a proxy",
    )
    notify: tuple[str, ...] = _setting(
        (),
        kinds.notified,
        "where alerts go: addresses of apprise, blanks between them",
        secret=True,
    )
    notify_lang: str = _setting("vi", kinds.one_of("vi", "en"), "the language of what is sent")
    digest_at: str = _setting(
        "07:30", kinds.time_of_day, "when the state of the day is sent; empty: it is not"
    )
    week_cutoff: str = _setting(
        "08:00", kinds.some_time, "when on Monday the numbers of the week before are taken"
    )
    superior: str = _setting(
        "UBND tỉnh Cao Bằng", kinds.text, "the authority above, in the head of a report"
    )
    agency: str = _setting(
        "Ủy ban nhân dân huyện Bảo Lâm", kinds.text, "who reports, in the head of a report"
    )
    report_sign: str = _setting("BC-UBND", kinds.text, "what follows a report's number")
    report_place: str = _setting("Bảo Lâm", kinds.text, "the place before a report's date")
    report_area: str = _setting("042", kinds.text, "the code of the area that a report is about")
    minutes_least: int = _setting(
        15, kinds.number(1, 44640), "minutes online that the owner of a site may choose, at least"
    )
    minutes_most: int = _setting(
        1440, kinds.number(1, 44640), "minutes online that the owner of a site may choose, at most"
    )
    log_level: str = _setting(
        "info", kinds.one_of("debug", "info", "warning", "error"), "how much is logged"
    )

    @property
    def node_name(self) -> str:
        """The name of this node: as it is set, or made from the machine's own."""
        own = re.sub(r"[^a-z0-9]+", "-", platform.node().lower())[:40]
        return self.node or own.strip("-") or "node"

    @property
    def journal(self) -> Path:
        """The folder of the journals."""
        return self.data / "journal"


def names() -> dict[str, str]:
    """Return every setting's name with its help text."""
    return {item.name: item.metadata["help"] for item in fields(Settings)}


def load_settings(
    environ: Mapping[str, str] | None = None, file: Path | None = None, **given: Any
) -> Settings:
    """Read the settings: ``given`` wins over the environment, which wins over the file.

    ``file`` defaults to ``PORTAL_CONFIG`` or, if it exists, ``portal.toml`` in the current
    folder. Raises BadSettings with all problems at once.
    """
    environ = os.environ if environ is None else environ
    problems: list[Problem] = []
    raw = _from_file(environ, file, problems)
    raw |= _from_environment(environ, problems)
    raw |= {name: (name, value) for name, value in given.items() if value is not None}
    known = {item.name: item.metadata["read"] for item in fields(Settings)}
    values: dict[str, Any] = {}
    for name, (origin, value) in raw.items():
        if name not in known:
            problems.append(Problem(origin, _("there is no such setting")))
            continue
        try:
            values[name] = known[name](value)
        except kinds.Wrong as wrong:
            problems.append(Problem(origin, wrong.text, wrong.values))
    if problems:
        raise BadSettings(problems)
    return Settings(**values)


def _unreadable(where: str, error: Exception) -> Problem:
    return Problem(where, _("cannot be read: %(error)s"), {"error": error})


def _from_file(
    environ: Mapping[str, str], file: Path | None, problems: list[Problem]
) -> dict[str, tuple[str, Any]]:
    named = file or (Path(environ["PORTAL_CONFIG"]) if environ.get("PORTAL_CONFIG") else None)
    path = named or Path(FILE)
    if named is None and not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problems.append(_unreadable(str(path), error))
        return {}
    return {name: (f"{path}: {name}", value) for name, value in table.items()}


def _from_environment(
    environ: Mapping[str, str], problems: list[Problem]
) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    known = names()
    for variable, value in environ.items():
        if not variable.startswith(PREFIX) or variable == "PORTAL_CONFIG":
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known and name.removesuffix("_file") in known:
            try:
                value = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                problems.append(_unreadable(variable, error))
                continue
            name = name.removesuffix("_file")
        if name in found:
            other = {"other": found[name][0]}
            problems.append(Problem(variable, _("this is set by %(other)s already"), other))
        found[name] = (variable, value)
    return found


def signing_keys(settings: Settings) -> list[bytes]:
    """Return the keys that sign views: the current one first, then those still accepted.

    Without a configured key one is generated once into the data folder, readable by its owner
    only. Raises BadSettings when that file cannot be made or read.
    """
    current = settings.secret_key or _kept_key(settings.data / "secret_key")
    return [key.encode() for key in (current, *settings.old_secret_keys)]


def _kept_key(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        key = path.read_text(encoding="ascii").strip()
        others = path.stat().st_mode & 0o007
    except (OSError, ValueError) as error:
        raise BadSettings([_unreadable(str(path), error)]) from error
    if len(key) < 32:
        raise BadSettings([Problem(str(path), _("a key needs at least 32 characters"))])
    if others:
        open_ = _("everybody on this machine can read or change it; say: chmod 600 %(file)s")
        raise BadSettings([Problem(str(path), open_, {"file": path})])
    return key


def _make_key(path: Path) -> None:
    # Written whole under another name and linked: of two processes that start at once, one
    # wins, and nobody ever reads half a key.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
