"""The daily thread: it runs, outlives errors, and ends."""

import threading

import pytest

from portal.domain.errors import StoreUnavailable
from portal.jobs import daily
from portal.jobs.daily import Daily
from tests.servers import wait_until


@pytest.mark.parametrize("error", [None, StoreUnavailable("away"), RuntimeError("a bug")])
def test_it_runs_again_whatever_happens(
    error: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "DAY", 0.01)
    monkeypatch.setattr(daily, "_SOON", 0.01)
    runs = []

    def job() -> None:
        runs.append(1)
        if error:
            raise error

    thread = Daily("test", job)
    thread.start()
    wait_until(lambda: len(runs) >= 3, "three runs")
    thread.stop()
    thread._thread.join(30)
    assert not thread._thread.is_alive()


def test_it_does_not_run_at_the_very_start_and_ends_at_once() -> None:
    ran = threading.Event()
    thread = Daily("test", ran.set, chance=lambda: 1.0)
    thread.start()
    thread.stop()
    thread._thread.join(30)
    assert not ran.is_set()
