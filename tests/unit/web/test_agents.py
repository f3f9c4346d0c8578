"""The way from a header to a device: cut, cached, judged, and never raising."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.devices import BOTH, LONGEST, NONE, OS, AppStore, Device, Form
from portal.web import agents

PHONE = (
    "Mozilla/5.0 (Linux; Android 10; SM-A515F) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/88.0.4324.181 Mobile Safari/537.36"
)
ANY = st.text(st.characters(codec=None, categories=None, exclude_categories=()), max_size=600)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    agents.recognise.cache_clear()


def test_a_phone_is_detected_by_the_rules() -> None:
    assert agents.detect(PHONE).store is AppStore.PLAY


@pytest.mark.parametrize("agent", [None, ""])
def test_a_missing_agent_is_a_robot_that_may_be_offered_both(agent: str | None) -> None:
    assert agents.detect(agent) == Device(OS.OTHER, Form.OTHER, BOTH, None, bot=True)


@pytest.mark.parametrize(
    ("agent", "os", "form", "stores"),
    [
        (
            "Mozilla/5.0 (X11; OpenBSD amd64; rv:120.0) Gecko/20100101 Firefox/120.0",
            OS.OTHER,
            Form.OTHER,
            NONE,
        ),
        (
            "Mozilla/5.0 (Mobile; ALCATELOneTouch4012A; rv:18.0) Gecko/18.0 Firefox/18.0",
            OS.OTHER,
            Form.PHONE,
            NONE,
        ),
        ("Roku/DVP-9.10 (519.10E04111A)", OS.OTHER, Form.OTHER, NONE),
        ("Mozilla/5.0 (Linux; U) Konqueror/4.5", OS.LINUX, Form.OTHER, NONE),
        ("Frobnicator 3", OS.OTHER, Form.OTHER, BOTH),
    ],
)
def test_what_the_rules_leave_open_is_answered_by_the_library(
    agent: str, os: OS, form: Form, stores: tuple[AppStore, ...]
) -> None:
    assert agents.detect(agent) == Device(os, form, stores)


@pytest.mark.parametrize("agent", ["Nutch/1.9", "ichiro/3.0", "Qwantify/1.0"])
def test_a_crawler_that_only_the_library_knows_is_a_robot(agent: str) -> None:
    assert agents.detect(agent).bot


@pytest.mark.parametrize(
    "agent",
    [
        "\x00",
        "\ud800",
        "\udfff Frobnicator",
        "a\r\nb",
        "\x1b[2J",
        "é" * 600,
        "😷" * 600,
        "(" * 8192,
    ],
)
def test_a_strange_agent_is_answered(agent: str) -> None:
    assert isinstance(agents.detect(agent), Device)


@given(ANY)
def test_no_agent_raises(agent: str) -> None:
    assert isinstance(agents.detect(agent), Device)


@given(ANY)
def test_no_agent_of_unknown_letters_behind_a_known_word_raises(tail: str) -> None:
    assert agents.detect("Mozilla/5.0 (Linux; Android 10; " + tail).os is not None


def test_what_comes_after_512_characters_is_not_read() -> None:
    long = "x" * LONGEST
    assert agents.detect(long + " Android") == agents.detect(long)
    assert agents.recognise.cache_info().currsize == 1


def test_an_agent_is_judged_once() -> None:
    assert agents.detect(PHONE) is agents.detect(PHONE)
    assert agents.recognise.cache_info().hits == 1


def test_a_flood_of_agents_does_not_outgrow_the_cache() -> None:
    for number in range(agents.CACHED + 100):
        agents.detect(f"{PHONE} {number}")
    assert agents.recognise.cache_info().currsize == agents.CACHED == 4096


def test_the_compiled_engine_is_in_use() -> None:
    assert "ua_parser_rs" in sys.modules


@pytest.mark.parametrize("agent", [PHONE, "Roku/DVP-9.10", "Mozilla/5.0 (iPad; CPU OS 12_5)"])
def test_the_verdict_is_the_one_that_user_agents_itself_gives(agent: str) -> None:
    import user_agents

    ours, theirs = agents._parse(agent), user_agents.parse(agent)
    assert vars(ours) == vars(theirs)
    assert (ours.is_tablet, ours.is_mobile) == (theirs.is_tablet, theirs.is_mobile)
