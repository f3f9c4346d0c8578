"""The command line in this process, on a data folder of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli.root import cli

Run = Callable[..., Result]
LANGUAGES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command; in English unless ``lang`` says otherwise."""
    monkeypatch.chdir(data.parent)

    def invoke(
        *args: object, lang: str = "en_US.UTF-8", expect: int = 0, columns: int = 120
    ) -> Result:
        env = dict.fromkeys(LANGUAGES) | {"LANG": lang, "COLUMNS": str(columns)}
        result = CliRunner().invoke(cli, ["--data", str(data), *map(str, args)], env=env)
        assert result.exit_code == expect, result.output
        return result

    return invoke
