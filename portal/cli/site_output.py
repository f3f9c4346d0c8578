"""How sites are printed."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import click

from portal.cli.desk import Desk
from portal.cli.labels import GATEWAYS, SITE_KINDS, label
from portal.cli.output import console, pairs, table, write_csv, write_json, yes_no
from portal.cli.sites import notice_url
from portal.cli.words import tr
from portal.domain.errors import message as _
from portal.domain.sites import Site

HIDDEN = "••••"
_SECRET = re.compile("key|secret|password|token")
_CSV = (
    "id", "name", "kind", "area", "address", "gateway", "languages", "operator", "greeting",
    "egress", "active", "created",
)  # fmt: skip


def print_sites(desk: Desk, sites: Sequence[Site], form: str) -> None:
    """Print a list of sites. Keys of gateways are never in it."""
    if form == "json":
        write_json([_document(desk, site, secrets=False) for site in sites])
    elif form == "csv":
        write_csv(_CSV, (_cells(site) for site in sites))
    elif sites:
        _print_table(desk, sites)
    else:
        folder = desk.settings.data.absolute()
        click.echo(tr(_("There is no site yet in %(folder)s."), folder=folder))


def print_site(desk: Desk, site: Site, form: str, secrets: bool) -> None:
    """Print everything about one site; keys only when asked for."""
    if form == "json":
        write_json(_document(desk, site, secrets))
        return
    settings = _settings(site, secrets)
    rows = [
        (tr(_("Id")), site.id),
        (tr(_("Name")), site.name),
        (tr(_("Kind")), label(SITE_KINDS, site.kind)),
        (tr(_("Area")), _area(desk, site, whole=True)),
        (tr(_("Address")), site.address),
        (tr(_("Wifi device")), label(GATEWAYS, site.gateway)),
        *((f"  {name}", value) for name, value in settings.items()),
        (tr(_("Languages")), ", ".join(site.languages)),
        (tr(_("Operator")), site.operator),
        (tr(_("Greeting")), site.greeting),
        (tr(_("Visitors' networks")), ", ".join(site.egress)),
        (tr(_("In service")), yes_no(site.active)),
        (tr(_("Since")), _day(site.created)),
        (tr(_("Notice")), notice_url(desk, site.id)),
    ]
    console().print(pairs(rows))


def _print_table(desk: Desk, sites: Sequence[Site]) -> None:
    heads = (_("Id"), _("Name"), _("Kind"), _("Area"), _("Wifi device"), _("In service"))
    archived = any(not site.active for site in sites)
    shown = table(map(tr, heads[: None if archived else -1]))
    for site in sites:
        cells = [
            site.id,
            site.name,
            label(SITE_KINDS, site.kind),
            _area(desk, site),
            site.gateway,
            yes_no(site.active),
        ]
        shown.add_row(*cells[: None if archived else -1], style=None if site.active else "dim")
    console().print(shown)


def _document(desk: Desk, site: Site, secrets: bool) -> dict[str, Any]:
    document = site.document()
    document["gateway_settings"] = _settings(site, secrets)
    return {**document, "area_name": _area(desk, site), "notice": notice_url(desk, site.id)}


def _settings(site: Site, secrets: bool) -> Mapping[str, str]:
    return {
        name: HIDDEN if _SECRET.search(name) and not secrets else value
        for name, value in site.gateway_settings.items()
        if value  # what is left to the gateway needs no line
    }


def _cells(site: Site) -> list[str]:
    flat = {
        **site.document(),
        "languages": ",".join(site.languages),
        "egress": ",".join(site.egress),
        "active": "true" if site.active else "false",
    }
    return [str(flat[name]) for name in _CSV]


def _area(desk: Desk, site: Site, whole: bool = False) -> str:
    """Return the area's name, or its ``whole`` path from the smallest unit up."""
    path = desk.areas.path(site.area)
    names = [area.name for area in reversed(path)] or [site.area]
    return ", ".join(names if whole else names[:1])


def _day(iso: str) -> str:
    return "/".join(reversed(iso.split("-")))
