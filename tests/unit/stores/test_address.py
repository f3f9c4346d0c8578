"""Addresses of stores: every form is read, and what is wrong is named without the password."""

import pytest

from portal.stores.address import BadAddress, RedisAddress, parse_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://r", RedisAddress((("r", 6379),))),
        ("redis://r:7000/3", RedisAddress((("r", 7000),), db=3)),
        ("redis://[::1]:7000", RedisAddress((("::1", 7000),))),
        (
            "rediss://portal:p%40ss%2Fw@r?ssl_ca_certs=/etc/ca.pem",
            RedisAddress(
                (("r", 6379),),
                username="portal",
                password="p@ss/w",
                tls=True,
                files={"ssl_ca_certs": "/etc/ca.pem"},
            ),
        ),
        ("redis://:secret@r", RedisAddress((("r", 6379),), password="secret")),
        ("unix:///run/redis.sock", RedisAddress(path="/run/redis.sock")),
        (
            "redis+sentinel://u:p@a,b:26380/portal/2?wait=1",
            RedisAddress(
                (("a", 26379), ("b", 26380)),
                service="portal",
                db=2,
                username="u",
                password="p",
                wait=1,
            ),
        ),
        ("redis+cluster://a,b:7001", RedisAddress((("a", 6379), ("b", 7001)), cluster=True)),
        ("rediss+cluster://a", RedisAddress((("a", 6379),), cluster=True, tls=True)),
    ],
)
def test_what_is_written_is_read(url: str, address: RedisAddress) -> None:
    assert parse_address(url) == address


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:PASS@h", "begins with one of"),
        ("redis:/h", "begins with one of"),
        ("redis://u:PASS@h h", "no blanks"),
        ("redis://u:PASS@", "NAME or NAME:PORT"),
        ("redis://u:PASS@h:99999", "NAME or NAME:PORT"),
        ("redis://u:PASS@h:x", "NAME or NAME:PORT"),
        ("redis+cluster://u:PASS@h,,g", "NAME or NAME:PORT"),
        ("redis://u:PASS@a,b", "several hosts need"),
        ("redis://u:PASS@[::1", "cannot be read"),
        ("redis://u:PASS@h/one", "“db” is a number"),
        ("redis://u:PASS@h/1/2", "only the number of the database"),
        ("redis+cluster://u:PASS@h/1", "only the number of the database"),
        ("redis+sentinel://u:PASS@h", "call the primary"),
        ("redis://u:PASS@h?wait=many", "“wait” is a number from 0 to 9"),
        ("redis://u:PASS@h?retries=3", "unknown “retries”; known are: ssl_ca_certs"),
        ("redis://u:PASS@h?wait", "cannot be read"),
        ("unix://", "path of the socket"),
    ],
)
def test_what_is_wrong_is_named_without_the_password(url: str, said: str) -> None:
    with pytest.raises(BadAddress) as caught:
        parse_address(url)
    assert said in str(caught.value)
    assert "PASS" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(parse_address("redis://u:secret@h"))
