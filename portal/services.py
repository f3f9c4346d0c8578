"""What a process holds: opened once, handed to whoever needs it, nothing global."""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from portal.adoptionbook import AdoptionBook
from portal.alertbook import AlertBook
from portal.apitokens import TokenBook
from portal.attempts import Attempts
from portal.audit import AuditLog
from portal.counting.bursts import Bursts
from portal.counting.edge_log import EdgeLog
from portal.counting.edge_reader import EdgeReader
from portal.counting.recorder import Recorder
from portal.domain.areas import Areas, parse_areas
from portal.domain.campaign import BadCampaign, Campaign, parse_campaign
from portal.domain.errors import BadSettings, Problem
from portal.domain.errors import message as _
from portal.domain.garden import Garden, parse_garden
from portal.domain.nonces import Signer
from portal.domain.periods import today
from portal.domain.probes import Probes, parse_probes
from portal.gateways import gateways
from portal.gateways.base import Gateway
from portal.gateways.controllers import Controllers
from portal.i18n import Catalogs
from portal.ids import Ids
from portal.jobs.alerts import AlertJob
from portal.jobs.daily import Daily
from portal.jobs.retention import fold_old
from portal.jobs.weekly import Drafts
from portal.mishaps import Mishaps
from portal.notebook import NoteBook
from portal.people import PeopleBook
from portal.released import Released
from portal.resources import folder, read_text
from portal.settings import Settings, signing_keys
from portal.sitebook import SiteBook
from portal.snapshot import Snapshot
from portal.stores import open_store
from portal.stores.base import Store
from portal.stores.rollup import Rollup
from portal.vault import Vault
from portal.weekbook import WeekBook
from portal.weeknumbers import WeekTaker
from portal.weekpapers import WeekPapers

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """Everything that the web and the command line work with."""

    settings: Settings
    campaign: Campaign
    areas: Areas
    probes: Probes
    garden: Garden
    catalogs: Catalogs
    gateways: Mapping[str, Gateway]
    signer: Signer
    vault: Vault
    store: Store
    sites: SiteBook
    snapshot: Snapshot
    rollup: Rollup
    recorder: Recorder
    bursts: Bursts
    edge: EdgeReader
    retention: Daily
    released: Released
    mishaps: Mishaps
    controllers: Controllers
    people: PeopleBook
    tokens: TokenBook
    attempts: Attempts
    audit: AuditLog
    alerts: AlertBook
    adoption: AdoptionBook
    notes: NoteBook
    weeks: WeekBook
    new_id: Callable[[], bytes]
    clock: Callable[[], float] = time.time

    @cached_property
    def alert_job(self) -> AlertJob:
        """What looks after alerts in the background."""
        return AlertJob(
            self.settings,
            self.store,
            self.rollup,
            self.alerts,
            self.areas,
            self.catalogs,
            self.campaign.app,
            self.clock,
            Drafts(self.weeks, self.notes, self.settings.week_cutoff),
        )

    @cached_property
    def week_taker(self) -> WeekTaker:
        """What takes the numbers of a week."""
        return WeekTaker(
            self.store,
            self.rollup,
            self.areas,
            self.alerts,
            self.adoption,
            self.campaign,
            self.settings.journal,
            self.flush,
        )

    @cached_property
    def week_papers(self) -> WeekPapers:
        """What makes the papers about a week."""
        say = self.catalogs.translations("vi").gettext
        return WeekPapers(
            self.weeks, self.week_taker, self.areas, self.settings, self.campaign.app, say
        )

    def flush(self) -> None:
        """Bring everything seen so far to the store. Raise StoreUnavailable."""
        self.recorder.flush()
        self.edge.read()

    def start(self) -> None:
        """Begin the background work; in the process that serves, after any fork."""
        self.recorder.start()
        self.edge.start()
        self.snapshot.start()
        self.retention.start()
        self.alert_job.start()

    def stop(self) -> None:
        """End the background work and let go of the store."""
        self.alert_job.stop()
        self.retention.stop()
        self.snapshot.stop()
        self.edge.stop()
        self.recorder.stop()
        self.rollup.close()
        self.store.close()


def open_services(settings: Settings, *, clock: Callable[[], float] = time.time) -> Services:
    """Open what ``settings`` describe. Raise BadSettings, or StoreUnavailable for a bad file.

    A Redis that is away is no error: the sites then come from the kept file.
    """
    areas = _areas(settings.report_area)
    settings.data.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.store, settings.data)
    known = gateways()
    probes = parse_probes(read_text("probes.json"))
    keys = signing_keys(settings)
    vault, signer = Vault(keys), Signer(keys)
    snapshot = Snapshot(store, known, vault, settings.data / "sites.json")
    snapshot.load()
    return Services(
        settings=settings,
        campaign=_campaign(settings.campaign),
        areas=areas,
        probes=probes,
        garden=parse_garden(read_text("walled_garden.json"), probes.hosts),
        catalogs=Catalogs(folder("translations")),
        gateways=known,
        signer=signer,
        vault=vault,
        store=store,
        sites=SiteBook(store, areas, known, vault),
        snapshot=snapshot,
        rollup=Rollup(store, settings.data / "rollup.db"),
        recorder=_recorder(settings, store),
        bursts=Bursts(clock, settings.burst_limit),
        edge=EdgeReader(EdgeLog(settings.journal, settings.node_name, store, signer)),
        retention=Daily("retention", lambda: fold_old(store, today(clock()), settings.hourly_days)),
        released=Released(clock),
        mishaps=Mishaps(clock),
        controllers=Controllers(),
        people=PeopleBook(store, clock),
        tokens=TokenBook(store, clock),
        attempts=Attempts(clock),
        audit=AuditLog(store, clock),
        alerts=AlertBook(store, clock),
        adoption=AdoptionBook(store, clock, areas),
        notes=NoteBook(store, clock, areas),
        weeks=WeekBook(store, clock, settings.week_cutoff),
        new_id=Ids(secrets.token_bytes),
        clock=clock,
    )


def _recorder(settings: Settings, store: Store) -> Recorder:
    return Recorder(
        settings.journal,
        store,
        node=settings.node_name,
        limit=settings.journal_limit << 20,
        hours=settings.journal_hours,
        always=settings.journal_sync == "always",
    )


def _areas(wanted: str) -> Areas:
    areas = parse_areas(read_text("areas.json"))
    if wanted not in areas:
        raise BadSettings([Problem("report_area", _("there is no such area in the province"))])
    return areas


def _campaign(name: str) -> Campaign:
    included = folder("data") / "campaigns" / f"{name}.toml"
    path = included if name.isidentifier() and included.is_file() else Path(name)
    try:
        return parse_campaign(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem("campaign", _("cannot be read: %(error)s"), {"error": error})
        raise BadSettings([problem]) from error
    except BadCampaign as error:
        problems = [
            Problem(f"campaign: {path}", text.replace("%", "%%")) for text in error.problems
        ]
        raise BadSettings(problems) from error
