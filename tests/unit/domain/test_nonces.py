"""Nonces: what is issued is read back, and nothing else ever is."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import nonces
from portal.domain.devices import OS
from portal.domain.errors import BadArrival, BadNonce
from portal.domain.events import Channel, Tier
from portal.domain.nonces import Signer, View

KEY, OTHER = b"k" * 32, b"o" * 32
SIGNER = Signer([KEY])
NOW = 1_614_902_400  # 2021-03-05 00:00 UTC
RANDOM = bytes(range(12))


def issue(signer: Signer = SIGNER, site: str = "pac-miau", random: bytes = RANDOM) -> View:
    return signer.issue(site, NOW, OS.ANDROID, Channel.WIFI, Tier.SIGNED, random)


@pytest.mark.parametrize("os", OS)
@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("tier", Tier)
def test_every_os_channel_and_tier_comes_back(os: OS, channel: Channel, tier: Tier) -> None:
    view = SIGNER.issue("a", NOW, os, channel, tier, RANDOM)
    assert SIGNER.read(view.nonce) == view
    assert (view.site, view.issued, view.os, view.channel, view.tier) == (
        "a",
        NOW,
        os,
        channel,
        tier,
    )


def test_letters_keep_their_meaning_across_releases() -> None:
    """A view issued before an upgrade must be read after it: the layout is a promise."""
    letters = []
    for os in OS:
        raw = base64.urlsafe_b64decode(
            SIGNER.issue("a", NOW, os, Channel.POSTER, Tier.EGRESS, RANDOM).nonce + "=="
        )
        assert raw[0] == 1
        assert struct.unpack(">I", raw[2:6]) == (NOW,)
        assert raw[7:9] == b"p2"
        assert raw[9:21] == RANDOM
        letters.append(f"{os}={chr(raw[6])}")
    assert letters == [
        "android=a",
        "ios=i",
        "harmonyos=h",
        "windows=w",
        "macos=m",
        "linux=l",
        "chromeos=c",
        "windows_phone=p",
        "kaios=k",
        "tizen=t",
        "other=o",
    ]


@given(
    site=st.from_regex(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True),
    now=st.integers(0, 2**32 - 1),
    random=st.binary(min_size=12, max_size=12),
)
def test_any_site_and_moment_comes_back(site: str, now: int, random: bytes) -> None:
    view = SIGNER.issue(site, now, OS.IOS, Channel.LINK, Tier.NONE, random)
    assert SIGNER.read(view.nonce) == view
    assert len(view.nonce) <= 120
    assert len(view.id) == 16


def test_moment_is_cut_to_whole_seconds_and_age_counts_from_it() -> None:
    view = SIGNER.issue("a", NOW + 0.9, OS.IOS, Channel.LINK, Tier.NONE, RANDOM)
    assert view.issued == NOW
    assert view.age(NOW + 2.5) == 2.5
    assert view.age(NOW - 4) == -4


def test_other_randomness_is_another_view() -> None:
    first, second = issue(), issue(random=b"x" * 12)
    assert first.id != second.id
    assert first.nonce != second.nonce


def test_no_altered_bit_is_accepted() -> None:
    raw = base64.urlsafe_b64decode(issue(site="a").nonce + "==")
    for position in range(len(raw) * 8):
        altered = bytearray(raw)
        altered[position // 8] ^= 1 << position % 8
        text = base64.urlsafe_b64encode(altered).rstrip(b"=").decode()
        with pytest.raises(BadNonce):
            SIGNER.read(text)


def test_no_cut_or_lengthened_nonce_is_accepted() -> None:
    nonce = issue().nonce
    for length in range(len(nonce)):
        with pytest.raises(BadNonce):
            SIGNER.read(nonce[:length])
    for addition in ("A", "AA", "AAAA", "=", "==", "\n", " ", "\0"):
        with pytest.raises(BadNonce):
            SIGNER.read(nonce + addition)
        with pytest.raises(BadNonce):
            SIGNER.read(addition + nonce)


def test_a_nonce_has_one_spelling() -> None:
    """Else one view could be counted under several names."""
    for random in (bytes([n]) * 12 for n in range(40)):
        for site in ("a", "ab", "abc"):
            view = issue(site=site, random=random)
            for n, letter in enumerate(view.nonce):
                for other in {"-": "+", "_": "/"}.get(letter, ""):
                    with pytest.raises(BadNonce):
                        SIGNER.read(view.nonce[:n] + other + view.nonce[n + 1 :])
            letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            accepted = []
            for letter in letters:
                try:
                    SIGNER.read(view.nonce[:-1] + letter)
                    accepted.append(letter)
                except BadNonce:
                    pass
            assert accepted == [view.nonce[-1]]


def test_a_nonce_of_another_layout_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(nonces, "_VERSION", 2)
        other = issue()
    with pytest.raises(BadNonce):
        SIGNER.read(other.nonce)


def test_a_nonce_longer_than_any_site_makes_is_not_even_decoded() -> None:
    assert len(issue(site="a" * 40).nonce) < 200
    with pytest.raises(BadNonce):
        SIGNER.read(issue(site="a" * 150).nonce)


@given(st.text(max_size=300))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadNonce):
        SIGNER.read(text)


@pytest.mark.parametrize("text", ["", "A" * 201, "A" * 100_000, "Ａ" * 60, "\ud800", "%00"])
def test_oversize_and_odd_text_is_refused(text: str) -> None:
    with pytest.raises(BadNonce):
        SIGNER.read(text)


def test_another_key_is_refused() -> None:
    with pytest.raises(BadNonce):
        SIGNER.read(issue(Signer([OTHER])).nonce)


def test_old_keys_are_read_and_the_first_signs() -> None:
    old = issue(Signer([OTHER]))
    changed = Signer([KEY, OTHER])
    assert changed.read(old.nonce) == old
    assert changed.unseal(old, Signer([OTHER]).seal(old, {"a": "1"})) == {"a": "1"}
    assert issue(changed).nonce == issue(SIGNER).nonce


@pytest.mark.parametrize("keys", [[], [b""], [b"short"], [KEY, b"x" * 15]])
def test_weak_keys_are_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Signer(keys)


RELEASE = {"hid": "ab" * 32, "address": "10.77.0.1:2050", "name": "Nhà nghỉ Bảo Lâm"}


def test_a_seal_opens_for_its_view() -> None:
    view = issue()
    sealed = SIGNER.seal(view, RELEASE)
    assert SIGNER.unseal(view, sealed) == RELEASE
    assert sealed.isascii()
    assert set(sealed) <= set(base64.urlsafe_b64encode(bytes(range(256))).decode()) | set("-_")


def test_nothing_to_seal_is_nothing() -> None:
    view = issue()
    assert SIGNER.seal(view, {}) == ""
    assert SIGNER.unseal(view, "") == {}


def test_a_seal_is_bound_to_its_view_and_key() -> None:
    sealed = SIGNER.seal(issue(), RELEASE)
    for signer, view in (
        (SIGNER, issue(random=b"y" * 12)),
        (Signer([OTHER]), issue(Signer([OTHER]))),
    ):
        with pytest.raises(BadArrival) as caught:
            signer.unseal(view, sealed)
        assert caught.value.problem == "seal"


def test_a_nonce_is_no_seal_and_a_seal_is_no_nonce() -> None:
    view = issue()
    with pytest.raises(BadArrival):
        SIGNER.unseal(view, view.nonce)
    with pytest.raises(BadNonce):
        SIGNER.read(SIGNER.seal(view, {"a": "b"}))


def test_nonces_and_seals_are_signed_with_different_keys() -> None:
    """This site's name ends as the view's id: with one key its nonce would pass for a seal."""
    random = base64.urlsafe_b64decode("abcdefghijklmnop")
    view = issue(site="abcdefghijklmnop", random=random)
    assert view.id == view.site
    raw = base64.urlsafe_b64decode(view.nonce + "=" * (-len(view.nonce) % 4))
    crafted = base64.urlsafe_b64encode(raw[:-32] + raw[-16:]).rstrip(b"=").decode()
    with pytest.raises(BadArrival):
        SIGNER.unseal(view, crafted)


def test_no_altered_seal_is_accepted() -> None:
    view = issue()
    raw = base64.urlsafe_b64decode(SIGNER.seal(view, {"a": "bc"}) + "==")
    for position in range(len(raw) * 8):
        altered = bytearray(raw)
        altered[position // 8] ^= 1 << position % 8
        text = base64.urlsafe_b64encode(altered).rstrip(b"=").decode()
        with pytest.raises(BadArrival):
            SIGNER.unseal(view, text)


@given(st.text(min_size=1, max_size=100))
def test_any_other_text_is_no_seal(text: str) -> None:
    with pytest.raises(BadArrival):
        SIGNER.unseal(issue(), text)


def test_an_oversize_seal_is_refused() -> None:
    view = issue()
    with pytest.raises(BadArrival):
        SIGNER.unseal(view, "A" * 4097)
    # The longest that a gateway can have us seal fits.
    longest = {"hid": "a" * 64, "address": "ư" * 270, "authdir": "a" * 64}
    assert SIGNER.unseal(view, SIGNER.seal(view, longest)) == longest


# --- the proofs that an edge server adds the id to


def edge_name(signer: Signer = SIGNER, site: str = "pac-miau", id: str = "0f" * 16) -> str:
    return f"{site}.{signer.token(site, NOW + 59, OS.IOS, Channel.POSTER)}.{id}"


def test_a_proof_is_the_same_for_a_minute_and_names_the_view_with_the_edge_s_id() -> None:
    first = SIGNER.token("a", NOW, OS.IOS, Channel.LINK)
    assert first == SIGNER.token("a", NOW + 59.9, OS.IOS, Channel.LINK)
    others = {
        SIGNER.token("b", NOW, OS.IOS, Channel.LINK),
        SIGNER.token("a", NOW + 60, OS.IOS, Channel.LINK),
        SIGNER.token("a", NOW, OS.ANDROID, Channel.LINK),
        SIGNER.token("a", NOW, OS.IOS, Channel.WIFI),
    }
    assert len(others - {first}) == 4
    name = edge_name()
    id = base64.urlsafe_b64encode(bytes.fromhex("0f" * 12)).decode()
    expected = View("pac-miau", NOW, OS.IOS, Channel.POSTER, Tier.NONE, id, name)
    assert SIGNER.read(name) == expected
    assert Signer([OTHER, KEY]).read(name) == expected


@pytest.mark.parametrize("place", range(len(edge_name())))
def test_no_letter_of_such_a_name_may_change(place: int) -> None:
    name = edge_name()
    for letter in ("A", "b", "1", "-", ".", "%", "é"):
        if letter == name[place]:
            continue
        changed = name[:place] + letter + name[place + 1 :]
        if place > len(name) - 33 and letter in "b1":
            assert SIGNER.read(changed).site == "pac-miau"  # another view, by the edge's word
            continue
        with pytest.raises(BadNonce):
            SIGNER.read(changed)


@pytest.mark.parametrize(
    "name", [".", "..", "a.b.c", "a..", f".{'A' * 32}.{'0' * 32}", f"{edge_name()}.x", "\udcff.a.b",
             edge_name(Signer([OTHER])), edge_name(id="0F" * 16), edge_name(id="0f" * 15)]
)  # fmt: skip
def test_what_only_looks_like_such_a_name_is_none(name: str) -> None:
    with pytest.raises(BadNonce):
        SIGNER.read(name)


def test_a_view_s_own_signature_is_no_proof_for_many() -> None:
    nonce = issue().nonce
    with pytest.raises(BadNonce):
        SIGNER.read(f"pac-miau.{nonce[:32]}.{'0f' * 16}")
