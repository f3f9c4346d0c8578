"""The site book: the sites as the office keeps them, checked, and never overwritten unseen."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any
from unicodedata import normalize

from portal.domain.areas import Areas
from portal.domain.errors import BadSite, NoSuchSite, Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.periods import BadPeriod, day
from portal.domain.sites import Site, parse_site
from portal.domain.slugs import slug
from portal.domain.written import find_area
from portal.gateways.base import Gateway, secrets_of
from portal.siteplan import PlannedRow, SitePlan
from portal.snapshot import SITES
from portal.stores.base import Store
from portal.vault import Vault

SETTING = "gateway."
"""Prefix of a gateway's setting where fields are flat: ``gateway.faskey``."""

COLUMNS = {*Site.__dataclass_fields__, f"{SETTING}*"} - {"gateway_settings"}
"""What a table of sites may have as its columns."""

_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "1", "yes", "có"), True),
    **dict.fromkeys(("false", "0", "no", "không"), False),
}


class SiteBook:
    """Reads and writes sites. Every method may raise StoreUnavailable."""

    def __init__(
        self, store: Store, areas: Areas, gateways: Mapping[str, Gateway], vault: Vault | None
    ) -> None:
        """``vault``: None for a book that is only read, whose secrets stay encrypted."""
        self._store = store
        self._areas = areas
        self._gateways = gateways
        self._vault = vault

    def all(self) -> list[Site]:
        """Return every site, archived ones too, by id."""
        documents = self._store.documents(SITES)
        return [self._site(document.body) for _id, document in sorted(documents.items())]

    def get(self, id: str) -> tuple[Site, int]:
        """Return a site and its version. Raise NoSuchSite."""
        document = self._store.document(SITES, id)
        if document is None:
            raise NoSuchSite(id)
        return self._site(document.body), document.version

    def read(self, fields: Mapping[str, Any]) -> Site:
        """Return the site that flat ``fields`` describe, wholly checked. Raise BadSite."""
        return self._checked(_nested(fields))

    def add(self, fields: Mapping[str, Any], today: date) -> Site:
        """Write a new site. Raise BadSite, also when the id is taken."""
        site = self._checked({"created": today.isoformat(), **_nested(fields)})
        try:
            self._store.put(SITES, site.id, self._document(site), 0)
        except VersionConflict:
            taken = Problem("id", _("there is a site with this id already"))
            raise BadSite([taken]) from None
        return site

    def edit(self, id: str, fields: Mapping[str, Any], version: int | None = None) -> Site:
        """Change some fields of a site. Raise NoSuchSite, BadSite, or VersionConflict.

        ``version``: the one that the change was made from; None for the present one.
        """
        site, current = self.get(id)
        changed = self._with(site, fields)
        version = current if version is None else version
        self._store.put(SITES, id, self._document(changed), version)
        return changed

    def archive(self, id: str, active: bool = False, version: int | None = None) -> Site:
        """Take a site out of service, or back into it. Raise NoSuchSite, or VersionConflict.

        ``version``: the one that this was decided upon; None for the present one.
        """
        document = self._store.document(SITES, id)
        if document is None:
            raise NoSuchSite(id)
        version = document.version if version is None else version
        self._store.put(SITES, id, {**document.body, "active": active}, version)
        return self._site({**document.body, "active": active})

    def plan(self, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> SitePlan:
        """Return what the rows of a file (number, flat fields) would do. Nothing is written.

        A row without an id is about the site whose id its name makes. An id that stands in the
        file twice is wrong.
        """
        known = {
            id: (self._site(document.body), document.version)
            for id, document in self._store.documents(SITES).items()
        }
        seen: dict[str, int] = {}
        return SitePlan(tuple(self._planned(*row, known, seen) for row in rows))

    def put_row(self, row: PlannedRow, today: date) -> Site:
        """Write a planned row. Raise BadSite, or VersionConflict if the site is another by now."""
        assert row.after is not None
        if row.before is None:
            return self.add({**row.fields, "id": row.after.id}, today)
        return self.edit(row.after.id, row.fields, row.version)

    def _planned(
        self,
        number: int,
        fields: Mapping[str, Any],
        known: Mapping[str, tuple[Site, int]],
        seen: dict[str, int],
    ) -> PlannedRow:
        id = str(fields.get("id") or "").strip() or slug(str(fields.get("name", "")))
        before, version = known.get(id, (None, 0))
        fields = {**fields, "id": id}
        problems: list[Problem] = []
        after = None
        try:
            after = self._with(before, fields) if before else self.read(fields)
        except BadSite as error:
            problems += error.problems
        if id and id in seen:
            text = _("this id stands in row %(row)d already")
            problems.append(Problem("id", text, {"row": seen[id]}))
        seen.setdefault(id, number)
        found = changes(before, after, self._gateways) if before and after else None
        return PlannedRow(number, fields, version, before, after, found, tuple(problems))

    def _with(self, site: Site, fields: Mapping[str, Any]) -> Site:
        """Return ``site`` with some fields changed, wholly checked. Raise BadSite."""
        changed = _nested(fields)
        settings = changed.get("gateway_settings")
        same = changed.get("gateway", site.gateway) == site.gateway
        if isinstance(settings, Mapping) and same:
            merged = {**site.gateway_settings, **settings}
            changed["gateway_settings"] = {name: text for name, text in merged.items() if text}
        elif not same:
            changed.setdefault("gateway_settings", {})
        return self._checked({**site.document(), **changed, "id": site.id})

    def _site(self, body: Mapping[str, Any]) -> Site:
        """Return the site of a document; a secret that cannot be read is empty, to be entered."""
        site = parse_site(body)
        if self._vault is None:
            return site
        opened: dict[str, str] = {}
        for name, value in site.gateway_settings.items():
            try:
                opened |= self._vault.open({name: value})
            except BadSite:
                opened[name] = ""
        return replace(site, gateway_settings=opened)

    def _document(self, site: Site) -> dict[str, Any]:
        """Return the site as it is kept: its gateway's secrets encrypted."""
        assert self._vault is not None
        secrets = secrets_of(self._gateways[site.gateway])
        sealed = self._vault.seal(site.gateway_settings, secrets)
        return replace(site, gateway_settings=sealed).document()

    def _checked(self, fields: Mapping[str, Any]) -> Site:
        problems: list[Problem] = []
        fields = dict(fields)
        if text := str(fields.get("area") or "").strip():
            area = find_area(text, self._areas, problems)
            fields["area"] = area.code if area else ""
        try:
            site = parse_site(fields)
        except BadSite as error:
            raise BadSite(problems + error.problems) from None
        gateway = self._gateways.get(site.gateway)
        if gateway is None:
            choices = {"choices": ", ".join(self._gateways)}
            problems.append(Problem("gateway", _("write one of: %(choices)s"), choices))
        else:
            try:
                site = replace(site, gateway_settings=gateway.check(site.gateway_settings))
            except BadSite as error:
                problems += [p._replace(where=f"{SETTING}{p.where}") for p in error.problems]
        if problems:
            raise BadSite(problems)
        return site


def typed(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of a table with its flag as a flag and its day by ISO 8601.

    What is none is left for the check.
    """
    found: dict[str, Any] = dict(fields)
    if active := fields.get("active"):
        found["active"] = _FLAGS.get(normalize("NFC", active).lower(), active)
    if created := fields.get("created"):  # Excel writes a day as its country does
        with suppress(BadPeriod):
            found["created"] = day(created).isoformat()
    return found


def changes(
    before: Site, after: Site, gateways: Mapping[str, Gateway]
) -> dict[str, list[Any] | str]:
    """Return what differs, old and new by field, for people: of a secret only that it does."""
    old, new = before.document(), after.document()
    found: dict[str, list[Any] | str] = {
        name: [old[name], new[name]]
        for name in new
        if name != "gateway_settings" and old[name] != new[name]
    }
    known = [gateways.get(site.gateway) for site in (before, after)]
    hidden = {name for gateway in known if gateway for name in secrets_of(gateway)}
    if None in known:  # of a brand that is gone nobody knows what is secret
        hidden |= {*before.gateway_settings, *after.gateway_settings}
    old, new = dict(before.gateway_settings), dict(after.gateway_settings)
    for name in sorted({*old, *new}):
        one, other = old.get(name, ""), new.get(name, "")
        if one != other:
            found[f"{SETTING}{name}"] = "…" if name in hidden else [one, other]
    return found


def _nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with ``gateway.<setting>`` gathered in ``gateway_settings``; '' left out."""
    nested = {name: value for name, value in fields.items() if not name.startswith(SETTING)}
    settings = {
        name.removeprefix(SETTING): value
        for name, value in fields.items()
        if name.startswith(SETTING) and value not in ("", None)
    }
    given = nested.get("gateway_settings", {})
    if settings and isinstance(given, Mapping):
        nested["gateway_settings"] = {**given, **settings}
    return nested
