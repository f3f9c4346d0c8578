"""S09: what a gateway tells of a visitor is kept nowhere, and its own secrets are encrypted."""

import logging
import re
from importlib import import_module
from pathlib import Path

import pytest

from portal.gateways import gateways
from portal.gateways.base import secrets_of
from tests.web.conftest import World

MAC = ("02:00:5e:00:53:01", "02-00-5e-00-53-01", "02005e005301")
ADDRESS = "192.168.8.108"
BRANDS = sorted(set(gateways()) - {"link", "notice", "standalone"})


@pytest.mark.parametrize("brand", BRANDS)
def test_nothing_of_the_visitor_is_kept(
    brand: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    counterpart = import_module(f"tests.counterparts.{brand}")
    query = counterpart.query()
    world.add(id="gate", name="Nhà khách", **counterpart.FIELDS)
    page = world.get(f"/s/gate?{query}")
    assert page.status_code == 200
    ways = re.findall(r'(?:href|src)="(/(?:i|v|go|continue|installed)/[^"]+)"', page.text)
    assert len(ways) >= 4
    for path in ways:
        world.get(path.replace("&amp;", "&"))
    world.get("/s/gate?" + query[: len(query) // 2])
    world.services.recorder.flush()
    kept = caplog.text.lower().encode() + b"".join(
        file.read_bytes().lower()
        for file in Path(world.services.settings.data).rglob("*")
        if file.is_file()
    )
    for trace in (*MAC, ADDRESS):
        assert trace.encode() not in kept
    place = world.services.snapshot.place("gate")
    assert place is not None
    for name in secrets_of(gateways()[brand]):
        secret = place.site.gateway_settings.get(name, "").lower().encode()
        assert not secret or secret not in kept
