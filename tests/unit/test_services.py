"""What a process holds: opened from settings alone, with every mistake named."""

from pathlib import Path

import pytest

from portal.domain.areas import Level
from portal.domain.devices import OS
from portal.domain.errors import BadSettings, StoreUnavailable
from portal.domain.events import Channel, Event, Kind, Tier
from portal.domain.periods import today
from portal.resources import read_text
from portal.services import open_services
from portal.settings import Settings
from portal.stores.sqlite import SQLiteStore


def problem(settings: Settings) -> str:
    with pytest.raises(BadSettings) as caught:
        open_services(settings)
    return str(caught.value)


def test_the_embedded_default_opens_in_an_empty_folder(tmp_path: Path) -> None:
    services = open_services(Settings(data=tmp_path / "new"), clock=lambda: 5.0)
    try:
        assert isinstance(services.store, SQLiteStore)
        assert services.campaign.app == "Bluezone"
        assert {area.level for area in services.areas} == set(Level)
        assert len(services.probes) > 5
        assert {"vi", "en"} <= set(services.catalogs.languages())
        assert "link" in services.gateways
        assert services.clock() == 5.0
        assert services.new_id() != services.new_id()
    finally:
        services.stop()
    assert (tmp_path / "new" / "secret_key").exists()


def test_a_store_that_is_away_is_no_reason_not_to_start(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, store="redis://127.0.0.1:1/0")
    services = open_services(settings)
    with pytest.raises(StoreUnavailable):
        services.store.documents("sites")
    services.snapshot.stop()
    services.store.close()


def test_two_processes_share_the_key(tmp_path: Path) -> None:
    first, second = (open_services(Settings(data=tmp_path)) for _ in range(2))
    try:
        view = first.signer.issue("a", 1, OS.IOS, Channel.LINK, Tier.NONE, b"x" * 12)
        assert second.signer.read(view.nonce) == view
    finally:
        first.stop()
        second.stop()


def test_what_was_recorded_is_in_the_store_after_the_end(tmp_path: Path) -> None:
    services = open_services(Settings(data=tmp_path))
    services.start()
    services.recorder.record(Event("a", "2021030507", Kind.PAGE))
    services.stop()
    store = SQLiteStore(tmp_path / "portal.db")
    counted = store.counters(today(1614902400), today(1614902400))
    store.close()
    assert sum(counted["a"].values()) == 1


@pytest.mark.parametrize("name", ["gone.toml", "gone", "", "/", "../bluezone"])
def test_a_campaign_that_is_not_there(tmp_path: Path, name: str) -> None:
    assert "campaign" in problem(Settings(data=tmp_path, campaign=name))


def test_an_area_that_is_not_there(tmp_path: Path) -> None:
    assert problem(Settings(data=tmp_path, report_area="99")).startswith("report_area:")


def test_a_campaign_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    text = read_text("campaigns/bluezone.toml").replace('app = "Bluezone"', 'app = "PC-Covid"')
    file.write_text(text, encoding="utf-8")
    services = open_services(Settings(data=tmp_path, campaign=str(file)))
    assert services.campaign.app == "PC-Covid"
    services.stop()


def test_every_mistake_of_a_campaign_is_said(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('app = "100% sure"\ntarget_share = "30%"\nunknown_%s = 1', encoding="utf-8")
    assert "own.toml" in problem(Settings(data=tmp_path, campaign=str(file)))
    file.write_text('app = "A"\ntarget_share = "30%"\nunknown = "%(x)s"', encoding="utf-8")
    said = problem(Settings(data=tmp_path, campaign=str(file)))
    assert "target_share" in said
    assert "unknown" in said
    file.write_bytes(b"\xff\xfe")
    assert "campaign" in problem(Settings(data=tmp_path, campaign=str(file)))
