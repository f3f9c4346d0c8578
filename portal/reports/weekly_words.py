"""The sentences of a weekly report: each says what is in the numbers, and nothing else."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from portal.domain.campaign import installs_needed
from portal.domain.errors import message as _
from portal.domain.periods import HO_CHI_MINH
from portal.domain.weeks import Report, Silence, Standing, WeekNumbers

Say = Callable[..., str]
"""Returns a message in the paper's language, its gaps filled."""


def impressions_text(numbers: WeekNumbers, say: Say) -> str:
    """Return how many impressions there were, beside the week before, and in all."""
    now = sum(one.impressions for one in numbers.sites)
    before = sum(sum(one.before) for one in numbers.sites)
    if not now:
        first = say(_("In the week there was no impression."))
    else:
        first = say(_("In the week there were %(n)s impressions."), n=number_text(now))
    if not before:
        second = say(_("The week before there was none."))
    elif now == before:
        second = say(_("That is as many as in the week before."))
    else:
        text = (
            _("That is %(share)s more than in the week before (%(n)s).")
            if now > before
            else _("That is %(share)s fewer than in the week before (%(n)s).")
        )
        second = say(text, share=share_text(abs(now / before - 1)), n=number_text(before))
    ever = say(
        _("Since %(day)s there were %(n)s in all."),
        day=day_text(date.fromisoformat(numbers.starts)),
        n=number_text(sum(one.total for one in numbers.sites)),
    )
    return f"{first} {second} {ever}"


def installs_text(numbers: WeekNumbers, say: Say) -> str:
    """Return how many taps to install there were."""
    now, taps = (
        sum(one.impressions for one in numbers.sites),
        sum(one.installs for one in numbers.sites),
    )
    if not taps:
        return say(_("In the week nobody tapped to install."))
    if not now:
        return say(_("There were %(n)s taps to install."), n=number_text(taps))
    return say(
        _("There were %(n)s taps to install: %(share)s of the impressions."),
        n=number_text(taps),
        share=share_text(taps / now),
    )


def adoption_text(one: Standing, numbers: WeekNumbers, say: Say) -> str:
    """Return how an area stands against the target."""
    day = day_text(date.fromisoformat(one.day))
    if not one.population:
        return say(
            _("%(name)s had %(n)s installs on %(day)s (source: %(source)s)."),
            name=one.name,
            n=number_text(one.installs),
            day=day,
            source=one.source,
        )
    missing = installs_needed(one.population, numbers.target) - one.installs
    text = say(
        _(
            "%(name)s had %(n)s installs on %(day)s for %(people)s people: %(share)s, where more"
            " than %(target)s is the target (source: %(source)s)."
        ),
        name=one.name,
        n=number_text(one.installs),
        day=day,
        people=number_text(one.population),
        share=share_text(one.installs / one.population),
        target=share_text(numbers.target, 0),
        source=one.source,
    )
    if missing > 0:
        rest = say(_("%(n)s installs are still missing."), n=number_text(missing))
    else:
        rest = say(_("The target is exceeded."))
    return f"{text} {rest}"


def silence(one: Silence, names: Mapping[str, str], say: Say) -> str:
    """Return when a site was silent."""
    name = names.get(one.site, one.site)
    if not one.until:
        return say(
            _("%(site)s: since %(since)s, and not over."), site=name, since=moment_text(one.since)
        )
    return say(
        _("%(site)s: from %(since)s to %(until)s."),
        site=name,
        since=moment_text(one.since),
        until=moment_text(one.until),
    )


def footer(report: Report | None, say: Say) -> str:
    """Return how a paper can be known again."""
    if report is None:
        return say(_("A draft: the numbers may still change."))
    text = say(
        _("Version %(n)d, closed at %(at)s. SHA-256: %(hash)s"),
        n=report.version,
        at=moment_text(report.at),
        hash=report.sha256,
    )
    if report.reason:
        text += " " + say(_("Correction: %(reason)s"), reason=report.reason)
    return text


def number_text(value: int) -> str:
    """Return a number as offices write it: 72.636."""
    return f"{value:,}".replace(",", ".")


def share_text(value: float, places: int = 2) -> str:
    """Return a share as offices write it: 13,68 %."""
    return f"{100 * value:.{places}f} %".replace(".", ",")


def day_text(day: date) -> str:
    """Return a day as offices write it: 05/03/2021."""
    return f"{day:%d/%m/%Y}"


def moment_text(at: float) -> str:
    """Return Unix seconds as offices write them: 14:05 05/03/2021."""
    return f"{datetime.fromtimestamp(at, HO_CHI_MINH):%H:%M %d/%m/%Y}"
