"""Running commands and background processes, and waiting for what they bring about."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class LabError(Exception):
    """The lab could not be built, or something in it ended that should run."""


def run(*command: str | Path, check: bool = True, timeout: float = 30) -> str:
    """Run a command to its end and return what it printed. Raise LabError when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    if check and done.returncode:
        words = " ".join(str(part) for part in command)
        raise LabError(f"{words}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def until(wanted: str, condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Ask ``condition`` until it is true and return its value. Raise LabError if it stays false."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise LabError(f"waited {seconds} s in vain: {wanted}")
        time.sleep(0.05)
    return value


@contextmanager
def background(
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    patience: float = 0,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command while the block lasts, its output going to ``log``.

    ``patience``: seconds in which it may end in order before it is killed.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,  # an interrupt at the keyboard is ours to hand on
        )
    try:
        yield process
    finally:
        if patience:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        process.kill()
        process.wait()


def tail(log: Path, lines: int = 8) -> str:
    """Return the end of a log, for a message that says why."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
