"""Alerts: what may be wrong at a site or a node, and what has become of it.

The rules stand in ``alerts_silence``, ``alerts_numbers`` and ``alerts_nodes``; they are pure
functions of counts and a moment. A rule that looks at counts knows that some may still be on
their way: a node that was cut off brings its journal hours later.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Cause(StrEnum):
    """What may be wrong."""

    SILENT = "silent"  # no sign of life at a site: điểm im lặng
    UNSEEN = "unseen"  # guests, but no notice: có khách nhưng không hiển thị
    DROP = "drop"  # far fewer impressions than usual: giảm bất thường
    BURST = "burst"  # far more, perhaps forged: tăng đột biến
    BACKLOG = "backlog"  # a node does not bring its counts to the store
    CLOCK = "clock"  # a node's clock is off


NODE_CAUSES = frozenset({Cause.BACKLOG, Cause.CLOCK})
"""What is about a node; all else is about a site."""


Values = Mapping[str, int | str]
"""The numbers behind a finding, by the names that its words use."""


class State(StrEnum):
    """What has become of an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  # somebody looks after it
    RECOVERED = "recovered"  # it is over


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found at one moment."""

    cause: Cause
    subject: str  # a site's id, or a node's name
    since: float  # Unix seconds
    values: Values = field(default_factory=dict)
    late: bool = False  # counts that are still on their way might explain it

    @property
    def id(self) -> str:
        """What there is at most one open alert of."""
        return alert_id(self.cause, self.subject)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, as the store keeps it. Moments are Unix seconds; 0: it has not happened."""

    cause: Cause
    subject: str
    since: float  # when it began, as far as is known
    opened: float  # when it was raised
    values: Values = field(default_factory=dict)
    acknowledged: float = 0
    by: str = ""  # the id of whoever acknowledged it
    note: str = ""
    recovered: float = 0
    quiet: bool = False  # its end is nothing to tell: the site was taken out of service
    told: Mapping[str, Any] = field(default_factory=dict)  # by state: what was delivered

    @property
    def id(self) -> str:
        """What there is at most one open alert of."""
        return alert_id(self.cause, self.subject)

    @property
    def state(self) -> State:
        """What has become of it."""
        if self.recovered:
            return State.RECOVERED
        return State.ACKNOWLEDGED if self.acknowledged else State.OPEN

    @property
    def of_node(self) -> bool:
        """Whether it is about a node."""
        return self.cause in NODE_CAUSES

    def document(self) -> dict[str, Any]:
        """Return the alert as a document for the store."""
        return asdict(self)


def alert_from(body: Mapping[str, Any]) -> Alert:
    """Return the alert that ``Alert.document`` made a document of."""
    return Alert(**{**body, "cause": Cause(body["cause"])})


def alert_id(cause: Cause, subject: str) -> str:
    """Return what there is at most one open alert of."""
    return f"{cause}:{subject}"
