"""Settings: every one from every source, every mistake named, no secret ever shown."""

import multiprocessing
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest

from portal.domain.errors import BadSettings
from portal.domain.nonces import Signer
from portal.settings import Settings, load_settings, names, signing_keys

SECRET = "s3cret" * 6
# name: (as TOML, as text in the environment, what it becomes)
GOOD: dict[str, tuple[str, str, Any]] = {
    "data": ('"/srv/portal"', "/srv/portal", Path("/srv/portal")),
    "bind": ('"0.0.0.0:80"', "0.0.0.0:80", "0.0.0.0:80"),
    "public_url": ('"http://a.vn:81/x/"', "http://a.vn:81/x/", "http://a.vn:81/x"),
    "store": ('"redis://r:6379/0"', "redis://r:6379/0", "redis://r:6379/0"),
    "secret_key": (f'"{SECRET}"', SECRET, SECRET),
    "old_secret_keys": (
        f'["{SECRET}1", "{SECRET}2"]',
        f"{SECRET}1, {SECRET}2",
        (f"{SECRET}1", f"{SECRET}2"),
    ),
    "campaign": ('"other.toml"', "other.toml", "other.toml"),
    "journal_sync": ('"always"', "always", "always"),
    "node": ('"bus-station"', "bus-station", "bus-station"),
    "journal_limit": ("64", "64", 64),
    "journal_hours": ("24", "24", 24),
    "burst_limit": ("600", "600", 600),
    "hourly_days": ("90", "90", 90),
    "workers": ("3", "3", 3),
    "threads": ("16", "16", 16),
    "trusted_proxies": (
        '["10.0.0.0/8", "::1"]',
        "10.0.0.0/8, ::1",
        ("10.0.0.0/8", "::1/128"),
    ),
    "metrics_from": ('["10.0.0.0/8"]', "10.0.0.0/8", ("10.0.0.0/8",)),
    "console_url": (
        '"https://quanly.example.vn"',
        "https://quanly.example.vn",
        "https://quanly.example.vn",
    ),
    "notify": (
        '["json://a.vn/x?y=1,2", "mailto://u:p@a.vn"]',
        "json://a.vn/x?y=1,2 \n mailto://u:p@a.vn",
        ("json://a.vn/x?y=1,2", "mailto://u:p@a.vn"),
    ),
    "notify_lang": ('"en"', "en", "en"),
    "digest_at": ('"06:05"', "06:05", "06:05"),
    "minutes_least": ("30", "30", 30),
    "minutes_most": ("480", "480", 480),
    "week_cutoff": ('"10:30"', "10:30", "10:30"),
    "superior": ('"UBND tỉnh"', "UBND tỉnh", "UBND tỉnh"),
    "agency": ('"UBND huyện"', "UBND huyện", "UBND huyện"),
    "report_sign": ('"BC-VHTT"', "BC-VHTT", "BC-VHTT"),
    "report_place": ('"Bảo Lạc"', "Bảo Lạc", "Bảo Lạc"),
    "report_area": ('"043"', "043", "043"),
    "log_level": ('"debug"', "debug", "debug"),
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No portal.toml of the folder where the tests were started is read."""
    monkeypatch.chdir(tmp_path)


def problems(environ: dict[str, str] | None = None, **given: Any) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        load_settings(environ or {}, **given)
    return [problem.where for problem in caught.value.problems]


def toml(text: str) -> Path:
    path = Path("other-portal.toml")
    path.write_text(text, encoding="utf-8")
    return path


def test_every_setting_is_in_the_table_here() -> None:
    assert set(GOOD) == set(names()) == {item.name for item in fields(Settings)}
    assert all(names().values())


def test_nothing_given_is_the_embedded_default() -> None:
    assert load_settings({}) == Settings()
    assert Settings().store == "sqlite:"
    assert Settings().journal == Path("data/journal")


@pytest.mark.parametrize("name", GOOD)
def test_by_file(name: str) -> None:
    settings = load_settings({}, toml(f"{name} = {GOOD[name][0]}"))
    assert getattr(settings, name) == GOOD[name][2]


@pytest.mark.parametrize("name", GOOD)
def test_by_environment(name: str) -> None:
    settings = load_settings({f"PORTAL_{name.upper()}": GOOD[name][1], "HOME": "/root"})
    assert getattr(settings, name) == GOOD[name][2]


@pytest.mark.parametrize("name", GOOD)
def test_by_a_file_that_the_environment_names(name: str) -> None:
    Path("value").write_text(GOOD[name][1] + "\n", encoding="utf-8")
    settings = load_settings({f"PORTAL_{name.upper()}_FILE": "value"})
    assert getattr(settings, name) == GOOD[name][2]


@pytest.mark.parametrize("name", GOOD)
def test_given_by_name(name: str) -> None:
    assert getattr(load_settings({}, **{name: GOOD[name][1]}), name) == GOOD[name][2]


def test_given_wins_over_environment_wins_over_file() -> None:
    path = toml("threads = 1\nworkers = 1\nbind = 'file:1'")
    environ = {"PORTAL_THREADS": "2", "PORTAL_WORKERS": "2"}
    settings = load_settings(environ, path, threads=3, workers=None)
    assert (settings.threads, settings.workers, settings.bind) == (3, 2, "file:1")


def test_the_file_is_found_here_or_where_the_environment_says() -> None:
    Path("portal.toml").write_text("threads = 1")
    other = toml("threads = 2")
    assert load_settings({}).threads == 1
    assert load_settings({"PORTAL_CONFIG": str(other)}).threads == 2
    assert load_settings({"PORTAL_CONFIG": "no"}, other).threads == 2


BAD: dict[str, list[Any]] = {
    "data": ["", 5],
    "bind": [5],
    "public_url": [
        "thongbao.example.vn",
        "ftp://a.vn",
        "http://",
        "http://[::1",
        "http://a.vn:99999",
        "http://a.vn:x",
        "http://user:pass@a.vn",
        "http://a.vn?x=1",
        "http://a.vn#x",
        "http://a.vn\r\nX: y",
        "http://a vn",
        5,
    ],
    "store": ["", "mysql://x", "portal.db", 5],
    "secret_key": ["short", 0, 5, False, ["x" * 40]],
    "old_secret_keys": ["short", ["short"], [5], 5, {"a": "b"}],
    "campaign": [5],
    "journal_sync": ["never", "", 5, True],
    "node": ["Bến xe", "a.b", "x" * 41, 5],
    "journal_limit": ["0", "1GB", 0.5],
    "journal_hours": ["0", "49", "2d", 1.5],
    "burst_limit": ["-1", "many", 1.5],
    "hourly_days": ["0", "30", "400d", 1.5],
    "workers": ["", "-1", "257", "1.5", "many", 1.5, True, None, [1]],
    "threads": ["0", "257", 0],
    "console_url": ["quanly", "ftp://x", 5],
    "metrics_from": ["10.0.0.0/8, anywhere"],
    "trusted_proxies": ["10.0.0.1/8", "proxy.example", 5, ["x"]],
    "notify": ["office@example.vn", "://x", "json://", "json://a.vn, json", [5], 5, {"a": "b"}],
    "notify_lang": ["fr", "", 5],
    "minutes_least": ["0", "44641", "1h"],
    "minutes_most": ["0", "44641", "1h"],
    "week_cutoff": ["", "8:00", "24:00", 8],
    "superior": [5],
    "agency": [5],
    "report_sign": [5],
    "report_place": [5],
    "report_area": [5],
    "digest_at": ["7:30", "24:00", "07:60", "07:30:00", "noon", 5],
    "log_level": ["loud", "INFO", 5],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_bad_value_names_its_setting(name: str, value: Any) -> None:
    if value is not None:
        assert problems(**{name: value}) == [name]
    if isinstance(value, str):
        variable = f"PORTAL_{name.upper()}"
        assert problems({variable: value}) == [variable]


def test_every_setting_has_bad_values_here() -> None:
    assert set(BAD) == set(GOOD)


def test_all_mistakes_at_once() -> None:
    path = toml("thraeds = 2\nworkers = 'x'\n[section]\na = 1")
    environ = {"PORTAL_LOGLEVEL": "debug", "PORTAL_STORE": "x", "PORTAL_SECRET_KEY_FILE": "gone"}
    assert set(problems(environ, file=path, threads=0, colour="blue")) == {
        "other-portal.toml: thraeds",
        "other-portal.toml: workers",
        "other-portal.toml: section",
        "PORTAL_LOGLEVEL",
        "PORTAL_STORE",
        "PORTAL_SECRET_KEY_FILE",
        "threads",
        "colour",
    }


def test_misspelt_names_are_never_ignored() -> None:
    for name in names():
        assert problems({f"PORTAL_{name.upper()}X": "1"}) == [f"PORTAL_{name.upper()}X"]
        assert problems(file=toml(f"{name}x = 1")) == [f"other-portal.toml: {name}x"]
    assert problems({"PORTAL_": "1"}) == ["PORTAL_"]
    assert problems({"PORTAL_CONFIG_FILE": "x"}) == ["PORTAL_CONFIG_FILE"]


def test_one_setting_from_two_variables_is_not_guessed() -> None:
    Path("key").write_text(SECRET)
    first = {"PORTAL_SECRET_KEY": "x" * 40, "PORTAL_SECRET_KEY_FILE": "key"}
    assert problems(first) == ["PORTAL_SECRET_KEY_FILE"]
    assert problems(dict(reversed(first.items()))) == ["PORTAL_SECRET_KEY"]


def test_files_that_cannot_be_read() -> None:
    assert problems({"PORTAL_CONFIG": "gone.toml"}) == ["gone.toml"]
    assert problems(file=toml("threads = ")) == ["other-portal.toml"]
    Path("latin").write_bytes(b"campaign = '\xe1'")
    assert problems(file=Path("latin")) == ["latin"]
    assert problems({"PORTAL_SECRET_KEY_FILE": "latin"}) == ["PORTAL_SECRET_KEY_FILE"]
    assert problems({"PORTAL_SECRET_KEY_FILE": "."}) == ["PORTAL_SECRET_KEY_FILE"]


def test_secrets_are_never_shown() -> None:
    settings = load_settings(
        {}, secret_key=SECRET, old_secret_keys=SECRET, notify="json://u:s3cret@a.vn"
    )
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)
    secret = {item.name for item in fields(Settings) if not item.repr}
    assert secret == {"secret_key", "old_secret_keys", "notify", "store"}
    with pytest.raises(BadSettings) as caught:
        load_settings(
            {
                "PORTAL_SECRET_KEY": "s3cret",
                "PORTAL_OLD_SECRET_KEYS": "s3cret",
                "PORTAL_NOTIFY": "u:s3cret@a.vn",
            }
        )
    assert "s3cret" not in str(caught.value)
    with pytest.raises(BadSettings) as caught:
        load_settings({}, toml("secret_key = s3cret"))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o644, 0o602, 0o601])
def test_s21_a_key_that_everybody_can_read_is_none(tmp_path: Path, mode: int) -> None:
    settings = load_settings({}, data=tmp_path)
    signing_keys(settings)
    (tmp_path / "secret_key").chmod(mode)
    with pytest.raises(BadSettings) as caught:
        signing_keys(settings)
    assert "chmod 600" in str(caught.value)
    (tmp_path / "secret_key").chmod(0o640)  # a group may be what somebody wants
    assert signing_keys(settings)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().threads = 5  # type: ignore[misc]


# --- the key


def test_a_key_is_generated_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "new" / "data")
    keys = signing_keys(settings)
    path = settings.data / "secret_key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(rb"[0-9a-f]{64}", keys[0])
    assert signing_keys(settings) == keys
    assert [item.name for item in settings.data.iterdir()] == ["secret_key"]


def test_a_configured_key_leaves_no_file(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "d", secret_key=SECRET, old_secret_keys=(SECRET + "1",))
    assert signing_keys(settings) == [SECRET.encode(), f"{SECRET}1".encode()]
    assert not settings.data.exists()


@pytest.mark.parametrize("value", ["", [], [""], " , "])
def test_no_old_keys(value: Any) -> None:
    settings = load_settings({}, secret_key=SECRET, old_secret_keys=value)
    assert Signer(signing_keys(settings))


def test_old_keys_stand_beside_the_kept_one(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, old_secret_keys=(SECRET,))
    assert signing_keys(settings)[1:] == [SECRET.encode()]


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 64])
def test_a_damaged_key_is_said_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret_key"
    path.write_bytes(content)
    with pytest.raises(BadSettings) as caught:
        signing_keys(Settings(data=tmp_path))
    assert [problem.where for problem in caught.value.problems] == [str(path)]
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSettings):
        signing_keys(Settings(data=tmp_path / "file" / "data"))


def _generate(data: Path, ready: Callable[[], object], results: Any) -> None:
    ready()
    results.put(signing_keys(Settings(data=data)))


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        data = tmp_path / str(attempt)
        barrier, results = context.Barrier(8), context.SimpleQueue()
        started = [
            context.Process(target=_generate, args=(data, barrier.wait, results)) for _ in range(8)
        ]
        for process in started:
            process.start()
        keys = {tuple(results.get()) for _ in started}
        for process in started:
            process.join()
        assert len(keys) == 1
        assert [item.name for item in data.iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("hotel", "hotel"),
        ("Portal.BaoLam.example", "portal-baolam-example"),
        ("máy-chủ", "m-y-ch"),
        ("-", "node"),
        ("", "node"),
        ("x" * 60, "x" * 40),
    ],
)
def test_a_node_is_called_as_its_machine(
    host: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.node", lambda: host)
    assert Settings().node_name == name
    assert Settings(node="own").node_name == "own"
