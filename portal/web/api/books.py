"""What the API tells of sites and areas, and of how the books stand."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import abort

from portal.counting.reconciliation import reconcile
from portal.counting.reconciliation import total as total_of
from portal.domain.periods import HO_CHI_MINH
from portal.domain.sites import Site
from portal.domain.views import RULES
from portal.web.office.own import own_sites
from portal.web.requests import own_url, services

Values = Mapping[str, Any]
"""The parameters' values by their names."""

NO_SITE = "There is no such site, or it is not yours to see."
NO_AREA = "There is no such area."


def now() -> str:
    """Return this moment in Asia/Ho_Chi_Minh, ISO 8601."""
    moment = datetime.fromtimestamp(services().clock(), HO_CHI_MINH)
    return moment.isoformat(timespec="seconds")


def part(rows: Sequence[Any], values: Values) -> dict[str, Any]:
    """Return the rows that were asked for, and how many there are."""
    limit, offset = values["limit"], values["offset"]
    return {
        "total": len(rows),
        "limit": limit,
        "offset": offset,
        "rows": list(rows[offset : offset + limit]),
    }


def within(sites: Sequence[Site], area: str | None) -> list[Site]:
    """Return those of ``sites`` that lie in an area or below it. 404 for an unknown area."""
    if area is None:
        return list(sites)
    areas = services().areas
    if area not in areas:
        abort(404, NO_AREA)
    return [site for site in sites if area in {step.code for step in areas.path(site.area)}]


def sites(values: Values) -> dict[str, Any]:
    """Return the sites that were asked for."""
    found = [
        _site(site)
        for site in within(own_sites(), values["area"])
        if values["kind"] in (None, site.kind) and values["active"] in (None, site.active)
    ]
    return {"generated_at": now(), **part(found, values)}


def site(values: Values) -> dict[str, Any]:
    """Return one site; 404 for one that the holder may not see."""
    found = [site for site in own_sites() if site.id == values["site_id"]]
    if not found:
        abort(404, NO_SITE)
    return _site(found[0])


def areas(values: Values) -> dict[str, Any]:
    """Return the administrative units."""
    found = [asdict(area) for area in services().areas if values["level"] in (None, area.level)]
    return {"generated_at": now(), **part(found, values)}


def status(_values: Values) -> dict[str, Any]:
    """Return whether the books agree, and how far the sums follow the store."""
    held = services()
    balance = total_of(reconcile(held.settings.journal, held.store))
    return {
        "generated_at": now(),
        "reconciliation": {**asdict(balance), "difference": balance.difference},
        "behind": held.rollup.refresh(),
        "rules": RULES,
    }


def _site(site: Site) -> dict[str, Any]:
    """Return a site as the API shows it: nothing of its gateway's settings or its networks."""
    area = services().areas.get(site.area)
    return {
        "id": site.id,
        "name": site.name,
        "kind": str(site.kind),
        "area": site.area,
        "area_name": area.name if area else "",
        "address": site.address,
        "operator": site.operator,
        "gateway": site.gateway,
        "languages": list(site.languages),
        "active": site.active,
        "created": site.created or None,
        "notice": own_url(f"/s/{site.id}"),
    }
