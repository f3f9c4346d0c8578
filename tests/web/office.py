"""A console with one person of each role, and browsers to work in it."""

import hashlib
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import World, links

PASSWORD = "một câu thật dài"
PEOPLE = {
    "quan-tri": {"role": "admin"},
    "can-bo": {"role": "officer"},
    "nguoi-xem": {"role": "viewer"},
    "chu-diem": {"role": "owner", "sites": "ben-xe"},
}
ROLES = {str(fields["role"]): id for id, fields in PEOPLE.items()}
"""Who to sign in as, by role."""


def furnish(world: World) -> World:
    """Add one person of each role, and counts at two sites: 3 at "ben-xe", 5 at "cho"."""
    for id, fields in PEOPLE.items():
        world.services.people.add({"id": id, "name": id.title(), **fields})
        world.services.people.set_password(id, PASSWORD)
    world.add(id="cho", name="Chợ Bảo Lâm")
    for site, times in (("ben-xe", 3), ("cho", 5)):
        for _n in range(times):
            world.get(links(world.get(f"/s/{site}"))["beacon"])
    world.services.recorder.flush()
    return world


class Browser:
    """A browser with cookies, that says where its requests come from."""

    def __init__(self, world: World, id: str = "", address: str = "127.0.0.1") -> None:
        """``id``: who signs in, if anybody."""
        self.client: FlaskClient = world.app.test_client()
        self.address = {"REMOTE_ADDR": address}
        if id:
            assert self.sign_in(id).status_code == 303

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, environ_base=self.address, headers=headers)

    def post(
        self, path: str, site: str = "same-origin", token: str | None = None, **form: Any
    ) -> TestResponse:
        """Send a form with this session's token, or another; a file is (stream, name)."""
        token = self.token if token is None else token
        return self.client.post(
            path,
            data={"csrf": token, **form},
            headers={"Sec-Fetch-Site": site},
            environ_base=self.address,
        )

    @property
    def token(self) -> str:
        """What a form of this session carries."""
        cookie = self.client.get_cookie("portal")
        value = cookie.value if cookie else ""
        return hashlib.blake2s(value.encode(), person=b"csrf").hexdigest()

    def sign_in(self, id: str, password: str = PASSWORD, **form: str) -> TestResponse:
        return self.post("/office/sign-in", id=id, password=password, **form)
