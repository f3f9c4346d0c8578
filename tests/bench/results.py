"""What the benchmarks found: printed as it comes, and written as one page with a chart."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import log10
from pathlib import Path

PAGE = Path("deploy/BENCHMARKS.md")
CHART = Path("deploy/benchmarks.svg")


@dataclass
class Table:
    """One table of the page; the first column is a name."""

    title: str
    words: str
    head: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row, and print it."""
        self.rows.append(cells)
        print(
            "  "
            + "".join(f"{cell:<44}" if n == 0 else f"{cell:>20}" for n, cell in enumerate(cells)),
            flush=True,
        )


@dataclass
class Results:
    """All tables of a run, and the bars of the chart."""

    tables: list[Table] = field(default_factory=list)
    bars: list[tuple[str, float]] = field(default_factory=list)

    def table(self, title: str, words: str, *head: str) -> Table:
        """Begin a table."""
        print(f"\n{title}\n  " + "  ".join(head), flush=True)
        self.tables.append(Table(title, words, head))
        return self.tables[-1]

    def save(self) -> None:
        """Write page and chart."""
        PAGE.write_text(self._page(), encoding="utf-8")
        CHART.write_text(self._chart(), encoding="utf-8")
        print(f"\nwritten: {PAGE}, {CHART}")

    def _page(self) -> str:
        parts = [_HEAD.format(day=f"{date.today():%d/%m/%Y}", machine=_machine())]
        for table in self.tables:
            rows = [table.head, ["---", *["---:"] * (len(table.head) - 1)], *table.rows]
            lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
            parts.append(f"## {table.title}\n\n{table.words}\n\n{lines}\n")
        return "\n".join(parts)

    def _chart(self) -> str:
        """Return bars on a logarithmic scale, each with its number."""
        top = max(rate for _name, rate in self.bars)
        height = 34 * len(self.bars) + 50
        out = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" role="img"'
            ' font-family="sans-serif" font-size="14"><title>Pages per second on one core</title>'
            f'<rect width="760" height="{height}" rx="12" fill="#f3f6fa"/>'
            '<text x="20" y="28" font-weight="bold" fill="#16212e">'
            "Pages per second on one core (each step to the right is ten times as many)</text>"
        ]
        for number, (name, rate) in enumerate(self.bars):
            y = 44 + 34 * number
            width = 400 * log10(max(rate, 1.01)) / log10(top)
            colour = "#0b5cab" if name.startswith("Bluezone") else "#9fb4c9"
            out.append(
                f'<text x="250" y="{y + 18}" text-anchor="end" fill="#16212e">{name}</text>'
                f'<rect x="260" y="{y + 3}" width="{width:.0f}" height="22" rx="4"'
                f' fill="{colour}"/>'
                f'<text x="{268 + width:.0f}" y="{y + 19}" fill="#16212e">{number_of(rate)}</text>'
            )
        return "".join(out) + "</svg>\n"


def number_of(value: float, digits: int = 0) -> str:
    """Return a number as it is written in Vietnamese: 72.636 and 13,68."""
    text = f"{value:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,"))


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=False).stderr
    nginx = said.strip().rpartition("/")[2] or "none"
    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}, nginx {nginx}"


_HEAD = """# Measured

Written by `make bench` on {day}. Every figure is of one run on one machine ({machine}): servers on
one core, the load on another, round after round in turn, medians. Only ratios mean something.

![Pages per second](benchmarks.svg)
"""
