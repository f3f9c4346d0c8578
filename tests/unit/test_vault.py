"""The vault: what is secret is kept encrypted, and a key can be replaced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import BadSite
from portal.vault import Vault

OLD, NEW = b"an old key of enough bytes", b"a new key of enough bytes!"
SETTINGS = {"faskey": "abcdefghij0123456789", "level": "2", "password": "mật khẩu"}
SECRETS = frozenset({"faskey", "password"})


def test_secrets_are_encrypted_and_nothing_else() -> None:
    sealed = Vault([NEW]).seal(SETTINGS, SECRETS)
    assert sealed["level"] == "2"
    for name in SECRETS:
        assert SETTINGS[name] not in sealed[name]
        assert sealed[name].startswith("sealed:")
    assert Vault([NEW]).open(sealed) == SETTINGS


def test_equal_secrets_look_different() -> None:
    vault = Vault([NEW])
    assert vault.seal(SETTINGS, SECRETS)["faskey"] != vault.seal(SETTINGS, SECRETS)["faskey"]


def test_an_earlier_key_still_opens() -> None:
    assert Vault([NEW, OLD]).open(Vault([OLD]).seal(SETTINGS, SECRETS)) == SETTINGS


def test_renewed_needs_no_old_key_and_stays_what_it_was() -> None:
    sealed = Vault([OLD]).seal(SETTINGS, SECRETS)
    document = {"name": "a", "gateway_settings": sealed, "more": [sealed["faskey"], 5, None]}
    vault = Vault([NEW, OLD])
    renewed = vault.renewed(document)
    assert Vault([NEW]).open(renewed["gateway_settings"]) == SETTINGS
    assert Vault([NEW]).open({"x": renewed["more"][0]}) == {"x": SETTINGS["faskey"]}
    assert (renewed["name"], renewed["more"][1:]) == ("a", [5, None])
    assert vault.renewed(renewed) == renewed
    with pytest.raises(BadSite):
        Vault([NEW]).renewed(document)


def test_what_another_key_encrypted_is_named() -> None:
    with pytest.raises(BadSite) as caught:
        Vault([NEW]).open(Vault([OLD]).seal(SETTINGS, SECRETS))
    assert {problem.where for problem in caught.value.problems} == SECRETS
    assert SETTINGS["faskey"] not in str(caught.value)


def test_what_was_written_before_there_was_a_vault_stays_readable() -> None:
    assert Vault([NEW]).open(SETTINGS) == SETTINGS


def test_an_empty_secret_stays_empty() -> None:
    assert Vault([NEW]).seal({"faskey": ""}, SECRETS) == {"faskey": ""}


@given(st.text(max_size=300).filter(lambda text: not text.startswith("sealed:")))
def test_any_text_comes_back(text: str) -> None:
    vault = Vault([NEW])
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert vault.open(vault.seal({"faskey": text}, SECRETS)) == {"faskey": text}


@pytest.mark.parametrize("damage", ["sealed:", "sealed:x", "sealed:" + "A" * 100, "sealed:ế"])
def test_what_is_damaged_is_told(damage: str) -> None:
    with pytest.raises(BadSite):
        Vault([NEW]).open({"faskey": damage})
