"""Catalogues: every sentence in Vietnamese, with the same gaps as in English."""

import re
import unicodedata
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import PoFileError, read_po

from portal.domain.sites import LANGUAGES
from portal.i18n import NATIVE_NAMES, Catalogs
from portal.resources import folder

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
        for file, _line, text, _comments, _context in rows:
            for message in [text] if isinstance(text, str) else text:
                found[message] = file
    return found


def messages() -> list[Message]:
    return [message for message in catalog("vi") if message.id]


def test_every_language_of_a_notice_has_a_catalogue_and_a_name() -> None:
    assert set(Catalogs(FOLDER).languages()) == set(LANGUAGES) == set(NATIVE_NAMES)


def test_every_sentence_is_said_in_vietnamese() -> None:
    known = {message.id for message in messages() if message.string and not message.fuzzy}
    sentences = said()
    assert len(sentences) > 50  # else nothing was found to compare
    assert {text: file for text, file in sentences.items() if text not in known} == {}


def test_nothing_is_translated_that_is_said_nowhere() -> None:
    assert {message.id for message in messages()} - set(said()) == set()


@pytest.mark.parametrize("message", messages(), ids=lambda message: str(message.id)[:40])
def test_a_translation_has_the_same_gaps(message: Message) -> None:
    assert sorted(_GAP.findall(message.string)) == sorted(_GAP.findall(message.id))
    if "python-format" in message.flags:
        bare = _GAP.sub("", message.string).replace("%%", "")
        assert "%" not in bare


def test_vietnamese_is_spelt_in_one_form() -> None:
    """Composed letters: decomposed ones break search, and fonts on old phones."""
    for message in messages():
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
