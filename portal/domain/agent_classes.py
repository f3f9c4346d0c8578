"""The class of an agent: whatever decides which notice its device gets, as one short text.

An edge server that sorts agents itself sends the class along; only where both have found the same
one is the notice kept there for other visitors of that class.
"""

from portal.domain.campaign import Campaign
from portal.domain.devices import UNKNOWN, AppStore, Device


def class_of(device: Device, campaign: Campaign) -> str:
    """Return the class, like ``android:play:phone:webview:100``.

    The digits say whether the system is too old, it is Huawei's, and its browser takes intents.
    """
    flags = (is_old(device, campaign), device.huawei, device.intents)
    digits = "".join(str(int(flag)) for flag in flags)
    return f"{start_of(device.os, device.stores)}{device.form}:{device.sheet or ''}:{digits}"


def start_of(os: str, stores: tuple[AppStore, ...]) -> str:
    """Return how the class begins: system and stores, a colon after each."""
    return f"{os}:{'+'.join(stores)}:"


def is_old(device: Device, campaign: Campaign) -> bool:
    """Tell whether the device says that its system is older than the app needs."""
    stores = [store for store in device.stores if store in campaign.stores]
    if not stores or device.version == UNKNOWN:
        return False
    return device.version < campaign.stores[stores[0]].oldest
