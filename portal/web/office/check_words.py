"""What may be wrong at a wifi device, and what to do about it."""

from collections.abc import Mapping
from typing import NamedTuple

from portal.domain.errors import message as _
from portal.names import GATEWAYS


class Advice(NamedTuple):
    """The likely cause of a mishap, and its mend, as messages."""

    cause: str
    mend: str
    values: Mapping[str, object] = {}  # for their gaps


_SHAPE = Advice(
    _("What the device sent with the guest is not of the form that this brand has."),
    _("See that the brand chosen here is right, and the device's settings are those of the kit."),
)
_LOGIN = Advice(
    _("The controller does not take the user name and the password."),
    _("Enter them here once more, and see that this user may let guests through."),
)
_AWAY = Advice(
    _("The controller does not answer, or answers something else."),
    _("See that its address is right, that it runs, and that this server may reach it over https."),
)
ADVICE: Mapping[str, Advice] = {
    "wrong_key": Advice(
        _("The signature does not fit: the key on the device is another than the one here."),
        _("Copy the key from the kit into the device once more, without blanks around it."),
    ),
    "not_encrypted": Advice(
        _("The device sends its words unencrypted: its level is another than the one here."),
        _("Set the same level on the device and here."),
    ),
    "level": Advice(
        _("The device works at another level than the one here."),
        _("Set the same level on the device and here."),
    ),
    "not_allowed": Advice(
        _("The guest would be sent to an address that is not among the device's addresses here."),
        _("Enter the address that the device has towards its guests, like 192.168.8.1."),
    ),
    "seal": Advice(
        _("The guest came back after a long time, or the server's key was changed meanwhile."),
        _("Nothing has to be done if it does not repeat itself."),
    ),
    "controller_login": _LOGIN,
    "controller_no": _LOGIN,
    "controller_address": _AWAY,
    "controller_answer": _AWAY,
    "controller_busy": _AWAY,
    "controller_not_https": _AWAY,
    "controller_resting": _AWAY,
    "controller_too_long": _AWAY,
}
"""What to do about a mishap (``portal.mishaps``); for those that are not here see ``advice``."""


_BRAND = Advice(
    _("It looks like a device of %(brand)s, but another brand is chosen here."),
    _("Have the office choose %(brand)s for this place, then set the device up with the new kit."),
)


def advice(word: str) -> Advice:
    """Return what to do about a mishap."""
    if word.startswith("brand_"):
        return _BRAND._replace(values={"brand": GATEWAYS[word.removeprefix("brand_")]})
    return ADVICE.get(word, _SHAPE)
