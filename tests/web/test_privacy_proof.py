"""S09: nothing about a visitor is anywhere afterwards, in no spelling and under no likely hash."""

import base64
import hashlib
import hmac
import io
import logging
import re
import zipfile
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest

from portal.gateways import gateways
from tests.web.conftest import World
from tests.web.office import Browser

AGENT = "Mozilla/5.0 (Linux; Android 12; CANARY-3f9a) AppleWebKit/537.36 Chrome/124.0 Mobile Safari"
FROM = "203.0.113.77"
LAN = "192.168.8.108"
MAC = "02:00:5e:00:53:01"
ALGORITHMS = ("md5", "sha1", "sha256", "sha512", "blake2s", "blake2b")
BRANDS = sorted(set(gateways()) - {"link", "notice", "standalone"})


def spellings() -> list[str]:
    """Return what a visitor could be known by, as gateways and people write it."""
    bare = MAC.replace(":", "")
    macs = [MAC, MAC.replace(":", "-"), bare, ".".join(bare[n : n + 4] for n in (0, 4, 8))]
    known = [*macs, *(mac.upper() for mac in macs), f"{FROM}", LAN, AGENT, "CANARY-3f9a"]
    return [*known, f"{MAC}|{AGENT}", f"{FROM}|{AGENT}", f"{MAC}{FROM}"]


def needles(salts: list[str]) -> Iterator[bytes]:
    """Yield every text and every byte string that would give a visitor away.

    Of a hash its first 9 bytes are enough; a multiple of three, so base64 has them alike.
    """
    for text in spellings():
        raw = text.encode()
        yield raw.lower()
        for whole in (raw.hex(), base64.b64encode(raw)[:-4].decode()):
            yield whole.lower().encode()
        for digest in digests(raw, salts):
            yield digest
            yield digest.hex().encode()
            yield base64.b64encode(digest).lower()
            yield base64.urlsafe_b64encode(digest).lower()
    yield bytes.fromhex(MAC.replace(":", ""))


def digests(raw: bytes, salts: list[str]) -> Iterator[bytes]:
    """Yield the beginnings of hashes of ``raw``, alone and with each salt."""
    for name in ALGORITHMS:
        yield hashlib.new(name, raw).digest()[:9]
        for salt, between in product((salt.encode() for salt in salts), (b"", b":", b"|", b" ")):
            yield hashlib.new(name, salt + between + raw).digest()[:9]
            yield hashlib.new(name, raw + between + salt).digest()[:9]
        for salt in salts:
            yield hmac.new(salt.encode(), raw, name).digest()[:9]


def traces(kept: bytes, salts: list[str]) -> set[bytes]:
    """Return what of a visitor stands in ``kept``."""
    # Lower case where letters are looked for; hashes as bytes are looked for as they are.
    lower = kept.lower()
    return {needle for needle in needles(salts) if needle in kept or needle in lower}


def everything(world: World, log: str) -> bytes:
    """Return all that is there after the visits: files, log, numbers, papers, metrics."""
    world.services.recorder.flush()
    browser = Browser(world, "can-bo")
    exports = [
        browser.get(path).data
        for path in (
            "/office",
            "/office/sites/gate",
            "/office/weeks/2021-W09",
            "/office/weeks/2021-W09?format=csv",
            "/office/weeks/2021-W09?format=xlsx",
            "/office/weeks/2021-W09?format=docx",
            "/office/alerts",
        )
    ]
    asked = world.visitor.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert asked.status_code == 200
    data = Path(world.services.settings.data)
    files = [file.read_bytes() for file in data.rglob("*") if file.is_file()]
    papers = [paper for one in exports for paper in unpacked(one)]
    return b"\n".join([*files, *papers, asked.data, log.encode()])


def unpacked(paper: bytes) -> list[bytes]:
    """Return what a DOCX or XLSX holds; of anything else itself."""
    if not paper.startswith(b"PK"):
        return [paper]
    with zipfile.ZipFile(io.BytesIO(paper)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def visit(world: World, path: str) -> None:
    """Open a notice and everything that it leads to, and what is broken, too."""
    who = {"REMOTE_ADDR": FROM, "HTTP_USER_AGENT": AGENT}
    page = world.visitor.get(path, environ_base=who)
    assert page.status_code == 200
    ways = re.findall(r'(?:href|src)="(/(?:i|v|go|continue|installed)/[^"]+)"', page.text)
    assert len(ways) >= 3
    for way in ways:
        for _twice in range(2):
            world.visitor.get(way.replace("&amp;", "&"), environ_base=who)
    for broken in (path[: len(path) // 2], "/i/x.gif", "/generate_204", f"/s/none?mac={MAC}"):
        world.visitor.get(broken, environ_base=who)


def test_s09_nothing_is_left_of_a_visit_through_any_gateway(
    office: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office.add(id="gate", name="Nhà khách", kind="hotel")
    visit(office, "/s/gate")
    for brand in BRANDS:
        counterpart = import_module(f"tests.counterparts.{brand}")
        office.add(id=f"gate-{brand}", name="Nhà khách", **counterpart.FIELDS)
        visit(office, f"/s/gate-{brand}?{counterpart.query()}")
    kept = everything(office, caplog.text)
    assert all(f"gate-{brand}".encode() in kept for brand in BRANDS)
    key = (Path(office.services.settings.data) / "secret_key").read_text().strip()
    assert traces(kept, ["gate", "20210305", "2021-03-05", key]) == set()


@pytest.mark.parametrize(
    "left",
    [
        MAC.upper().encode(),
        bytes.fromhex(MAC.replace(":", "")),
        base64.b64encode(AGENT.encode()),
        hashlib.md5(FROM.encode(), usedforsecurity=False).hexdigest().encode(),
        base64.urlsafe_b64encode(hashlib.sha256(b"gate:" + MAC.encode()).digest()),
        hmac.new(b"gate", MAC.encode(), "sha1").digest(),
    ],
    ids=["plain", "bytes", "base64", "md5", "salted", "hmac"],
)
def test_the_proof_would_find_it(left: bytes) -> None:
    assert traces(b"so much else " + left + b" and more", ["gate"])
