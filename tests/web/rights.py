"""Who may use which route of the console, and something that there is for every address."""

from collections.abc import Mapping

from portal.alertbook import AlertBook
from portal.domain.alerts import Cause, Finding
from portal.domain.periods import today
from portal.domain.weeks import Texts, week_of
from portal.services import Services

ADMIN = "admin"
ENTER = "admin officer"
STAFF = "admin officer viewer"
ALL = "admin officer viewer owner"
RIGHTS: Mapping[str, str] = {
    "GET /office/": ALL,
    "GET /office/live.json": ALL,
    "GET /office/api": ALL,
    "GET /office/account": ALL,
    "GET POST /office/account/password": ALL,
    "GET POST /office/account/second-factor": ALL,
    "GET POST /office/account/second-factor/confirm": ALL,
    "GET POST /office/account/second-factor/off": ALL,
    "GET POST /office/account/second-factor/recovery": ALL,
    "GET POST /office/tokens": ALL,
    "POST /office/tokens/<token_id>/revoke": ALL,
    "GET /office/sites": ALL,
    "GET POST /office/sites/new": ENTER,
    "GET POST /office/sites/import": ENTER,
    "POST /office/sites/import/enter": ENTER,
    "GET /office/sites/id/<site_id>": STAFF,
    "GET POST /office/sites/id/<site_id>/edit": ENTER,
    "GET POST /office/sites/id/<site_id>/archive": ENTER,
    "GET /office/sites/id/<site_id>/kit": ENTER,
    "GET /office/sites/bundle.zip": ENTER,
    "GET POST /office/sites/id/<site_id>/notice": ENTER,  # or its owner
    "GET POST /office/sites/id/<site_id>/invite": ENTER,
    "GET /office/sites/id/<site_id>/check": STAFF,
    "GET /office/sites/id/<site_id>/print": STAFF,
    "GET /office/sites/id/<site_id>/print/<sheet>": STAFF,
    "GET /office/sites/id/<site_id>/code/<channel>.<form>": STAFF,
    "GET /office/weeks": STAFF,
    "GET /office/weeks/<week>": STAFF,
    "POST /office/weeks/<week>/draft": ENTER,
    "GET POST /office/weeks/<week>/edit": ENTER,
    "GET POST /office/weeks/<week>/close": ENTER,
    "GET /office/weeks/<week>/changes": STAFF,
    "GET /office/weeks/<week>/site/<site_id>": STAFF,
    "GET /office/adoption": STAFF,
    "GET POST /office/adoption/new": ENTER,
    "GET POST /office/adoption/population": ENTER,
    "GET POST /office/adoption/import": ENTER,
    "POST /office/adoption/import/enter": ENTER,
    "GET POST /office/adoption/<entry_id>/remove": ENTER,
    "GET /office/alerts": ALL,
    "GET /office/alerts/<alert_id>": STAFF,  # of another's site
    "POST /office/alerts/<alert_id>/acknowledge": ENTER,
    "GET /office/notes": STAFF,
    "GET POST /office/notes/new": ENTER,
    "GET POST /office/notes/<note_id>": ENTER,
    "POST /office/notes/<note_id>/remove": ENTER,
    "GET /office/audit": ADMIN,
    "GET /office/people": ADMIN,
    "GET POST /office/people/new": ADMIN,
    "GET POST /office/people/id/<person_id>": ADMIN,
    "GET POST /office/people/id/<person_id>/access": ADMIN,
    "GET POST /office/people/id/<person_id>/factor": ADMIN,
    "GET POST /office/people/id/<person_id>/link": ADMIN,
}
"""Which roles may use a route; where it has a site, another's."""
STRANGERS = {
    "GET POST /office/sign-in",
    "GET POST /office/sign-in/code",
    "POST /office/sign-out",
    "GET POST /office/reset/<token>",
}
"""Routes for whoever has not signed in."""
OWN = (
    "/office/sites/id/<site_id>",
    "/office/sites/id/<site_id>/kit",
    "/office/sites/id/<site_id>/notice",
    "/office/sites/id/<site_id>/check",
    "/office/sites/id/<site_id>/print",
    "/office/sites/id/<site_id>/print/<sheet>",
    "/office/sites/id/<site_id>/code/<channel>.<form>",
    "/office/weeks/<week>/site/<site_id>",
)
"""What owners may open of their own site."""


def single(routes: Mapping[str, str]) -> dict[str, str]:
    """Return the roles by a method and an address each."""
    return {
        f"{method} {route.split()[-1]}": roles
        for route, roles in routes.items()
        for method in route.split()[:-1]
    }


def add_samples(held: Services) -> dict[str, str]:
    """Add what addresses name, of another's site; return it by the part of the address."""
    now = held.clock()
    held.people.add({"id": "nguoi-moi", "name": "Người mới", "role": "viewer"})
    note = held.notes.add({"first": "2021-03-05", "text": "Mất điện"}, "can-bo")
    area = {"area": "04", "day": "2021-03-01", "installs": "72636", "source": "báo cáo"}
    entry, _before = held.adoption.add(area, "can-bo", "")
    found = Finding(Cause.SILENT, "cho", now, {"hours": 5})
    alert = None
    book = AlertBook(held.store, iter((now, now + 300)).__next__)
    for _check in range(2):
        alert = book.raise_(found)
    assert alert is not None
    week = week_of(today(now)).shifted(-2)
    held.weeks.begin(week, Texts("Mất điện."), "can-bo")
    for version in range(2):
        numbers = held.week_taker.take(week)
        held.weeks.close(numbers, Texts("Mất điện."), "can-bo", version, "về muộn" * version)
    return {
        "<sheet>": "poster",
        "<channel>": "poster",
        "<form>": "svg",
        "<week>": str(week),
        "<site_id>": "cho",
        "<person_id>": "nguoi-moi",
        "<note_id>": note.id,
        "<entry_id>": entry.id,
        "<alert_id>": alert.id,
    }
