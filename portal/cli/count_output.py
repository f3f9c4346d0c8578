"""How counts are printed: a table for people, CSV and JSON for programs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from rich.table import Table
from rich.text import Text

from portal.cli.counts import Counts, Line
from portal.cli.labels import CHANNELS, KINDS, REASONS, SYSTEMS, TIERS, label, site_label
from portal.cli.output import (
    NOTHING,
    console,
    number,
    number_table,
    pairs,
    percent,
    print_wide,
    write_csv,
    write_json,
)
from portal.cli.words import language, tr
from portal.counting.reconciliation import Balance
from portal.domain.errors import message as _
from portal.domain.events import NOWHERE, Kind, Reason
from portal.domain.periods import Period
from portal.domain.summaries import Summary
from portal.domain.views import RULES

_SHOWN = (
    Kind.SHOWN, Kind.VIEWABLE, Kind.INSTALL, Kind.INSTALLED, Kind.CONTINUE, Kind.ONLINE,
    Kind.PAGE, Kind.RELOAD, Kind.PROBE, Kind.REJECTED,
)  # fmt: skip
_FURTHER = (Kind.SEEN_AGAIN, Kind.REFUSED, Kind.FAILED)
_CSV_KINDS = (*_SHOWN, *_FURTHER)
_JSON_NAMES = {
    "impressions": Kind.SHOWN,
    "viewable": Kind.VIEWABLE,
    "installs": Kind.INSTALL,
    "installed": Kind.INSTALLED,
    "continues": Kind.CONTINUE,
    "online": Kind.ONLINE,
    "pages": Kind.PAGE,
    "reloads": Kind.RELOAD,
    "seen_again": Kind.SEEN_AGAIN,
    "refused": Kind.REFUSED,
    "failed": Kind.FAILED,
    "probes": Kind.PROBE,
    "rejections": Kind.REJECTED,
}


def print_table(found: Counts) -> None:
    """Print the counts for people."""
    terminal = console()
    terminal.print(Text(_title(found), style="bold"))
    terminal.print()
    print_wide(_table(found))
    terminal.print()
    terminal.print(pairs(_notes(found)))


def print_json(found: Counts) -> None:
    """Print the counts with everything they are made of."""
    write_json(
        {
            "period": {"first": str(found.period.first), "last": str(found.period.last)},
            "rules": RULES,
            "sites": [
                {"id": line.id, "name": line.name, **_numbers_by_name(line.whole)}
                for line in found.lines
            ],
            "totals": _numbers_by_name(found.whole),
            "reconciliation": _account(found.balance),
            "lost": found.lost,
            "nodes": {name: _account(balance) for name, balance in found.nodes.items()},
        }
    )


def _account(balance: Balance) -> dict[str, int]:
    return {**asdict(balance), "difference": balance.difference}


def print_csv(found: Counts) -> None:
    """Print a row for each site and day, columns named as the kinds and reasons are."""
    head = ("day", "site", "name", *_CSV_KINDS, *(f"rejected:{reason}" for reason in Reason))
    write_csv(head, (row for line in found.lines for row in _rows(found, line)))


def _rows(found: Counts, line: Line) -> Iterator[list[object]]:
    for day in sorted({*line.days, *_quiet_days(found, line)}):
        summary = line.days.get(day, Summary())
        yield [
            day.isoformat(),
            # Its id would be taken for a formula.
            "" if line.id == NOWHERE else line.id,
            line.name,
            *(summary.of(kind) for kind in _CSV_KINDS),
            *(summary.rejected.get(reason, 0) for reason in Reason),
        ]


def _quiet_days(found: Counts, line: Line) -> Iterator[date]:
    """Yield the days on which the site could have counted: a day without visitors is a 0."""
    if line.site and line.site.active and line.site.created:
        first = max(found.period.first, date.fromisoformat(line.site.created))
        last = min(found.period.last, found.today)
        if first <= last:
            yield from Period(first, last).days()


def _numbers_by_name(summary: Summary) -> dict[str, Any]:
    return {
        **{name: summary.of(kind) for name, kind in _JSON_NAMES.items()},
        "os": dict(summary.os),
        "channels": dict(summary.channels),
        "tiers": dict(summary.tiers),
        "rejected": dict(summary.rejected),
    }


def _table(found: Counts) -> Table:
    wholes = [line.whole for line in found.lines]
    columns = {label(KINDS, kind): [number(whole.of(kind)) for whole in wholes] for kind in _SHOWN}
    feet = [tr(_("Total")), *(number(found.whole.of(kind)) for kind in _SHOWN)]
    return number_table(
        tr(_("Site")), _sites(found.lines), columns, feet if len(found.lines) > 1 else []
    )


def _sites(lines: Sequence[Line]) -> list[Text]:
    """Return how the sites are shown: by name, and where two have the same by id, too."""
    times = Counter(line.name for line in lines)
    return [
        Text(line.name or site_label(line.id)).append(
            f" {line.id}" if line.name and times[line.name] > 1 else "", style="dim"
        )
        for line in lines
    ]


def _notes(found: Counts) -> Iterator[tuple[str, str]]:
    whole = found.whole
    yield tr(_("Systems")), _shares(whole.os, SYSTEMS)
    yield tr(_("Channels")), _shares(whole.channels, CHANNELS)
    yield tr(_("Trust")), _shares(whole.tiers, TIERS)
    yield tr(_("Rejected")), _shares(whole.rejected, REASONS)
    further = {str(kind): whole.of(kind) for kind in _FURTHER if whole.of(kind)}
    if further:
        yield tr(_("Further")), _list(further, KINDS)
    yield tr(_("Reconciliation")), _agreement(found.balance)
    if len(found.nodes) > 1:
        for name, balance in found.nodes.items():
            yield "", f"{name or NOTHING}: {_agreement(balance)}"
    if found.lost:
        lost = _("%(n)s events were lost: the disk was full, and the memory.")
        yield tr(_("Lost")), tr(lost, n=number(found.lost))
    yield tr(_("Counting rules")), tr(_("version %(number)d"), number=RULES)


def _shares(numbers: Mapping[str, int], names: dict[str, str]) -> str:
    whole = sum(numbers.values())
    ordered = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{label(names, name)} {number(n)} ({percent(n, whole)})" for name, n in ordered]
    return " · ".join(parts) or NOTHING


def _list(numbers: Mapping[str, int], names: dict[str, str]) -> str:
    return " · ".join(f"{label(names, name)} {number(n)}" for name, n in numbers.items())


def _agreement(balance: Balance) -> str:
    """Say whether the books agree, since the service began and over all sites."""
    verdict = (
        tr(_("DIFFERENCE of %(number)s"), number=number(balance.difference))
        if balance.difference
        else tr(_("agrees"))
    )
    values = {name: number(value) for name, value in asdict(balance).items()}
    account = _(
        "since the beginning %(journalled)s journalled = %(counted)s counted + %(rejected)s"
        " rejected + %(waiting)s waiting"
    )
    return f"{verdict} ({tr(account, **values)})"


def _title(found: Counts) -> str:
    first, last = found.period.first, found.period.last
    if first == last:
        return tr(_("Counts of %(day)s"), day=_date(first))
    return tr(_("Counts from %(first)s to %(last)s"), first=_date(first), last=_date(last))


def _date(day: date) -> str:
    return f"{day:%d/%m/%Y}" if language() == "vi" else day.isoformat()
