"""``bluezone-portal journal``: what waits, what is damaged, and bringing it to the store."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from portal.counting.inspection import Fault, verify
from portal.counting.journal import Journal, acknowledge
from portal.counting.segments import segments
from portal.stores.sqlite import SQLiteStore
from tests.events import by_kind, event

Run = Callable[..., Result]


@pytest.fixture
def dead(data: Path) -> Path:
    """Return the journal of a writer that died: 7 events, 3 of which the store has."""
    return write(data / "journal", "dead", 7, 3)


def write(root: Path, writer: str, events: int, acked: int = 0) -> Path:
    journal = Journal(root, writer, segment_bytes=300)
    for _ in range(events):
        journal.append(event())
        journal.sync()
    acknowledge(journal._acked_fd, acked)
    journal.close()
    return root / writer


def test_nothing_waits_where_there_is_no_journal(run: Run) -> None:
    assert run("journal", "status").output == "No journal: nothing waits.\n"
    assert run("journal", "verify").output == "Every line is whole.\n"


def test_every_journal_is_listed(run: Run, dead: Path, data: Path) -> None:
    living = Journal(data / "journal", "living")
    for _ in range(1200):
        living.append(event())
    printed = run("journal", "status").stdout
    assert [line.split()[:5] for line in printed.splitlines()[2:]] == [
        ["dead", "no", "7", "3", "4"],
        ["living", "yes", "1,200", "0", "1,200"],
    ]
    found = json.loads(run("journal", "status", "--format", "json").stdout)
    assert found["damaged_lines"] == 0
    first, second = found["journals"]
    assert (first["waiting"], second["alive"], second["segments"]) == (4, True, 1)
    assert first["bytes"] == sum(path.stat().st_size for path in segments(dead))
    assert "Nhật" in run("journal", "status", lang="vi_VN.UTF-8").stdout
    living.close()


def test_a_replay_brings_what_the_dead_have_left_and_may_be_repeated(
    run: Run, dead: Path, data: Path
) -> None:
    store = SQLiteStore(data / "portal.db")
    living = Journal(data / "journal", "living")
    living.append(event())
    said = run("journal", "replay").stdout
    assert said.startswith("Brought to the store: 4 events of 1 journals.\n")
    assert "1 journals belong to a service that runs." in said
    assert not dead.exists()
    assert by_kind(store) == {"page": 7}  # this store had none of them yet
    run("journal", "replay")
    assert by_kind(store) == {"page": 7}
    living.close()


def test_the_journals_of_another_machine_count_once(run: Run, data: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", "dead", 5)
    shutil.copytree(other, tmp_path / "again" / "dead")
    run("journal", "replay", "--from", tmp_path / "other")
    run("journal", "replay", "--from", tmp_path / "again")  # the same disk once more
    assert by_kind(SQLiteStore(data / "portal.db")) == {"page": 5}


def test_a_store_that_is_away_is_told_and_nothing_is_lost(run: Run, dead: Path, data: Path) -> None:
    (data.parent / "portal.toml").write_text('store = "redis://127.0.0.1:1/0"\n', encoding="utf-8")
    said = run("journal", "replay", expect=1).output
    assert "The store cannot be reached" in said
    assert dead.exists()


def test_a_whole_journal_has_no_findings(dead: Path) -> None:
    assert len(segments(dead)) > 1
    assert list(verify(dead)) == []


@pytest.mark.parametrize("line", [2, 3, 4])
def test_every_flipped_bit_is_found(run: Run, data: Path, line: int) -> None:
    """R05: no altered line passes."""
    folder = write(data / "journal", "dead", 3)
    (path,) = segments(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    target = lines[line - 1]
    for place in range(len(target) - 1):
        broken = target[:place] + bytes([target[place] ^ 1]) + target[place + 1 :]
        path.write_bytes(b"".join([*lines[: line - 1], broken, *lines[line:]]))
        assert Fault.DAMAGED in {finding.fault for finding in verify(folder)}, place
    said = run("journal", "verify", expect=1).output
    assert f"line {line}: a damaged line" in said
    assert "are not as they were written." in said


def test_a_torn_end_is_told_and_harmless(run: Run, data: Path) -> None:
    """R05: a power cut in the middle of a line, at every byte of it."""
    folder = write(data / "journal", "dead", 3)
    (path,) = segments(folder)
    whole = path.read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    for missing in range(1, last):
        path.write_bytes(whole[:-missing])
        assert [finding.fault for finding in verify(folder)] == [Fault.TORN]
    assert "Every line is whole." in run("journal", "verify").output


def test_what_is_missing_repeated_or_no_journal_is_named(data: Path) -> None:
    folder = write(data / "journal", "dead", 4)
    (path,) = segments(folder)
    head, one, two, three, four = path.read_bytes().splitlines(keepends=True)

    def faults(*lines: bytes) -> list[tuple[int, str]]:
        path.write_bytes(b"".join(lines))
        return [(finding.line, finding.fault) for finding in verify(folder)]

    assert faults(head, one, two, three, four) == []
    assert faults(head, one, three, four) == [(3, Fault.MISSING)]
    assert faults(head, one, two, two, three, four) == [(4, Fault.REPEATED)]
    assert faults(one, two, three, four)[0] == (1, Fault.HEADER)
    assert faults(head, one[:-2] + b"\n", two) == [(2, Fault.DAMAGED)]
    assert faults() == [(1, Fault.HEADER)]
    assert faults(head, one, two[:-9]) == [(3, Fault.TORN)]
    assert faults(head, one, two[:-9] + b"\0" * 90) == [(3, Fault.DAMAGED)]
