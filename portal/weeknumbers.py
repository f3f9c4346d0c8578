"""Taking the numbers of a week: from the counts, the sites, the alerts and what was entered."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.adoptionbook import AdoptionBook
from portal.alertbook import AlertBook
from portal.counting.reconciliation import reconcile, total
from portal.domain.alerts import Alert, Cause
from portal.domain.areas import Areas
from portal.domain.campaign import Campaign
from portal.domain.periods import Period
from portal.domain.sites import Site
from portal.domain.views import RULES
from portal.domain.weeks import Silence, SiteWeek, Standing, Week, WeekNumbers
from portal.jobs.alert_sites import sites_of
from portal.stores.base import Store
from portal.stores.rollup import Counts, Rollup

_ALERTS = 2000  # alerts that are over and looked at, the latest
_SILENT = (Cause.SILENT, Cause.UNSEEN)


@dataclass(frozen=True)
class WeekTaker:
    """Takes the numbers of a week. ``take`` may raise StoreUnavailable."""

    store: Store
    rollup: Rollup
    areas: Areas
    alerts: AlertBook
    adoption: AdoptionBook
    campaign: Campaign
    journal: Path
    flush: Callable[[], object]
    """Brings to the store what this process has counted."""

    def take(self, week: Week) -> WeekNumbers:
        """Return the numbers of a week as the store has them now."""
        self.flush()
        while self.rollup.refresh():
            pass
        balance = total(reconcile(self.journal, self.store))
        return WeekNumbers(
            str(week),
            RULES,
            self.campaign.starts.isoformat(),
            self.campaign.target_share,
            tuple(self._sites(week)),
            tuple(self._standings(week)),
            tuple(self._silences(week)),
            balance.waiting,
        )

    def _sites(self, week: Week) -> list[SiteWeek]:
        """Return every site that was there in the week, or counted in it, by name."""
        period, last = week.period, week.period.last.isoformat()
        sites = sites_of(self.store)
        counted = self.rollup.sums(period)
        for id in counted.keys() - sites.keys():
            sites[id] = Site(id, id, active=False)
        there = {
            id: site
            for id, site in sites.items()
            if id in counted or (site.active and site.created <= last)
        }
        since = Period(min(self.campaign.starts, period.first), period.last)
        days = self.rollup.shown(period, list(there))
        before = self.rollup.shown(week.shifted(-1).period, list(there))
        ever = self.rollup.sums(since)
        nothing = Counts(0, 0)
        found = [
            self._site(
                site,
                days[id],
                counted.get(id, nothing).installs,
                before[id],
                ever.get(id, nothing).shown,
            )
            for id, site in there.items()
        ]
        return sorted(found, key=lambda one: (one.path, one.name, one.id))

    def _site(
        self, site: Site, shown: list[int], installs: int, before: list[int], ever: int
    ) -> SiteWeek:
        path = self.areas.path(site.area)
        return SiteWeek(
            site.id,
            site.name,
            str(site.kind),
            tuple(area.code for area in path),
            tuple(area.name for area in path),
            site.active,
            tuple(shown),
            installs,
            tuple(before),
            ever,
        )

    def _standings(self, week: Week) -> list[Standing]:
        """Return the last entry of every area until the end of the week."""
        found = []
        for code, history in self.adoption.histories().items():
            area, entries = self.areas.get(code), history.until(week.period.last)
            if area is None or not entries:
                continue
            last, people = entries[-1], history.population(area).people
            found.append(
                Standing(code, area.name, last.day.isoformat(), last.installs, people, last.source)
            )
        return sorted(found, key=lambda one: (len(one.area), one.area))

    def _silences(self, week: Week) -> list[Silence]:
        """Return when sites were silent in the week, the first one first."""
        begin, end = week.begins(), week.shifted(1).begins()
        alerts = [*self.alerts.open(), *self.alerts.recent(_ALERTS)]
        return sorted(
            (
                Silence(one.subject, str(one.cause), one.since, one.recovered)
                for one in alerts
                if one.cause in _SILENT and _during(one, begin, end)
            ),
            key=lambda one: (one.since, one.site),
        )


def _during(alert: Alert, begin: float, end: float) -> bool:
    return alert.since < end and not 0 < alert.recovered <= begin
