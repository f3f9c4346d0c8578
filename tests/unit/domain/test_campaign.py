"""The campaign: the real file, its arithmetic, and files with mistakes in them."""

import tomllib
import unicodedata
from dataclasses import replace
from datetime import date
from importlib.resources import files
from urllib.parse import unquote

import pytest

from portal.domain.campaign import (
    BadCampaign,
    Campaign,
    installs_needed,
    parse_campaign,
    share_of,
)
from portal.domain.sites import LANGUAGES

TEXT = (files("portal") / "data" / "campaigns" / "bluezone.toml").read_text(encoding="utf-8")


@pytest.fixture
def campaign() -> Campaign:
    return parse_campaign(TEXT)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(BadCampaign) as caught:
        parse_campaign(text)
    return caught.value.problems


def test_the_links_lead_to_the_app(campaign: Campaign) -> None:
    play, appstore = campaign.stores["play"], campaign.stores["appstore"]
    assert (play.app_id, appstore.app_id) == ("com.mic.bluezone", "1508062685")
    assert play.url.endswith(f"?id={play.app_id}")
    assert appstore.url.endswith(f"/id{appstore.app_id}")


def test_the_target_is_exceeded_not_merely_reached(campaign: Campaign) -> None:
    assert campaign.needed_installs == 159_257
    assert campaign.missing_installs == 86_621
    assert round(campaign.share, 4) == 0.1368


def test_nothing_is_missing_once_the_target_is_exceeded(campaign: Campaign) -> None:
    assert replace(campaign, installs=159_256).missing_installs == 1
    assert replace(campaign, installs=159_257).missing_installs == 0
    assert replace(campaign, installs=400_000).missing_installs == 0


@pytest.mark.parametrize(
    ("population", "target", "needed"),
    [(100, 0.3, 31), (100, 0.29, 30), (100, 0.57, 58), (0, 0.3, 1), (10, 0.0, 1), (3, 1e-7, 1)],
)
def test_a_share_is_taken_as_it_is_written(population: int, target: float, needed: int) -> None:
    assert installs_needed(population, target) == needed


def test_nobody_has_no_share() -> None:
    assert share_of(5, 0) == 0.0


def test_the_campaign_runs_from_its_order_on(campaign: Campaign) -> None:
    assert campaign.ordered == campaign.starts == date(2021, 2, 1)
    assert not campaign.runs_on(date(2021, 1, 31))
    assert campaign.runs_on(date(2021, 2, 1))
    assert campaign.runs_on(date(2026, 1, 1))


def test_a_campaign_runs_through_its_last_day(campaign: Campaign) -> None:
    short = replace(campaign, ends=date(2021, 3, 1))
    assert short.runs_on(date(2021, 3, 1))
    assert not short.runs_on(date(2021, 3, 2))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_notice_has_the_four_steps_of_the_order(campaign: Campaign, lang: str) -> None:
    texts = campaign.texts(lang)
    assert len(texts.steps) == 4
    assert "{store}" in texts.steps[0]
    assert all("Bluezone" in step for step in texts.steps[1:3])
    assert "CH Play" in texts.steps_in("CH Play")[0]
    assert not any("{" in step for step in texts.steps_in("CH Play"))


def test_vietnamese_is_written_in_composed_letters() -> None:
    assert unicodedata.is_normalized("NFC", TEXT)


def test_the_issuer_is_named_in_both_languages(campaign: Campaign) -> None:
    assert campaign.texts("vi").issuer == "Ủy ban nhân dân huyện Bảo Lâm, tỉnh Cao Bằng"
    assert campaign.texts("en").issuer.endswith("Bảo Lâm district, Cao Bằng province")


@pytest.mark.parametrize(
    ("asked", "given"),
    [("vi", "vi"), ("VI-vn", "vi"), ("vi_VN", "vi"), ("en-GB", "en"), ("de", "en"), ("", "en")],
)
def test_a_language_falls_back_to_english(campaign: Campaign, asked: str, given: str) -> None:
    assert campaign.texts(asked) is campaign.translations[given]


def test_without_english_the_notice_is_vietnamese(campaign: Campaign) -> None:
    only = replace(campaign, translations={"vi": campaign.texts("vi")})
    assert only.texts("fr") is campaign.texts("vi")


def test_another_language_may_be_added() -> None:
    german = TEXT.split("[texts.en]")[1].split("[texts.zh]")[0]
    assert "de" in parse_campaign(f"{TEXT}\n[texts.de]\n{german}").translations


def test_the_play_store_is_opened_itself_and_the_app_store_by_its_page(campaign: Campaign) -> None:
    intent = campaign.stores["play"].intent
    assert intent is not None
    assert intent.startswith("intent://details?id=com.mic.bluezone#Intent;scheme=market;")
    fallback = intent.partition("S.browser_fallback_url=")[2].removesuffix(";end")
    assert unquote(fallback) == campaign.stores["play"].url
    assert campaign.stores["appstore"].intent is None


def test_a_store_says_how_old_a_system_may_be(campaign: Campaign) -> None:
    assert campaign.stores["play"].oldest == (5, 0)
    assert campaign.stores["play"].needs == "5.0"
    free = parse_campaign(TEXT.replace('oldest = "5.0"\n', ""))
    assert free.stores["play"].oldest == (0, 0)


def test_nobody_changes_a_campaign_in_place(campaign: Campaign) -> None:
    with pytest.raises(TypeError):
        campaign.stores["play"] = campaign.stores["appstore"]  # type: ignore[index]


@pytest.mark.parametrize("text", ["x", "[", "a = 1\na = 2", "\x00", "a = " + "9" * 5000])
def test_a_text_that_is_not_toml_is_refused(text: str) -> None:
    assert problems(text)[0].startswith("a TOML file is expected")


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ('key = "bluezone"', 'key = "Blue Zone"', "key: small letters"),
        ('oldest = "5.0"', 'oldest = "5"', 'stores.play.oldest: a version like "5.0"'),
        ('oldest = "5.0"', "oldest = 5.0", 'stores.play.oldest: a version like "5.0"'),
        ('app = "Bluezone"', 'app = " "', "app: a text that is not empty"),
        ('"#0b5cab"', '"blue"', "colour: a colour like #0b5cab"),
        ("target_share = 0.30", "target_share = 30", "target_share: a number from 0 to 1"),
        ("target_share = 0.30", "target_share = nan", "target_share: a number from 0 to 1"),
        ("target_share = 0.30", "target_share = true", "target_share: a number from 0 to 1"),
        ("population = 530856", "population = -1", "population: a whole number"),
        ("population = 530856", "population = true", "population: a whole number"),
        ("installs = 72636", "installs = 72.636", "installs: a whole number"),
        ("starts = 2021-02-01", 'starts = "2021-02-01"', "starts: a day like 2021-02-01"),
        ("starts = 2021-02-01", "starts = 2021-02-01T00:00:00", "starts: a day like"),
        ("starts = 2021-02-01", "starts = 2021-02-01\nends = 2021-01-31", "ends: a day not before"),
        ("starts = 2021-02-01", "starts = 2021-02-01\nends = 7", "ends: a day like"),
        ("https://www.bluezone", "http://www.bluezone", "official_page: an https:// address"),
        ("https://play", "javascript://play", "stores.play.url: an https:// address"),
        ("https://play", "https://a@play", "stores.play.url: an https:// address"),
        ("https://play.google.com/", "https:///", "stores.play.url: an https:// address"),
        ("https://play.google.com/", "https://[/", "stores.play.url: an https:// address"),
        ("details?id", "details ?id", "stores.play.url: an https:// address"),
        ("[stores.appstore]", "[stores.appgallery]", "stores.appstore: a table"),
        ("[stores.appstore]", "[stores.appgallery]", "stores.appgallery: one of play, appstore"),
        ("[texts.en]", "[texts.de]", "texts.en: a table"),
        ("[texts.en]", "[texts.EN]", "texts.EN: a language code"),
        ('"Search for “Bluezone”."', '""', "texts.en.steps: a list of texts"),
        ('headline = "Please', 'headlin = "Please', "texts.en.headline: a text"),
        ('headline = "Please', 'headlin = "Please', "texts.en.headlin: is not a known key"),
        ("populat", "poplat", "poplation: is not a known key"),
    ],
)
def test_a_mistake_is_named_with_its_key(good: str, bad: str, says: str) -> None:
    assert good in TEXT
    assert any(problem.startswith(says) for problem in problems(TEXT.replace(good, bad)))


def test_every_mistake_is_told_at_once() -> None:
    text = TEXT.replace("0.30", "3").replace("530856", "-5").replace("https:", "http:")
    told = [problem.split(":")[0] for problem in problems(text)]
    assert told == [
        "official_page",
        "target_share",
        "population",
        "stores.play.url",
        "stores.appstore.url",
    ]


@pytest.mark.parametrize("key", sorted(tomllib.loads(TEXT)))
def test_nothing_but_the_end_may_be_left_out(key: str) -> None:
    text = TEXT.replace(f"\n{key} =", "\nother =").replace(f"[{key}.", "[other.")
    told = problems(text)
    assert any(problem.startswith(key) for problem in told)
    assert "other: is not a known key" in told


@pytest.mark.parametrize("text", ["stores = 1", "stores = {play = 1, appstore = 2}", "texts = []"])
def test_a_table_is_expected_where_one_belongs(text: str) -> None:
    assert any("a table is expected" in problem for problem in problems(text))
