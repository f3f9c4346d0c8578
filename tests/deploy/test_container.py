"""The container's files: nobody runs it, nothing is writable, Redis is not to be reached."""

import re
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

FOLDER = Path(__file__).parents[2] / "deploy" / "container"


@pytest.fixture
def services() -> dict[str, Any]:
    """Return the services of compose.yaml."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    return found


def test_every_service_is_confined(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"pids_limit", "mem_limit"} <= set(service), name
        assert "privileged" not in service
        assert "cap_add" not in service
    assert "ports" not in services["redis"]
    assert services["redis"]["networks"] == ["back"]
    whole = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    assert whole["networks"]["back"]["internal"] is True


def test_the_image_runs_as_nobody() -> None:
    text = (FOLDER / "Containerfile").read_text().replace("\\\n", " ")
    final = text.rpartition("\nFROM ")[2]
    users = re.findall(r"^USER (.*)$", final, re.MULTILINE)
    assert users == ["65534:65534"]
    # What runs in the last stage runs before nobody takes over, and fetches nothing.
    runs = re.findall(r"^RUN (.*)$", final, re.MULTILINE)
    assert runs == ["install -d -o 65534 -g 65534 -m 750 /data"]
    assert "--require-hashes" in text
    assert "HEALTHCHECK" in final


def test_what_is_copied_is_there() -> None:
    root = FOLDER.parents[1]
    text = (FOLDER / "Containerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        *sources, _to = line.split()
        assert all((root / source).exists() for source in sources), line
