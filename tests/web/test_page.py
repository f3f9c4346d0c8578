"""What the notice is made of: one response, small, and nothing of anybody else."""

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from portal.domain.sites import LANGUAGES
from tests.opennds import fas
from tests.web.conftest import ANDROID, APPLE_SHEET, IPHONE, World, links

WINDOW = 14 * 1024  # bytes that a server sends before it waits for the first answer
FETCHING = {"src", "srcset", "data", "background", "poster", "manifest"}
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:86.0) Gecko/20100101 Firefox/86.0"
KAIOS = "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5"


class Fetches(HTMLParser):
    """Collects the addresses that a browser fetches by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in FETCHING or (tag == "link" and name == "href"):
                self.found.append(value or "")


def every_page(world: World) -> Iterator[str]:
    for agent in (ANDROID, IPHONE, APPLE_SHEET, DESKTOP, KAIOS, ""):
        for url in (f"/s/nha-khach?{fas()}", "/s/ben-xe", "/s/none", "/", "/nothing"):
            for language in LANGUAGES:
                yield world.get(url, agent, Accept_Language=language).get_data(as_text=True)


def test_the_page_fits_into_the_first_window(world: World) -> None:
    """With its headers, so that it can be read after the second round trip."""
    for agent in (ANDROID, APPLE_SHEET, DESKTOP, KAIOS, ""):
        for language in LANGUAGES:
            page = world.get(
                f"/s/nha-khach?{fas()}", agent, Accept_Language=language, Accept_Encoding="gzip"
            )
            assert page.headers["Content-Encoding"] == "gzip"
            assert len(page.data) + len(str(page.headers)) <= WINDOW
            plain = world.get(f"/s/nha-khach?{fas()}", agent, Accept_Language=language)
            assert without_nonces(gzip.decompress(page.data)) == without_nonces(plain.data)


def without_nonces(body: bytes) -> bytes:
    return re.sub(rb"[\w-]{50,}", b"", body)


@pytest.mark.parametrize("accepted", ["", "identity", "br, deflate", "gzip;q=0, br"])
def test_who_reads_no_gzip_gets_none(world: World, accepted: str) -> None:
    page = world.get("/s/ben-xe", Accept_Encoding=accepted)
    assert "Content-Encoding" not in page.headers
    assert "</html>" in page.text


def test_the_page_fetches_nothing_but_its_beacon(world: World) -> None:
    for text in every_page(world):
        fetched = [url for url in Fetches(text).found if url != "data:,"]
        assert all(re.fullmatch(r"/i/[\w-]+\.gif", url) for url in fetched)
        assert len(fetched) == ("/i/" in text)
        assert "url(" not in text
        assert "@import" not in text


def test_the_page_needs_no_script(world: World) -> None:
    text = world.get(f"/s/nha-khach?{fas()}").get_data(as_text=True)
    without = re.sub(r"(?s)<script>.*?</script>", "", text)
    assert {"beacon", "play", "continue"} <= set(re.findall(r"beacon|play|continue", without))
    assert not re.search(r"\son\w+=|javascript:", without)


def test_the_policy_allows_our_own_style_and_script_and_nothing_else(world: World) -> None:
    page = world.get("/s/ben-xe")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers
    assert "Strict-Transport-Security" not in page.headers  # plain http must go on working


def test_one_visitors_nonce_is_never_in_anothers_page(world: World) -> None:
    first, second = (world.get("/s/ben-xe") for _ in range(2))
    nonce = links(first)["beacon"].split("/")[2].removesuffix(".gif")
    assert nonce in first.get_data(as_text=True)
    assert nonce not in second.get_data(as_text=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_says_who_asks_what_for_and_that_it_is_voluntary(
    world: World, language: str
) -> None:
    text = world.get(f"/s/ben-xe?lang={language}").get_data(as_text=True)
    texts = world.services.campaign.texts(language)
    for sentence in (texts.issuer, texts.headline, texts.summary, texts.lead):
        assert sentence in text
    for sentence in (texts.order, texts.voluntary, texts.privacy, *texts.steps[1:]):
        assert sentence in text


@pytest.mark.parametrize("form", ["/s/ben-xe", "/s/none", "/i/x.gif", "/healthz", "/nothing"])
def test_every_answer_says_its_own_length_once(world: World, form: str) -> None:
    for language in ("vi", "en", "vi"):  # of different length, with headers that are shared
        answer = world.get(form, Accept_Language=language)
        assert answer.headers.getlist("Content-Length") == [str(len(answer.data))]
