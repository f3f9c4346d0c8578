"""The two other engines that phones have, WebKit and Gecko, each as Debian brings it.

WebKitGTK has a driver that speaks W3C WebDriver over HTTP, and Firefox has the same commands
built in, as Marionette. Both have the same names and arguments, so one window serves for both.
"""

import json
import os
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, BinaryIO

from tests.servers import free_port, requires, wait_until

PATIENCE = 60.0  # seconds until a browser that does not answer fails the test
NOWHERE = 9  # nobody listens on this port: as a proxy, it refuses the whole world outside
_KEY = "element-6066-11e4-a52e-4f735466cecf"  # by which WebDriver knows an element


class Refused(Exception):
    """The browser could not do as it was told."""


class Window(ABC):
    """One window of a browser."""

    @abstractmethod
    def say(self, command: str, **given: Any) -> Any:
        """Have the browser carry out one WebDriver command and return what it answers."""

    def go(self, command: str, **given: Any) -> None:
        """Go to another page. That it is outside, and so refused, is no mistake."""
        try:
            self.say(command, **given)
        except Refused as refused:
            if "error page" not in str(refused):
                raise

    def open(self, url: str) -> None:
        """Go to ``url`` and wait until all of it is there."""
        self.go("Navigate", url=url)

    def reload(self) -> None:
        """Ask for the page once more."""
        self.go("Refresh")

    def back(self) -> None:
        """Go back to the page before."""
        self.go("Back")

    @property
    def url(self) -> str:
        """What the address bar says, also of a page that could not be reached."""
        return str(self.say("GetCurrentURL"))

    def find(self, selector: str) -> str:
        """Return the first element that ``selector`` names."""
        return str(self.say("FindElement", using="css selector", value=selector)[_KEY])

    def text(self, selector: str) -> str:
        """Return what can be read in an element."""
        return str(self.say("GetElementText", id=self.find(selector)))

    def attribute(self, selector: str, name: str) -> str:
        """Return an attribute as the page gives it."""
        return str(self.say("GetElementAttribute", id=self.find(selector), name=name))

    def tap(self, selector: str) -> None:
        """Tap on an element, and wait for the page that it leads to."""
        self.go("ElementClick", id=self.find(selector))

    def tap_twice(self, selector: str) -> None:
        """Tap twice on the same place, faster than any page could answer."""
        place = {"type": "pointerMove", "x": 0, "y": 0, "origin": {_KEY: self.find(selector)}}
        taps = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}] * 2
        pointer = {"type": "pointer", "id": "finger", "actions": [place, *taps]}
        self.say("PerformActions", actions=[pointer])

    def become_a_phone(self) -> None:
        """Go on in a pop-up: only that may be as narrow as a phone."""
        self.say("SetTimeouts", implicit=10_000)  # for what is to be found: a page may be slow
        others = self.say("GetWindowHandles")
        self.run("window.open('', '', 'width=360,height=640')")
        wait_until(lambda: len(self.say("GetWindowHandles")) > len(others), "the pop-up")
        (popup,) = set(self.say("GetWindowHandles")) - set(others)
        self.say("SwitchToWindow", handle=popup)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self.say("SetWindowRect", width=width, height=height)

    def run(self, script: str) -> Any:
        """Run ``script`` in the page and return what it returns."""
        return self.say("ExecuteScript", script=script, args=[])


Start = Callable[..., AbstractContextManager[Window]]


@contextmanager
def webkit(
    folder: Path, agent: str, *, script: bool = True, storage: bool = True
) -> Iterator[Window]:
    """Start WebKitGTK's MiniBrowser on a screen that nobody sees."""
    driver, port = requires("WebKitWebDriver"), free_port()
    options = [
        "--automation",
        f"--user-agent={agent}",
        f"--proxy=http://127.0.0.1:{NOWHERE}",
        "--ignore-host=127.0.0.1",
        "--javascript-can-open-windows-automatically=true",  # for become_a_phone()
        f"--enable-javascript={str(script).lower()}",
        f"--enable-html5-local-storage={str(storage).lower()}",
    ]
    with (
        _screen(folder) as screen,
        _running(folder, driver, f"--port={port}", DISPLAY=screen) as process,
    ):
        wait_until(lambda: _listens(process, port), "WebKitWebDriver")
        window = _WebKit(port)
        window.begin({"webkitgtk:browserOptions": {"args": options}})
        window.become_a_phone()
        yield window


@contextmanager
def firefox(
    folder: Path, agent: str, *, script: bool = True, storage: bool = True
) -> Iterator[Window]:
    """Start Firefox without a window, with a profile of its own."""
    settings: dict[str, str | int | bool] = {
        "marionette.port": 0,  # any that is free
        "general.useragent.override": agent,
        "javascript.enabled": script,
        "network.cookie.cookieBehavior": 5 if storage else 2,  # 2: every storage throws
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": NOWHERE,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": NOWHERE,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
    }
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in settings.items()]
    (folder / "user.js").write_text("".join(lines))
    port = folder / "MarionetteActivePort"
    options = ["--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    with _running(folder, requires("firefox-esr"), *options) as process:
        wait_until(lambda: _alive(process) and port.exists() and port.read_text() != "", "Firefox")
        with (
            socket.create_connection(("127.0.0.1", int(port.read_text())), PATIENCE) as connection,
            connection.makefile("rb") as answers,
        ):
            window = _Firefox(connection, answers)
            window.say("NewSession")
            window.become_a_phone()
            yield window


ENGINES: dict[str, Start] = {"webkit": webkit, "firefox": firefox}


_REQUESTS = {
    "Navigate": ("POST", "/url"),
    "GetCurrentURL": ("GET", "/url"),
    "Refresh": ("POST", "/refresh"),
    "Back": ("POST", "/back"),
    "SetTimeouts": ("POST", "/timeouts"),
    "FindElement": ("POST", "/element"),
    "GetElementText": ("GET", "/element/{id}/text"),
    "GetElementAttribute": ("GET", "/element/{id}/attribute/{name}"),
    "ElementClick": ("POST", "/element/{id}/click"),
    "PerformActions": ("POST", "/actions"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "GetWindowHandles": ("GET", "/window/handles"),
    "SwitchToWindow": ("POST", "/window"),
    "SetWindowRect": ("POST", "/window/rect"),
}


class _WebKit(Window):
    """W3C WebDriver: one HTTP request per command."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._session = ""

    def begin(self, wanted: dict[str, Any]) -> None:
        begun = self._request("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{begun['sessionId']}"

    def say(self, command: str, **given: Any) -> Any:
        method, path = _REQUESTS[command]
        return self._request(method, self._session + path.format(**given), given)

    def _request(self, method: str, path: str, given: dict[str, Any] | None = None) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request(method, path, json.dumps(given) if method == "POST" else None)
            response = connection.getresponse()
            value = json.load(response)["value"]
        finally:
            connection.close()
        if response.status != 200:
            raise Refused(value)
        return value


class _Firefox(Window):
    """Marionette: JSON behind its length and a colon."""

    def __init__(self, connection: socket.socket, answers: BinaryIO) -> None:
        self._connection = connection
        self._answers = answers
        self._number = 0
        self._read()  # it introduces itself

    def say(self, command: str, **given: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, f"WebDriver:{command}", given]).encode()
        self._connection.sendall(b"%d:%b" % (len(message), message))
        _, number, error, answer = self._read()
        assert number == self._number
        if error:
            raise Refused(error)
        return answer.get("value") if isinstance(answer, dict) else answer

    def _read(self) -> Any:
        length = b""
        while (byte := self._answers.read(1)) != b":":
            assert byte, "Firefox is gone"
            length += byte
        return json.loads(self._answers.read(int(length)))


@contextmanager
def _screen(folder: Path) -> Iterator[str]:
    """Start an X server without a screen; it chooses a number that is free."""
    reading, writing = os.pipe()
    options = ["-displayfd", str(writing), "-noreset", "-nolisten", "tcp"]
    with (
        os.fdopen(reading) as answer,
        os.fdopen(writing, "w") as passed,
        _running(folder, requires("Xvfb"), *options, pass_fds=(writing,)),
    ):
        passed.close()
        yield f":{answer.readline().strip()}"


@contextmanager
def _running(
    folder: Path, *command: str, pass_fds: tuple[int, ...] = (), **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program and all that it starts, with ``folder`` as its home and for its log."""
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, "HOME": str(folder), "LANG": "C.UTF-8", **environment},
            stdout=log,
            stderr=log,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()  # and a little time to tidy up
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _alive(process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
    return True


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    _alive(process)
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
