"""People: what a role lets somebody do, and which names and passwords will do."""

import pytest

from portal.domain.errors import BadPerson
from portal.domain.people import (
    RIGHTS,
    ROLES,
    Person,
    Right,
    Role,
    changes,
    parse_person,
    password_problem,
    plain_password,
)

LAN = {"id": "lan", "name": "Nguyễn Thị Lan", "role": "officer"}


def problems(**changes: object) -> list[str]:
    with pytest.raises(BadPerson) as caught:
        parse_person({**LAN, **changes})
    return [problem.where for problem in caught.value.problems]


def test_a_person_comes_back_from_the_store() -> None:
    person = parse_person({**LAN, "sites": "a, b"})
    assert (person.role, person.sites, person.active) == (Role.OFFICER, ("a", "b"), True)
    assert parse_person(person.document()) == person


@pytest.mark.parametrize("id", ["lan", "Lan@Cao-Bang.gov.vn", "a.b_c+d", " x1 "])
def test_good_names(id: str) -> None:
    assert parse_person({**LAN, "id": id}).id == id.strip().lower()


@pytest.mark.parametrize("id", ["", "a b", "lan@", "@x.vn", "-a", "a:b", "lân", "x" * 300])
def test_bad_names(id: str) -> None:
    assert problems(id=id) == ["id"]


def test_every_problem_at_once() -> None:
    assert problems(id="", name="", role="king") == ["id", "name", "role"]
    assert problems(role="owner") == ["sites"]


def test_what_the_roles_may_do() -> None:
    may = {role: {right for right in Right if Person("a", "A", role).may(right)} for role in Role}
    assert may[Role.ADMIN] == set(Right)
    assert may[Role.OFFICER] == set(Right) - {Right.PEOPLE}
    assert may[Role.VIEWER] == {Right.READ, Right.READ_OWN}
    assert may[Role.OWNER] == set()
    assert set(RIGHTS) == set(ROLES) == set(Role)


def test_an_owner_reads_the_own_sites_and_no_other() -> None:
    owner = Person("a", "A", Role.OWNER, ("khach-san",))
    assert owner.may(Right.READ_OWN, "khach-san")
    assert not owner.may(Right.READ_OWN, "ben-xe")
    assert not owner.may(Right.READ)


def test_who_is_no_longer_active_may_do_nothing() -> None:
    assert not any(Person("a", "A", Role.ADMIN, active=False).may(right) for right in Right)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("một câu thật dài", True),
        ("correct horse battery", True),
        ("short", False),
        ("aaaaaaaaaaaaaaaa", False),
        ("lanlanlanlanlan", False),
        ("nguyễn thị lan lan", False),
        ("x" * 201, False),
        ("đủ mười hai ký", True),
        ("password1234", False),
        ("123456789012", False),
        ("qwertyuiop12", False),
        ("Bluezone Bảo Lâm 2021", False),
        ("mật khẩu của tôi", True),
        ("bluezone và con mèo đen", True),
    ],
)
def test_a_password_is_long_and_not_the_own_name(password: str, good: bool) -> None:
    assert (password_problem(password, parse_person(LAN)) is None) is good


def test_a_password_is_measured_in_the_spelling_that_is_hashed() -> None:
    written = "e\u0302\u0301" * 4  # four letters, each of three characters
    assert len(plain_password(written)) == 4
    assert password_problem(written, parse_person(LAN)) is not None


def test_what_an_edit_changed_is_told_without_the_password() -> None:
    before = Person("lan", "Lan", Role.OWNER, ("a",), password="old")
    after = Person("lan", "Lan Anh", Role.VIEWER, ("a",), password="new")
    assert changes(before, after) == {
        "name": ["Lan", "Lan Anh"],
        "role": [Role.OWNER, Role.VIEWER],
    }
    assert changes(before, before) == {}
