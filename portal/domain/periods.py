"""Hours, days and weeks as the office counts them: Asia/Ho_Chi_Minh and ISO weeks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from portal.domain.errors import PortalError

# Viet Nam has kept UTC+7 without daylight saving since 1975, so a fixed offset is exact
# and needs no zone database on a small box.
HO_CHI_MINH = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
_OFFSET = 7 * 3600


class BadPeriod(PortalError):
    """A day, week or range that does not exist or ends before it begins."""


def hour_of(moment: float) -> str:
    """Return the local hour YYYYMMDDHH of ``moment`` (Unix seconds)."""
    return _label(int(moment + _OFFSET) // 3600)


_labels: dict[int, str] = {}


def _label(local_hour: int) -> str:
    # Every request asks for the same hour or the one before it; strftime costs 2 µs each time.
    label = _labels.get(local_hour)
    if label is None:
        if len(_labels) > 64:
            _labels.clear()
        label = datetime.fromtimestamp(local_hour * 3600, UTC).strftime("%Y%m%d%H")
        _labels[local_hour] = label
    return label


def today(moment: float) -> date:
    """Return the local day of ``moment`` (Unix seconds)."""
    return datetime.fromtimestamp(moment, HO_CHI_MINH).date()


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, both ends included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadPeriod(f"{self.first} – {self.last}")

    def days(self) -> Iterator[date]:
        """Yield every day, in order."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


def day(text: str) -> date:
    """Read a day: 2021-03-05, 05/03/2021 or 5/3/2021. Raise BadPeriod."""
    match = re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", text.strip())
    parts = match.groups() if match else ()
    if not match and (match := re.fullmatch(r"(\d\d?)/(\d\d?)/(\d{4})", text.strip())):
        parts = tuple(reversed(match.groups()))
    try:
        return date(*(int(part) for part in parts))
    except (TypeError, ValueError):
        raise BadPeriod(text) from None


def week(text: str) -> Period:
    """Read an ISO week, 2021-W09, as its Monday to Sunday. Raise BadPeriod.

    ISO 8601, not CLDR: CLDR's week rule for vi_VN numbers most weeks one higher.
    """
    match = re.fullmatch(r"(\d{4})-?[Ww](\d\d?)", text.strip())
    if not match:
        raise BadPeriod(text)
    try:
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return Period(monday, monday + timedelta(days=6))
    except (ValueError, OverflowError):
        raise BadPeriod(text) from None
