"""The sites that are somebody's to see."""

from flask import abort

from portal.domain.errors import NoSuchSite
from portal.domain.people import Right
from portal.domain.sites import Site
from portal.sitebook import SiteBook
from portal.web.office.session import me
from portal.web.requests import services


def own_sites() -> list[Site]:
    """Return the sites that this person may see, by id; the secrets of gateways stay encrypted."""
    held, person = services(), me()
    book = SiteBook(held.store, held.areas, held.gateways, None)
    return [site for site in book.all() if person.may(Right.READ_OWN, site.id)]


def only_who_looks_after_it() -> None:
    """Answer 403 to whoever reads every site but changes none: keys and texts are not theirs."""
    if me().may(Right.READ) and not me().may(Right.SITES):
        abort(403)


def find_site(id: str) -> tuple[Site, int]:
    """Return a site and its version; 404 for one that there is not."""
    try:
        return services().sites.get(id)
    except NoSuchSite:
        abort(404)


def commune(site: Site) -> str:
    """Return the name of the area that a site lies in; "–" where none is known."""
    area = services().areas.get(site.area)
    return area.name if area else "–"
