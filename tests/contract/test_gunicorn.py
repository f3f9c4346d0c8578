"""gunicorn's configuration: a misspelt name there passes its own check in silence."""

import ast
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config, make_settings

import portal

CONF = Path(portal.__file__).with_name("gunicorn_conf.py")


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def names() -> dict[str, Any]:
    """What the file sets itself, with its values; private names left out."""
    given = runpy.run_path(str(CONF))
    own = set()
    for node in ast.parse(CONF.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node]
        own |= {getattr(target, "id", getattr(target, "name", "_")) for target in targets}
    return {name: given[name] for name in sorted(own) if name in given and name[0] != "_"}


def loaded() -> Config:
    config = Config()
    for name, value in names().items():
        config.set(name, value)  # refuses a wrong type, and a hook with other arguments
    return config


def test_every_name_is_one_that_gunicorn_knows() -> None:
    given = set(names())
    assert given - set(make_settings()) == set()
    assert {"bind", "workers", "post_worker_init", "worker_exit", "logconfig_dict"} <= given


def test_gunicorn_takes_every_value() -> None:
    config = loaded()
    for name, value in names().items():
        if name not in ("bind", "forwarded_allow_ips") and not callable(value):
            assert config.settings[name].get() == value, name
    assert config.address == [("127.0.0.1", 8080)]
    assert config.forwarded_allow_ips == ["127.0.0.1"]
    assert config.worker_class_str == "gthread"


def test_settings_of_the_portal_reach_gunicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "BIND": "0.0.0.0:8123",
        "WORKERS": "3",
        "THREADS": "5",
        "LOG_LEVEL": "debug",
        "TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1",
    }.items():
        monkeypatch.setenv(f"PORTAL_{name}", value)
    config = loaded()
    assert config.address == [("0.0.0.0", 8123)]
    assert (config.workers, config.threads, config.loglevel) == (3, 5, "debug")
    assert names()["logconfig_dict"]["root"]["level"] == "DEBUG"


def test_no_line_about_a_visitor_is_logged() -> None:
    config = loaded()
    assert config.accesslog is None
    assert names()["logconfig_dict"]["loggers"]["gunicorn.access"]["level"] == "CRITICAL"


def test_gunicorns_own_check_passes() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf", "--check-config"],
        env=os.environ | {"PYTHONPATH": str(CONF.parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr


def test_a_misspelt_name_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason for this file: gunicorn itself says nothing about it."""
    copy = tmp_path / "conf.py"
    copy.write_text(CONF.read_text(encoding="utf-8") + "\ngracefull_timeout = 5\n")
    monkeypatch.setattr(sys.modules[__name__], "CONF", copy)
    assert set(names()) - set(make_settings()) == {"gracefull_timeout"}
