"""Rendered pages: one rendering for many views, each with its own nonce."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from portal.domain.campaign import parse_campaign
from portal.i18n import Catalogs
from portal.resources import folder, read_text
from portal.web import pages as module
from portal.web.page import CODE, GREETING, NAME, NONCE, SEALED, SITE, Filling, Page
from portal.web.pages import Pages

CAMPAIGN = parse_campaign(read_text("campaigns/bluezone.toml"))
CATALOGS = Catalogs(folder("translations"))


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    visitor = tmp_path / "visitor"
    visitor.mkdir()
    (visitor / "page.css").write_text("p { color: red }\n", encoding="utf-8")
    (visitor / "page.js").write_text("'use strict';\n", encoding="utf-8")
    (visitor / "t.html").write_text(
        "<p>{{ name }}{{ campaign.app }}{{ _('How to install') }}</p>", encoding="utf-8"
    )
    return Pages(tmp_path, CATALOGS, CAMPAIGN)


def rendering(calls: list[str], name: str) -> Callable[[], dict[str, Any]]:
    def context() -> dict[str, Any]:
        calls.append(name)
        return {"name": name}

    return context


# --- one page


def test_a_page_is_filled_per_view_and_site() -> None:
    page = Page(f"<a href='/go/{NONCE}?g={SEALED}'>{NAME}ế</a><img src='/i/{NONCE}.gif'>")
    first = page.fill(Filling("N1", "S1", name="Chợ"))
    assert first.decode() == "<a href='/go/N1?g=S1'>Chợế</a><img src='/i/N1.gif'>"
    second = page.fill(Filling("N2"))
    assert second.decode() == "<a href='/go/N2?g='>ế</a><img src='/i/N2.gif'>"


GAPS = (NONCE, SEALED, SITE, NAME, GREETING, CODE)


@given(st.lists(st.sampled_from([*GAPS, "a", "ế", "<", ""]), max_size=12))
def test_every_gap_is_filled_and_nothing_else_changed(parts: list[str]) -> None:
    page = Page("".join(parts))
    for filling in (Filling("n-_9", "s-_8", "cho", "Chợ &amp; bến", "Chào", "<svg/>"), Filling()):
        expected = "".join(parts)
        for gap, value in zip(GAPS, filling, strict=True):
            expected = expected.replace(gap, value)
        assert page.fill(filling) == expected.encode()
        assert gzip.decompress(page.fill_gzip(filling)) == expected.encode()


def test_a_page_is_compressed_once_and_smaller_for_it() -> None:
    page = Page("<p>Mời quý khách</p>" * 500 + NONCE + "<p>cài đặt</p>" * 500)
    filling = Filling("N" * 70)
    packed = page.fill_gzip(filling)
    assert len(packed) < len(page.fill(filling)) / 20
    assert gzip.decompress(packed) == page.fill(filling)


# --- the keeping


def test_a_page_is_rendered_once_per_key(pages: Pages) -> None:
    calls: list[str] = []
    first = pages.page("k", "vi", "visitor/t.html", rendering(calls, "A"))
    again = pages.page("k", "vi", "visitor/t.html", rendering(calls, "B"))
    other = pages.page("l", "vi", "visitor/t.html", rendering(calls, "C"))
    assert first is again
    assert calls == ["A", "C"]
    assert b"A" in first.fill(Filling())
    assert b"C" in other.fill(Filling())


def test_the_oldest_page_makes_room(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    calls: list[str] = []
    for key in ("a", "b", "a", "c", "b", "a"):
        pages.page(key, "vi", "visitor/t.html", rendering(calls, key))
    assert calls == ["a", "b", "c", "a"]


def test_each_language_says_it_its_own_way(pages: Pages) -> None:
    said = {
        lang: pages.page(lang, lang, "visitor/t.html", lambda: {"name": ""})
        .fill(Filling())
        .decode()
        for lang in ("vi", "en")
    }
    assert said == {"vi": "<p>BluezoneCách cài đặt</p>", "en": "<p>BluezoneHow to install</p>"}


def test_what_people_write_is_escaped(pages: Pages) -> None:
    page = pages.page("k", "vi", "visitor/t.html", lambda: {"name": "<script>\"'&"})
    assert b"<script>" not in page.fill(Filling())
    assert b"&lt;script&gt;&#34;&#39;&amp;" in page.fill(Filling())


def test_a_name_that_the_template_lacks_fails(pages: Pages) -> None:
    with pytest.raises(UndefinedError):
        pages.page("k", "vi", "visitor/t.html", dict)


# --- the headers


def policy(pages: Pages) -> dict[str, str]:
    text = pages.answer(Page(""), Filling(), gzip=False).headers["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in text.split(";"))


def test_headers_of_every_page(pages: Pages) -> None:
    response = pages.answer(Page(f"ế{NONCE}"), Filling("N"), gzip=False, status=404)
    assert (response.status_code, response.data) == (404, "ếN".encode())
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_compressed_page_says_so(pages: Pages) -> None:
    page = Page(f"ế{NONCE}")
    response = pages.answer(page, Filling("N"), gzip=True)
    assert gzip.decompress(response.data) == "ếN".encode()
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in pages.answer(page, Filling("N"), gzip=False).headers
    assert response.headers["Vary"] == "Accept-Encoding"


def test_nothing_runs_but_our_own_style_and_script(pages: Pages) -> None:
    rules = policy(pages)
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "'self' data:"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["form-action"] == "'self'"  # the language is chosen by a form
    for name in ("style-src", "script-src"):
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", rules[name])
