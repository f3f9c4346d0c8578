"""What the API tells of alerts."""

from datetime import datetime
from typing import Any

from flask import abort

from portal.domain.alerts import Alert, State
from portal.domain.people import Right
from portal.domain.periods import HO_CHI_MINH
from portal.web.api.books import NO_SITE, Values, now, part
from portal.web.office.alerts import may_see
from portal.web.office.own import own_sites
from portal.web.office.session import me
from portal.web.requests import services

_OVER = 1000  # alerts that are over, at most


def alerts(values: Values) -> dict[str, Any]:
    """Return the alerts that were asked for, the latest first."""
    site, state, book = values["site"], values["state"], services().alerts
    if site is not None and site not in {known.id for known in own_sites()}:
        abort(404, NO_SITE)
    found = book.recent(_OVER) if state == State.RECOVERED else book.open()
    rows = [
        _alert(alert)
        for alert in found
        if may_see(alert)
        and state in (None, alert.state)
        and values["cause"] in (None, alert.cause)
        and (site is None or (alert.subject == site and not alert.of_node))
    ]
    return {"generated_at": now(), **part(rows, values)}


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "cause": str(alert.cause),
        "state": str(alert.state),
        "site": "" if alert.of_node else alert.subject,
        "node": alert.subject if alert.of_node else "",
        "since": _moment(alert.since),
        "opened_at": _moment(alert.opened),
        "acknowledged_at": _moment(alert.acknowledged),
        "recovered_at": _moment(alert.recovered),
        "note": alert.note if me().may(Right.READ) else "",  # the office's own words
    }


def _moment(at: float) -> str | None:
    return datetime.fromtimestamp(at, HO_CHI_MINH).isoformat(timespec="seconds") if at else None
