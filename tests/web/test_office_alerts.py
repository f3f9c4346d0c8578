"""Alerts from the counts to the console and to a web hook: found, told once, looked after, over."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from portal.domain.alerts import Cause, Finding
from portal.domain.devices import OS
from portal.domain.events import Channel, Event, Kind, Tier
from portal.domain.periods import hour_of
from portal.jobs.alerts import AlertJob
from portal.stores.base import Record
from tests.sinks import Hook, hook
from tests.web.conftest import World
from tests.web.office import Browser

DAY, HOUR = 24 * 3600, 3600


class Watch:
    """The background job, check by check."""

    def __init__(self, world: World, there: Hook) -> None:
        held = world.services
        settings = replace(held.settings, notify=(there.url,), digest_at="")
        self.world = world
        self.job = AlertJob(
            settings,
            held.store,
            held.rollup,
            held.alerts,
            held.areas,
            held.catalogs,
            held.campaign.app,
            world.clock,
        )

    def check(self, times: int = 1) -> list[str]:
        for _n in range(times):
            self.world.clock.now += 300
            self.job.check_sites()
            self.job.tell()
        return [alert.id for alert in self.world.services.alerts.open()]


@pytest.fixture
def watch(office: World) -> Iterator[tuple[Watch, Hook]]:
    """A job that tells a web hook; "cho" had guests in every hour of four weeks until now."""
    events = [
        Event(
            "cho",
            hour_of(office.clock.now - ago * HOUR),
            kind,
            OS.ANDROID,
            Channel.WIFI,
            Tier.NONE,
            f"{kind}{ago}x{n}",
        )
        for ago in range(28 * 24, 0, -1)
        for n in range(3)
        for kind in (Kind.PROBE, Kind.PAGE, Kind.SHOWN)
    ]
    records = [Record(seq, event) for seq, event in enumerate(events, 1)]
    office.services.store.apply("other.1", records)
    with hook() as there:
        yield Watch(office, there), there


def test_a_site_that_falls_silent_is_told_once_and_its_return_too(
    watch: tuple[Watch, Hook],
) -> None:
    job, there = watch
    assert job.check(3) == []
    assert "silent:cho" in job.check(6 * 12)
    told = [text for text in there.texts() if "Điểm im lặng" in text and "Đã hết" not in text]
    assert len(told) == 1
    assert "Chợ Bảo Lâm" in told[0]
    made = Event("cho", hour_of(job.world.clock.now), Kind.PROBE)
    job.world.services.store.apply("other.2", [Record(1, made)])
    assert "silent:cho" not in job.check(2)
    assert sum("Đã hết" in text and "Chợ Bảo Lâm" in text for text in there.texts()) == 1


def test_counts_that_come_late_raise_nothing(watch: tuple[Watch, Hook]) -> None:
    job, there = watch
    old = hour_of(job.world.clock.now - 40 * HOUR)
    late = [
        Record(n, Event("ben-xe", old, kind, nonce=f"late{n}"))
        for n, kind in enumerate((Kind.PAGE, Kind.SHOWN) * 20, 1)
    ]
    job.world.services.store.apply("late.1", late)
    assert job.check(3) == []
    assert there.texts() == []


def open_alert(world: World, cause: Cause = Cause.SILENT, subject: str = "cho") -> str:
    """Open an alert as two checks in a row do; return its address."""
    finding = Finding(cause, subject, world.clock.now - HOUR, {"hours": 3, "seconds": 99})
    world.services.alerts.raise_(finding)
    world.clock.now += 300
    assert world.services.alerts.raise_(finding)
    return f"/office/alerts/{finding.id}"


def test_staff_see_every_alert_and_an_owner_the_own_ones(office: World) -> None:
    other, own = open_alert(office), open_alert(office, subject="ben-xe")
    node = open_alert(office, Cause.CLOCK, "may-1")
    for id in ("quan-tri", "can-bo", "nguoi-xem"):
        assert [Browser(office, id).get(path).status_code for path in (other, own, node)] == [
            200,
            200,
            200,
        ]
    owner = Browser(office, "chu-diem")
    assert [owner.get(path).status_code for path in (other, own, node)] == [404, 200, 404]
    page = owner.get("/office/alerts").text
    assert "Bến xe khách Bảo Lâm" in page
    assert "Chợ Bảo Lâm" not in page
    assert "may-1" not in owner.get("/office/alerts?format=csv").text


def form_of(browser: Browser, path: str) -> dict[str, str]:
    text = browser.get(path).text
    return {"opened": text.partition('name="opened" value="')[2].partition('"')[0]}


def test_an_officer_acknowledges_and_nobody_does_so_twice(office: World) -> None:
    path = open_alert(office)
    one, two = Browser(office, "can-bo"), Browser(office, "quan-tri")
    form = form_of(one, path)
    assert two.post(f"{path}/acknowledge", **form, note="").status_code == 400
    assert one.post(f"{path}/acknowledge", **form, note="Đã gọi chủ quán").status_code == 303
    late = two.post(f"{path}/acknowledge", **form, note="Tôi cũng gọi")
    assert late.status_code == 409
    assert "Tôi cũng gọi" in late.text or "Đã gọi chủ quán" in late.text
    (entry,) = [
        entry
        for entry in office.services.audit.entries("2021-03")
        if entry.action == "alert.acknowledge"
    ]
    assert (entry.who, entry.subject) == ("can-bo", "silent:cho")


@pytest.mark.parametrize("id", ["nguoi-xem", "chu-diem"])
def test_who_may_only_read_acknowledges_nothing(office: World, id: str) -> None:
    path = open_alert(office, subject="ben-xe")
    answer = Browser(office, id).post(f"{path}/acknowledge", opened="1", note="x")
    assert answer.status_code == 403
    assert Browser(office, "can-bo").post(f"{path}/acknowledge", token="").status_code == 403


@pytest.mark.parametrize("query", ["cause=x", "area=99999", "format=pdf"])
def test_what_there_is_not_is_a_bad_request(office: World, query: str) -> None:
    assert Browser(office, "can-bo").get(f"/office/alerts?{query}").status_code == 400


def test_open_alerts_are_metrics(office: World) -> None:
    open_alert(office)
    text = office.get("/metrics").text
    assert 'portal_alerts_open{cause="silent"} 1.0' in text
    assert 'portal_alerts_open{cause="clock"} 0.0' in text
