"""What the notice offers a device: the store's button, or honest words and a way to a phone."""

from dataclasses import dataclass
from enum import StrEnum

from portal.domain.agent_classes import is_old
from portal.domain.campaign import Campaign
from portal.domain.devices import OS, Device, Form, Sheet


class Way(StrEnum):
    """How the app gets onto a phone from here."""

    STORE = "store"  # this phone's store has it; two buttons where it cannot be decided
    NO_STORE = "no_store"  # a phone that may lack the store: the official page is a second way
    SCAN = "scan"  # a computer or a television: a phone scans the code
    OUTDATED = "outdated"  # the phone says that its system is too old for the app
    UNSUPPORTED = "unsupported"  # the app is not made for this phone


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered; equal offers make equal pages."""

    name: str  # equal for equal offers
    way: Way
    stores: tuple[str, ...]  # keys of the campaign's stores that are offered
    code: bool  # whether a QR code helps: another phone is to open the notice
    sheet: Sheet | None
    intents: bool

    @property
    def store(self) -> str | None:
        """The one store of this device, as far as it is known."""
        return self.stores[0] if len(self.stores) == 1 else None

    @property
    def send(self) -> bool:
        """Whether the link is worth sending to another phone."""
        return self.way in (Way.OUTDATED, Way.UNSUPPORTED)


def offer(device: Device, campaign: Campaign) -> Offer:
    """Return what ``campaign`` has for ``device``."""
    stores = tuple(str(store) for store in device.stores if store in campaign.stores)
    way = _way(device, campaign, stores)
    name = f"{way}.{'-'.join(stores)}.{device.sheet or ''}.{int(device.intents)}"
    return Offer(
        name=name,
        way=way,
        stores=stores,
        code=way in (Way.SCAN, Way.OUTDATED, Way.UNSUPPORTED),
        sheet=device.sheet,
        intents=device.intents,
    )


def _way(device: Device, campaign: Campaign, stores: tuple[str, ...]) -> Way:
    if device.form is Form.DESKTOP or device.form is Form.TV:
        return Way.SCAN  # a tablet that says it is a computer gets the buttons as well
    if device.os is OS.HARMONYOS:
        return Way.NO_STORE
    if not stores:
        # An Android tablet without Play (Amazon's) can show the code; so can a games console.
        tablet = device.form in (Form.TABLET, Form.OTHER)
        return Way.SCAN if tablet else Way.UNSUPPORTED
    if is_old(device, campaign):
        return Way.OUTDATED  # it names its version, so its store is certain as well
    return Way.NO_STORE if device.huawei else Way.STORE
