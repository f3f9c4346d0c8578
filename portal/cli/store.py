"""``bluezone-portal store``: moving, saving, restoring and checking what was counted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Group, argument, option
from portal.cli.output import number, progress
from portal.cli.words import Failure, tr
from portal.domain.errors import BadSite, VersionConflict
from portal.domain.errors import message as _
from portal.settings import signing_keys
from portal.stores import open_store
from portal.stores.backup import check_backup, read_backup, write_backup
from portal.stores.base import Store
from portal.stores.moving import (
    CopyDiffers,
    Part,
    Totals,
    WouldOverwrite,
    imbalance,
    parts,
    refuse_loss,
    write,
)
from portal.vault import Vault

_EMBEDDED = "sqlite:"
_path = click.Path(dir_okay=False, path_type=Path)
_existing = click.Path(exists=True, dir_okay=False, path_type=Path)
_overwrite = option(
    "--overwrite", is_flag=True, help=_("Replace what is there, even if it is newer.")
)


@click.group(cls=Group, help=_("Copy, save, restore and check the store."))
def store() -> None:
    """Group the commands about the store."""


@store.command(help=_("Copy everything from one store to another, like sqlite: redis://HOST/0."))
@argument("source", metavar="FROM")
@argument("target", metavar="TO")
@_overwrite
@pass_desk
def copy(desk: Desk, source: str, target: str, overwrite: bool) -> None:
    """Copy a store; it may be repeated."""
    with _opened(desk, source, existing=True) as old, _opened(desk, target) as new:
        if _place(desk, source) == _place(desk, target):
            raise Failure(_("Both are the same store."))
        total = _write(lambda: parts(old), new, _size(old), overwrite)
        _report(_("Copied and compared: %(what)s."), total)
        if total != _totals(old):
            click.echo(tr(_("Meanwhile more was counted. Stop the service and copy again.")))


@store.command(help=_("Save everything in one file; the service may go on meanwhile."))
@argument("file", type=_path)
@pass_desk
def backup(desk: Desk, file: Path) -> None:
    """Write a backup, and read it back."""
    with progress(_size(desk.store)) as done:
        total = write_backup(_told(parts(desk.store), done), file)
    if check_backup(file) != total:
        raise Failure(_("%(file)s reads differently from what was written."), file=file)
    _report(_("Saved and read back: %(what)s."), total)


@store.command(
    "renew-secrets",
    help=_("Encrypt gateways' keys and passwords anew with the present secret_key."),
)
@pass_desk
def renew_secrets(desk: Desk) -> None:
    """Have nothing left that needs an old key; it may be repeated, and the service go on."""
    vault, renewed = Vault(signing_keys(desk.settings)), 0
    for collection in sorted(desk.store.collections()):
        for id in sorted(desk.store.documents(collection)):
            renewed += _renew(desk.store, vault, collection, id)
    click.echo(tr(_("Encrypted anew: %(number)s documents."), number=number(renewed)))


def _renew(store: Store, vault: Vault, collection: str, id: str) -> bool:
    """Renew one document, whoever changes it meanwhile; tell if it was another before."""
    while (found := store.document(collection, id)) is not None:
        try:
            body = vault.renewed(found.body)
            if body == found.body:
                return False
            store.put(collection, id, body, found.version)
        except BadSite:
            lost = _("%(what)s was encrypted with a key that is not here.")
            raise Failure(lost, what=f"{collection}/{id}") from None
        except VersionConflict:
            continue
        return True
    return False


@store.command(help=_("Bring a saved file into the store. Stop the service before."))
@argument("file", type=_existing)
@_overwrite
@pass_desk
def restore(desk: Desk, file: Path, overwrite: bool) -> None:
    """Check the whole file, then write it."""
    total = check_backup(file)
    _write(lambda: read_backup(file), desk.store, total.sites, overwrite)
    _report(_("Restored and compared: %(what)s."), total)


@store.command(help=_("Check that the store, or a saved file, is whole and its sums agree."))
@option("--file", type=_existing, metavar="FILE", help=_("Check this saved file instead."))
@pass_desk
def check(desk: Desk, file: Path | None) -> None:
    """Compare every site's counters with its ledgers; exit with 1 when they differ."""
    size = 0 if file else _size(desk.store)
    found = read_backup(file) if file else parts(desk.store)
    total, wrong = Totals(), []
    with progress(size) as done:
        for part in _told(found, done):
            total += Totals.of(part)
            wrong += imbalance(part)
    for site, counters, ledgers in wrong:
        click.echo(
            tr(
                _("%(site)s: %(counters)s in the counters, %(ledgers)s in the ledgers"),
                site=site,
                counters=number(counters),
                ledgers=number(ledgers),
            )
        )
    if wrong:
        raise Failure(_("The sums of %(n)d sites do not agree."), n=len(wrong))
    if not file:
        desk.catalogue.all()  # every site can be read
    _report(_("Whole, and the sums agree: %(what)s."), total)


def _write(
    found: Callable[[], Iterator[Part]], target: Store, size: int, overwrite: bool
) -> Totals:
    try:
        if not overwrite:
            refuse_loss(found(), target)
        with progress(size) as done:
            return write(found(), target, lambda _part: done(1))
    except WouldOverwrite as error:
        raise Failure(
            _("“%(what)s” is newer there, or only there. Nothing was written; see --overwrite."),
            what=error.what,
        ) from None
    except CopyDiffers as error:
        raise Failure(
            _("“%(what)s” changed while it was written. Stop the service and repeat."),
            what=error.what,
        ) from None


@contextmanager
def _opened(desk: Desk, url: str, *, existing: bool = False) -> Iterator[Store]:
    settings = desk.read_settings(store=url)  # named and explained if it is no store
    place = _place(desk, url)
    if existing and isinstance(place, Path) and not place.exists():
        raise Failure(_("%(file)s does not exist."), file=place)
    opened = open_store(settings.store, settings.data)
    try:
        yield opened
    finally:
        opened.close()


def _place(desk: Desk, url: str) -> Path | str:
    if not url.startswith(_EMBEDDED):
        return url
    return Path(url.removeprefix(_EMBEDDED) or desk.settings.data / "portal.db").resolve()


def _size(store: Store) -> int:
    return len(store.counted_sites()) + len(store.collections())


def _totals(store: Store) -> Totals:
    return sum(map(Totals.of, parts(store)), Totals())


def _told(found: Iterator[Part], done: Callable[[int], None]) -> Iterator[Part]:
    for part in found:
        yield part
        done(1)


def _report(text: str, total: Totals) -> None:
    what = tr(
        _("%(sites)s sites, %(documents)s documents, %(events)s events (%(rejected)s rejected)"),
        sites=number(total.sites),
        documents=number(total.documents),
        events=number(total.counted + total.rejected),
        rejected=number(total.rejected),
    )
    click.echo(tr(text, what=what))
