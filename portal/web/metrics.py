"""Metrics for Prometheus: whether the books agree, per node, and how much waits."""

from collections import Counter
from collections.abc import Iterator

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from portal.counting.inspection import damaged_lines, lost_events
from portal.counting.reconciliation import by_node, reconcile
from portal.counting.room import journal_bytes
from portal.domain.alerts import Cause
from portal.domain.errors import StoreUnavailable
from portal.web.requests import services

metrics = Blueprint("metrics", __name__)

_STATES = ("journalled", "counted", "rejected", "waiting")


@metrics.get("/metrics")
def scrape() -> Response:
    """Answer with the numbers as they are now, whichever process is asked."""
    registry = CollectorRegistry()
    registry.register(_Books())
    text = generate_latest(registry)
    return Response(text, headers={"Cache-Control": "no-store"}, content_type=CONTENT_TYPE_LATEST)


class _Books:
    """Reads journals and store when it is asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every metric; those of the store only while it answers."""
        held = services()
        root = held.settings.journal
        events = GaugeMetricFamily(
            "portal_events", "Events by what became of them.", labels=("node", "state")
        )
        difference = GaugeMetricFamily(
            "portal_events_difference", "Events that are unaccounted for: 0.", labels=("node",)
        )
        up = 1
        try:
            for node, balance in by_node(reconcile(root, held.store)).items():
                for state in _STATES:
                    events.add_metric((node, state), getattr(balance, state))
                difference.add_metric((node,), balance.difference)
            alerts = _open_alerts()
            yield from (events, difference, alerts)
        except StoreUnavailable:
            up = 0
        yield GaugeMetricFamily("portal_store_up", "Whether the store answers.", up)
        yield GaugeMetricFamily(
            "portal_journal_bytes", "What this node's journals take.", journal_bytes(root)
        )
        yield GaugeMetricFamily(
            "portal_events_lost", "Events that found no room on this node.", lost_events(root)
        )
        yield GaugeMetricFamily(
            "portal_journal_damaged_lines", "Lines that could not be read.", damaged_lines(root)
        )


def _open_alerts() -> GaugeMetricFamily:
    """Return how many alerts are open, by cause. Raise StoreUnavailable."""
    number = Counter(alert.cause for alert in services().alerts.open())
    family = GaugeMetricFamily("portal_alerts_open", "Alerts that are open.", labels=("cause",))
    for cause in Cause:
        family.add_metric((str(cause),), number[cause])
    return family
