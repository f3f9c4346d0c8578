"""Events: words that stand in journals and stores, so none may change its meaning."""

from portal.domain.devices import OS
from portal.domain.events import NOWHERE, ONCE, Channel, Event, Kind, Reason, Tier
from portal.domain.sites import _ID

WORDS = {
    Kind: "page reload shown viewable seen_again install continue online refused probe rejected",
    Reason: "forged stale future replayed repeated bot prefetch cross_site arrival unknown_site",
    Channel: "wifi poster screen link",
    Tier: "1 2 3",
    OS: "android ios harmonyos windows macos linux chromeos windows_phone kaios tizen other",
}


def test_stored_words_stay_as_they_are() -> None:
    """New ones may be added; one that is stored somewhere may not be renamed or lost."""
    for enum, words in WORDS.items():
        assert set(words.split()) <= {member.value for member in enum}


def test_words_fit_into_counter_names() -> None:
    for enum in WORDS:
        for member in enum:
            assert member.value.isascii()
            assert not set(member.value) & set(" :|,\t\n")


def test_nowhere_is_never_a_site() -> None:
    assert _ID.fullmatch(NOWHERE) is None


def test_a_second_impression_is_replayed_and_a_second_tap_repeated() -> None:
    for kind in ONCE - {Kind.VIEWABLE}:
        expected = "rejected:replayed" if kind is Kind.SHOWN else "rejected:repeated"
        assert Event("a", "2021030500", kind).second_label == expected


def test_a_tap_on_a_view_that_was_viewable_before_is_nothing_to_reject() -> None:
    assert Event("a", "2021030500", Kind.VIEWABLE).second_label == "seen_again"


def test_impressions_and_taps_count_once_but_pages_do_not() -> None:
    assert {
        Kind.SHOWN,
        Kind.VIEWABLE,
        Kind.INSTALL,
        Kind.INSTALLED,
        Kind.CONTINUE,
        Kind.ONLINE,
        Kind.REFUSED,
    } == ONCE


def test_nobody_can_be_recognised_in_an_event() -> None:
    """A new field needs a second look: no address, no agent, no time of a device."""
    assert set(Event._fields) == {
        "site",
        "hour",
        "kind",
        "os",
        "channel",
        "tier",
        "nonce",
        "reason",
    }
