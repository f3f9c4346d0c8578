"""The configuration of nginx as an edge server: what its http and server blocks include."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from portal.counting.bursts import REFILL
from portal.domain.campaign import Campaign
from portal.domain.probes import Probes
from portal.domain.sites import LANGUAGES
from portal.edge.maps import (
    agent_maps,
    language_map,
    links_map,
    probes_maps,
    proofs_map,
    quoted,
    shapes_map,
    store_map,
)
from portal.gateways.base import Gateway
from portal.gateways.notice import VENUE
from portal.resources import folder

VIEW = "THE-NAME-OF-THE-VIEW-STANDS-HERE"
"""What nginx replaces in a notice. Long, as its filter then takes long steps."""
HANDED_ON = "WHAT-THE-GATEWAY-SENT-STANDS-HERE"


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are on the machine with the edge server."""

    upstream: str  # host:port of the application, or unix:PATH
    pages: Path  # folder with the pages for the application's absence
    log: Path  # file that the events are written to
    cache: Path  # folder for what is kept
    burst_limit: int  # see the setting


def http_conf(
    campaign: Campaign, gateways: Mapping[str, Gateway], probes: Probes, places: Places
) -> str:
    """Return what belongs into the http block."""
    stores = {key: store.url for key, store in campaign.stores.items()}
    proofs = (name for gateway in gateways.values() for name in gateway.proofs)
    return _template("http.conf").render(
        upstream=places.upstream,
        cache=quoted(str(places.cache)),
        burst_limit=places.burst_limit,
        burst_rate=max(1, places.burst_limit * 60 // REFILL),
        agents=agent_maps(campaign),
        store=store_map(),
        language=language_map(LANGUAGES, "en"),
        proofs=proofs_map(proofs),
        links=links_map(stores, campaign.official_page),
        probes=probes_maps(probes),
        shapes=shapes_map(VENUE),
    )


def visitor_conf(places: Places, headers: Iterable[tuple[str, str]]) -> str:
    """Return what belongs into a server block; ``headers`` are those of a page."""
    lines = (f"add_header {name} {quoted(value)} always;\n" for name, value in headers)
    return _template("visitor.conf").render(
        burst_limit=places.burst_limit,
        view=quoted(VIEW),
        handed_on=quoted(HANDED_ON),
        pages=quoted(str(places.pages)),
        log=quoted(str(places.log)),
        headers="".join(lines),
    )


def _template(name: str) -> Template:
    loader = FileSystemLoader(folder("templates") / "edge")
    # nginx's own language, nothing that a browser reads
    environment = Environment(loader=loader, undefined=StrictUndefined, autoescape=False)  # noqa: S701
    return environment.get_template(name)
