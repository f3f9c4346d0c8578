"""``bluezone-portal journal``: what the journals hold, and bringing it to the store."""

from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Group, option
from portal.cli.output import number, number_table, print_wide, progress, write_json, yes_no
from portal.cli.words import Failure, tr
from portal.counting.adoption import adopt_all, writers
from portal.counting.healing import send_again
from portal.counting.inspection import (
    Fault,
    Finding,
    JournalStatus,
    damaged_lines,
    journal_statuses,
    lost_events,
    verify,
)
from portal.counting.kept import kept_events, kept_folders
from portal.domain.errors import message as _

_FAULTS = {
    Fault.HEADER: _("the file does not begin as a journal does"),
    Fault.DAMAGED: _("a damaged line"),
    Fault.TORN: _("the last line was cut off; its visitor had no answer yet, so nothing is lost"),
    Fault.MISSING: _("lines are missing before this one"),
    Fault.REPEATED: _("this line stands here a second time"),
}
_from = option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help=_("The journals of another machine, instead of this one's."),
)


@click.group(cls=Group, help=_("The journals of this machine: what waits for the store."))
def journal() -> None:
    """Group the commands about journals."""


@journal.command(help=_("Show what every journal holds, and what the store has not got yet."))
@_from
@option(
    "--format", type=click.Choice(("table", "json")), default="table", help=_("How to print it.")
)
@pass_desk
def status(desk: Desk, folder: Path | None, format: str) -> None:
    """List the journals."""
    root = folder or desk.settings.journal
    found, damaged, lost = journal_statuses(root), damaged_lines(root), lost_events(root)
    if format == "json":
        rows = [{**asdict(item), "waiting": item.waiting} for item in found]
        write_json(
            {
                "journals": rows,
                "damaged_lines": damaged,
                "lost_events": lost,
                "kept_events": kept_events(root),
            }
        )
        return
    if found:
        _print(found)
    else:
        click.echo(tr(_("No journal: nothing waits.")))
    if kept := kept_events(root):
        click.echo(
            tr(
                _("%(n)s events that the store has are kept, for “journal replay”."),
                n=number(kept),
            )
        )
    if lost:
        click.echo(
            tr(_("%(n)s events were lost: the disk was full, and the memory."), n=number(lost))
        )
    if damaged:
        click.echo(
            tr(
                _("%(n)s damaged lines are kept in %(file)s."),
                n=number(damaged),
                file=root / "damaged.lines",
            )
        )


@journal.command("verify", help=_("Read every line of every journal, and name what is wrong."))
@_from
@pass_desk
def verify_all(desk: Desk, folder: Path | None) -> None:
    """Check the journals; exit with 1 when something that was answered is concerned."""
    root = folder or desk.settings.journal
    found = [finding for path in writers(root) for finding in verify(path)]
    for finding in found:
        click.echo(_described(finding, root))
    wrong = sum(not finding.harmless for finding in found)
    if wrong:
        raise Failure(_("%(n)s lines are not as they were written."), n=number(wrong))
    click.echo(tr(_("Every line is whole.")))


@journal.command(
    help=_("Bring everything that this node knows to the store now; it may be repeated.")
)
@_from
@pass_desk
def replay(desk: Desk, folder: Path | None) -> None:
    """Adopt what the dead have left, and send again what is kept."""
    root = folder or desk.settings.journal
    before = {item.writer: item for item in journal_statuses(root)}
    adopt_all(root, desk.store)
    left = {item.writer for item in journal_statuses(root)}
    events = sum(item.waiting for name, item in before.items() if name not in left)
    click.echo(
        tr(
            _("Brought to the store: %(events)s events of %(journals)s journals."),
            events=number(events),
            journals=number(len(before.keys() - left)),
        )
    )
    if folders := kept_folders(root):
        _send_kept(desk, [root / folder.name for folder in folders], kept_events(root))
    if living := left & before.keys():
        click.echo(tr(_("%(n)s journals belong to a service that runs."), n=number(len(living))))


def _send_kept(desk: Desk, journals: list[Path], events: int) -> None:
    """Send again what the store had acknowledged, and say how much of it it did not know."""
    with progress(events) as done:

        def seen(records: int) -> bool:
            done(records)
            return True

        news, _whole = send_again(journals, desk.store, seen)
    click.echo(
        tr(
            _("Sent again, what is kept: the store had forgotten %(n)s events of it."),
            n=number(news),
        )
    )


def _print(found: list[JournalStatus]) -> None:
    columns = {
        tr(_("Running")): [yes_no(item.alive) for item in found],
        tr(_("Journalled")): [number(item.journalled) for item in found],
        tr(_("Acknowledged")): [number(item.acknowledged) for item in found],
        tr(_("Waiting")): [number(item.waiting) for item in found],
        tr(_("Files")): [number(item.segments) for item in found],
        tr(_("Bytes")): [number(item.bytes) for item in found],
    }
    names = [Text(item.writer) for item in found]
    print_wide(number_table(tr(_("Journal")), names, columns, ()))


def _described(finding: Finding, root: Path) -> str:
    return tr(
        _("%(file)s, line %(line)s: %(what)s"),
        file=finding.path.relative_to(root),
        line=number(finding.line),
        what=tr(_FAULTS[finding.fault]),
    )
