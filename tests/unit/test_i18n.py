"""Catalogues: every sentence in Vietnamese, with the same gaps as in English."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import PoFileError, read_po

from portal.domain.campaign import parse_campaign
from portal.domain.sites import LANGUAGES
from portal.i18n import NATIVE_NAMES, Catalogs, tag
from portal.resources import folder, read_text

FOLDER = folder("translations")
_GAP = re.compile(r"%\(\w+\)[a-z]")


def catalog(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def said() -> dict[str, str]:
    """Every sentence that code and templates mark, with the file it stands in."""
    options = {"trimmed": "true", "extensions": "jinja2.ext.i18n"}
    places = (
        (folder("data").parent, "**.py", "python", {}),
        (folder("templates"), "**.html", "jinja2", options),
    )
    found: dict[str, str] = {}
    for where, pattern, method, given in places:
        rows = extract_from_dir(where, [(pattern, method)], options_map={pattern: given})
        found |= named(rows)
    return found


def said_to_visitors() -> dict[str, str]:
    """Every sentence that a visitor may read, from the files that ``make messages`` looks into."""
    root = folder("data").parents[1]
    with (root / "tests" / "visitor.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    return named(extract_from_dir(root, methods, options_map=options))


def named(rows: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for file, _line, text, _comments, _context in rows:
        for message in [text] if isinstance(text, str) else text:
            found[message] = file
    return found


def messages(language: str = "vi") -> list[Message]:
    return [message for message in catalog(language) if message.id]


FOREIGN = sorted(set(LANGUAGES) - {"vi", "en"})
EVERY = [(language, message) for language in ("vi", *FOREIGN) for message in messages(language)]


def test_every_language_of_a_notice_has_a_catalogue_and_a_name() -> None:
    assert set(Catalogs(FOLDER).languages()) == set(LANGUAGES) == set(NATIVE_NAMES)


def test_every_sentence_is_said_in_vietnamese() -> None:
    known = {message.id for message in messages() if message.string and not message.fuzzy}
    sentences = said()
    assert len(sentences) > 50  # else nothing was found to compare
    assert {text: file for text, file in sentences.items() if text not in known} == {}


@pytest.mark.parametrize("language", FOREIGN)
def test_visitors_read_every_sentence_in_their_language(language: str) -> None:
    known = {message.id for message in messages(language) if message.string and not message.fuzzy}
    sentences = said_to_visitors()
    assert len(sentences) > 30
    assert set(sentences) <= set(said())
    assert known == set(sentences)


def test_a_campaign_speaks_every_language() -> None:
    campaign = parse_campaign(read_text("campaigns/bluezone.toml"))
    assert set(campaign.translations) == set(LANGUAGES)


def test_nothing_is_translated_that_is_said_nowhere() -> None:
    assert {message.id for message in messages()} - set(said()) == set()


def test_a_tag_names_the_script_where_it_decides_the_letters() -> None:
    assert [tag(language) for language in ("vi", "zh", "fr")] == ["vi", "zh-Hans", "fr"]


@pytest.mark.parametrize(("language", "message"), EVERY, ids=lambda part: str(part)[:40])
def test_a_translation_has_the_same_gaps(language: str, message: Message) -> None:
    assert sorted(_GAP.findall(message.string)) == sorted(_GAP.findall(message.id))
    if "python-format" in message.flags:
        bare = _GAP.sub("", message.string).replace("%%", "")
        assert "%" not in bare


def test_vietnamese_is_spelt_in_one_form() -> None:
    """Composed letters: decomposed ones break search, and fonts on old phones."""
    for _language, message in EVERY:
        assert unicodedata.is_normalized("NFC", message.string), message.string


def test_translations_are_compiled_in_memory() -> None:
    vietnamese = Catalogs(FOLDER).translations("vi")
    assert vietnamese.gettext("write a text") == "hãy ghi một chuỗi ký tự"
    assert not list(FOLDER.rglob("*.mo"))


def test_an_unknown_language_and_an_unknown_sentence_are_english() -> None:
    catalogs = Catalogs(FOLDER)
    assert catalogs.translations("xx").gettext("write a text") == "write a text"
    assert catalogs.translations("vi").gettext("never written") == "never written"


def test_a_broken_catalogue_is_said_at_start(tmp_path: Path) -> None:
    file = tmp_path / "vi" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_text('msgid "a"\nmsgstr "never closed\nmsgid', encoding="utf-8")
    with pytest.raises(PoFileError):
        Catalogs(tmp_path)
