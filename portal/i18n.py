"""Languages: the catalogues of translated messages.

Messages are written in English in code and templates; ``translations/<locale>/LC_MESSAGES/
messages.po`` says them in every language. Catalogues are compiled at start, in memory: there is
no compiled file that could be out of date.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

NATIVE_NAMES = {
    "vi": "Tiếng Việt",
    "en": "English",
    "zh": "简体中文",
    "ko": "한국어",
    "ja": "日本語",
    "fr": "Français",
    "ru": "Русский",
    "th": "ไทย",
}
"""How each language calls itself."""

_TAGS = {"zh": "zh-Hans"}


def tag(language: str) -> str:
    """Return what stands in ``lang``: a tag of BCP 47, with the script where it decides a font."""
    return _TAGS.get(language, language)


class Catalogs:
    """Every language that ``folder`` holds a catalogue for."""

    def __init__(self, folder: Path) -> None:
        files = sorted(folder.glob("*/LC_MESSAGES/messages.po"))
        self._translations = {file.parents[1].name: _compiled(file) for file in files}

    def languages(self) -> list[str]:
        """Return the codes of all languages."""
        return list(self._translations)

    def translations(self, language: str) -> NullTranslations:
        """Return the messages of ``language``; of an unknown one they are English."""
        return self._translations.get(language) or NullTranslations()


def _compiled(file: Path) -> Translations:
    with file.open("rb") as text:
        catalog = read_po(text, locale=file.parents[1].name, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
