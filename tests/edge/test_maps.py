"""nginx sorts agents exactly as the application does; where it cannot, it says so."""

import random
import re
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from portal.domain import devices
from portal.domain.agent_classes import class_of
from portal.domain.campaign import parse_campaign
from portal.resources import folder
from portal.web.agents import detect
from tests.bench.agents import BUILT_IN
from tests.nginx import edge_config, includes, nginx
from tests.serving import free_port
from tests.unit.domain import test_devices as known

CAMPAIGN = parse_campaign((folder("data") / "campaigns" / "bluezone.toml").read_text("utf-8"))
LISTED = (
    *BUILT_IN,
    *known.ANDROID,
    *known.APPLE,
    *known.IN_APP_ANDROID,
    *known.IN_APP_APPLE,
    *known.PROBES,
)
VERSIONS = (
    "Android 4.4.4", "Android 5.0", "Android 5", "Android 4", "Android 12", "Android 0", "K)",
    "Android/9",
    "android 05.1", "Android 12345", "CPU OS 8_4", "iPhone OS 9_0", "iPhone OS 8_9", "CPU OS 9",
    "iPhone OS 13_5_1", "CPU OS 15_6", "Android", "Mobile", "MOBILE", "Tablet", "iPad", "; wv)",
    "Safari/537.36", "AppleWebKit/605.1.15 (KHTML, like Gecko)", "Mozilla/5.0 (", "Linux; ", "U; ",
    "Macintosh", "Mac OS X 10_15_7", "CUBOT", "M bot 54", "somebot", "Googlebot/2.1", "spider",
    "é", "\t", "Chrome/124.0.0.0", "CFNetwork/1", "Darwin/21", "HUAWEI", "HONOR", "hmscore", " ",
)  # fmt: skip


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPConnection]:
    """Return a connection to an nginx that tells the class it has found."""
    place = tmp_path_factory.mktemp("maps")
    to = edge_config(place / "data", place, free_port(), "http://notice.example.vn")
    http, server = includes(to)
    tell = 'location = /class { default_type text/plain; return 200 "$edge_class"; }'
    with nginx(place / "nginx", http, tell + server) as running:
        connection = HTTPConnection("127.0.0.1", running.port, timeout=10)
        yield connection
        connection.close()


def mixtures(number: int) -> Iterator[str]:
    """Yield agents made of pieces of the rules, of robots' names, and of versions."""
    chance = random.Random(9)
    patterns = " ".join(rule.pattern.pattern for rule in devices.RULES)
    words = re.findall(r"[a-z][a-z0-9/]{2,}", patterns)
    pieces = [*words, *devices.ROBOTS, *devices.LIBRARIES, *VERSIONS]
    for _ in range(number):
        agent = " ".join(chance.choices(pieces, k=chance.randint(1, 6)))
        yield chance.choice((agent, agent.upper(), agent.title()))
    for agent in LISTED:
        cut, word = chance.randrange(len(agent)), chance.choice(pieces)
        yield f"{agent[:cut]}{word}{agent[cut:]}"
    yield from (" ", "a" * 512, "a" * 513, f"{BUILT_IN[0]}{' ' * 400}x")


def told(edge: HTTPConnection, agent: str) -> str:
    """Return the class that nginx finds."""
    edge.putrequest("GET", "/class", skip_accept_encoding=True)
    edge.putheader("User-Agent", agent.encode("latin-1"))
    edge.endheaders()
    return edge.getresponse().read().decode()


def seen(agent: str) -> str:
    """Return the class that the application finds in what nginx hands on."""
    agent = agent.strip(" ")
    device = detect(agent)
    by_rule = devices.judge(agent) is not None
    plain = len(agent) <= 512 and all(" " <= letter <= "~" for letter in agent)
    return class_of(device, CAMPAIGN) if by_rule and plain and not device.bot else ""


@pytest.mark.parametrize("agents", [LISTED, tuple(mixtures(4000))], ids=["listed", "mixed"])
def test_the_classes_are_the_application_s(edge: HTTPConnection, agents: tuple[str, ...]) -> None:
    wrong = {agent: told(edge, agent) for agent in agents if told(edge, agent) != seen(agent)}
    assert wrong == {}


def test_most_of_all_agents_have_a_class(edge: HTTPConnection) -> None:
    people = [agent for agent in LISTED if not detect(agent).bot]
    assert sum(bool(told(edge, agent)) for agent in people) > 0.9 * len(people)


def test_robots_and_strangers_have_none(edge: HTTPConnection) -> None:
    for agent in (
        "",
        "Googlebot/2.1 (+http://www.google.com/bot.html)",
        "curl/8.0",
        "Roku/DVP-9.10",
    ):
        assert told(edge, agent) == ""
