"""What each device is offered: its store, or honest words and a way to a phone that can."""

from dataclasses import replace

import pytest

from portal.domain.campaign import parse_campaign
from portal.domain.devices import APPSTORE, BOTH, NONE, OS, PLAY, Device, Form, Sheet
from portal.domain.offers import Way, offer
from portal.resources import read_text

CAMPAIGN = parse_campaign(read_text("campaigns/bluezone.toml"))
ANDROID = Device(OS.ANDROID, Form.PHONE, PLAY, version=(10, 0), intents=True)
IPHONE = Device(OS.IOS, Form.PHONE, APPSTORE, version=(14, 4))


def test_a_phone_gets_the_button_of_its_store() -> None:
    found = offer(ANDROID, CAMPAIGN)
    assert (found.way, found.stores, found.store) == (Way.STORE, ("play",), "play")
    assert (found.code, found.send, found.intents) == (False, False, True)
    assert offer(IPHONE, CAMPAIGN).stores == ("appstore",)


def test_who_cannot_be_told_gets_both() -> None:
    found = offer(Device(OS.OTHER, Form.PHONE, BOTH), CAMPAIGN)
    assert (found.way, found.stores, found.store) == (Way.STORE, ("play", "appstore"), None)


def test_the_sheet_is_part_of_the_offer() -> None:
    assert offer(replace(IPHONE, sheet=Sheet.APPLE), CAMPAIGN).sheet is Sheet.APPLE


@pytest.mark.parametrize(
    ("device", "stores"),
    [
        (Device(OS.WINDOWS, Form.DESKTOP, NONE), ()),
        (Device(OS.MACOS, Form.DESKTOP, BOTH), ("play", "appstore")),  # maybe an iPad
        (Device(OS.TIZEN, Form.TV, NONE), ()),
        (Device(OS.ANDROID, Form.TV, NONE), ()),
        (Device(OS.ANDROID, Form.TABLET, NONE), ()),  # Amazon's
        (Device(OS.OTHER, Form.OTHER, NONE), ()),  # a games console
    ],
)
def test_a_computer_or_television_shows_a_code(device: Device, stores: tuple[str, ...]) -> None:
    found = offer(device, CAMPAIGN)
    assert (found.way, found.code, found.send, found.stores) == (Way.SCAN, True, False, stores)


@pytest.mark.parametrize(
    ("device", "version", "way"),
    [
        (ANDROID, (4, 4), Way.OUTDATED),
        (ANDROID, (4, 9), Way.OUTDATED),
        (ANDROID, (5, 0), Way.STORE),
        (ANDROID, (0, 0), Way.STORE),  # it does not say
        (IPHONE, (8, 4), Way.OUTDATED),
        (IPHONE, (9, 0), Way.STORE),
    ],
)
def test_a_phone_that_is_too_old_is_told_so(
    device: Device, version: tuple[int, int], way: Way
) -> None:
    found = offer(replace(device, version=version), CAMPAIGN)
    old = way is Way.OUTDATED
    assert (found.way, found.send, found.code) == (way, old, old)
    assert found.stores  # it may be wrong about itself, so the store is still within reach


@pytest.mark.parametrize(
    "device",
    [
        Device(OS.KAIOS, Form.FEATURE, NONE),
        Device(OS.WINDOWS_PHONE, Form.PHONE, NONE),
        Device(OS.OTHER, Form.FEATURE, NONE),
        Device(OS.TIZEN, Form.PHONE, NONE),
    ],
)
def test_a_phone_that_the_app_is_not_made_for_can_send_the_link_on(device: Device) -> None:
    found = offer(device, CAMPAIGN)
    assert (found.way, found.send, found.code, found.stores) == (Way.UNSUPPORTED, True, True, ())


def test_a_huawei_has_a_second_way() -> None:
    assert offer(replace(ANDROID, huawei=True), CAMPAIGN).way is Way.NO_STORE
    assert offer(replace(ANDROID, huawei=True), CAMPAIGN).stores == ("play",)
    harmony = Device(OS.HARMONYOS, Form.PHONE, NONE, huawei=True)
    assert (offer(harmony, CAMPAIGN).way, offer(harmony, CAMPAIGN).stores) == (Way.NO_STORE, ())
