"""What the doctor found, one step at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.domain.errors import PortalError


class State(StrEnum):
    """How a step ended."""

    GOOD = "good"
    NOTE = "note"  # worth knowing, no fault
    FAULT = "fault"
    LEFT = "left"  # not looked at: something before it is missing


class Fault(StrEnum):
    """What can be wrong. The words are printed in JSON, so they stay."""

    NAMES = "names"
    PORTAL_AWAY = "portal_away"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_STRANGE = "certificate_strange"
    CLOCK = "clock"
    NO_REDIRECT = "no_redirect"
    CHECK_OPEN = "check_open"
    WRONG_ADDRESS = "wrong_address"
    WRONG_SITE = "wrong_site"
    OPTION_114 = "option_114"
    STORE_BLOCKED = "store_blocked"
    WRONG_KEY = "wrong_key"
    ARRIVAL = "arrival"
    NOT_ALLOWED = "not_allowed"
    NOTICE = "notice"
    BEACON = "beacon"
    NOT_ONLINE = "not_online"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: what was looked at, how it ended, and how long it took."""

    title: str  # a message
    state: State
    text: str = ""  # a message: what was seen
    values: Mapping[str, object] = field(default_factory=dict)  # for the gaps in ``text``
    fault: Fault | None = None
    seconds: float | None = None


class BadAddress(PortalError):
    """What should be a notice's address is none."""
