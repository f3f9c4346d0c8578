"""A gateway that is described by its site: whatever is written there, nobody else is asked."""

import pytest

from portal.domain.errors import BadArrival, BadSite, ReleaseRefused
from portal.domain.sites import Site
from portal.gateways.base import FormPost, Redirect, Release
from portal.gateways.form import Form
from tests.counterparts.form import FIELDS, GATEWAY, query

FORM = Form()
NOTICE, LANDING = "http://portal.example/s/a", "http://portal.example/online/N?lang=vi"
GIVEN = {name.removeprefix("gateway."): text for name, text in FIELDS.items() if "." in name}


def site(**settings: str) -> Site:
    return Site("a", "A", gateway="form", gateway_settings=FORM.check({**GIVEN, **settings}))


def released(place: Site, **changes: str | None) -> Release:
    arrival = FORM.arrive(place, query(**changes), NOTICE)  # type: ignore[arg-type]
    assert arrival is not None
    return FORM.release(place, arrival.release, LANDING)


def test_the_fields_are_filled_in() -> None:
    assert released(site()) == FormPost(
        f"https://{GATEWAY}:443/auth/login",
        {
            "user": "khach",
            "pass": "mật khẩu",
            "device": "02:00:5e:00:53:01",
            "to": LANDING,
            "mode": "guest",
        },
    )


def test_a_link_may_do_instead_of_a_form() -> None:
    release = released(site(method="get", fields="mac={mac} url={landing}"))
    assert isinstance(release, Redirect)
    assert release.url.startswith(f"https://{GATEWAY}:443/auth/login?mac=02%3A00")


def test_a_path_is_at_the_gateway() -> None:
    release = released(site(login="/login"), login_url=None)
    assert isinstance(release, FormPost)
    assert release.url == f"https://{GATEWAY}:443/login"
    release = released(site(login="/login", ssl="off"), login_url=None)
    assert isinstance(release, FormPost)
    assert release.url == f"http://{GATEWAY}:80/login"


@pytest.mark.parametrize("login", ["https://evil.example/", "http://192.168.8.1.evil.example/"])
def test_nobody_else_is_asked(login: str) -> None:
    with pytest.raises(ReleaseRefused):
        released(site(), login_url=login)


@pytest.mark.parametrize("changes", [{"client": "x"}, {"ip": "<script>"}, {"login_url": "x"}])
def test_what_cannot_be_read_is_told(changes: dict[str, str]) -> None:
    with pytest.raises(BadArrival):
        FORM.arrive(site(), query(**changes), NOTICE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fields", ""),
        ("fields", "user"),
        ("fields", "user={nobody}"),
        ("fields", "us er={mac} x"),
        ("fields", "user={mac"),
        ("login", ""),
        ("login", "https://x.example/"),
        ("login", "a b"),
        ("login", "/a b"),
        ("login", "/đăng-nhập"),
        ("login", "/a?b"),
        ("login", "/a\nb"),
        ("ssl", "yes"),
        ("mac", "a b"),
        ("method", "put"),
        ("address", ""),
    ],
)
def test_settings_that_cannot_be_used(name: str, value: str) -> None:
    with pytest.raises(BadSite) as caught:
        FORM.check({**GIVEN, name: value})
    assert [problem.where for problem in caught.value.problems] == [name]


def test_an_address_may_lack() -> None:
    release = released(site(fields="a={ip}"), ip=None)
    assert isinstance(release, FormPost)
    assert release.fields == {"a": ""}
