"""What the settings of wifi devices are called."""

from collections.abc import Mapping

from portal.domain.errors import message as _

SETTINGS: Mapping[str, str] = {
    "address": _("Address of the device"),
    "api_user": _("User of the interface for programs"),
    "ca": _("File with the certificates to trust"),
    "controller": _("Address of the controller"),
    "controller_id": _("Id of the controller"),
    "down": _("Most that a visitor may receive (kbit/s)"),
    "faskey": _("FAS key"),
    "fields": _("Fields of the form"),
    "hashkey": _("Hash key"),
    "ip": _("Parameter with the visitor's address"),
    "key": _("Key of the interface for programs"),
    "kind": _("Kind of device"),
    "level": _("FAS level"),
    "login": _("Way to let visitors in"),
    "mac": _("Parameter with the device's address"),
    "method": _("Way to send the form"),
    "minutes": _("Minutes online"),
    "operator": _("Operator's user name"),
    "origin": _("Parameter with the address asked for"),
    "password": _("Password"),
    "site": _("Site in the controller"),
    "ssl": _("Encrypted (TLS)"),
    "uamsecret": _("UAM secret"),
    "unit": _("Unit of the session time"),
    "up": _("Most that a visitor may send (kbit/s)"),
    "username": _("User name"),
    "zone": _("Zone"),
}
"""The name of a setting of any brand; one that is not here is shown as it is."""

KEYS = frozenset({"faskey", "uamsecret", "hashkey"})
"""Secrets that both ends only have to share, so that one may be made here."""
