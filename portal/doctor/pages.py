"""Reading pages as a browser would: where a page leads by itself, and what can be tapped in it."""

import re
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin

_REFRESH = re.compile(r"\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"'>\s]+)", re.IGNORECASE)


MISHAP = "mishap"
"""Name under which the portal says in a page what it could not read or may not do."""


class Form(NamedTuple):
    """A form that the page sends by itself."""

    action: str
    fields: dict[str, str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.refresh = ""
        self.mishap = ""
        self.links: dict[str, str] = {}
        self.images: list[str] = []
        self.form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "meta" if given.get("name") == MISHAP:
                self.mishap = given.get("content", "")
            case "meta" if given.get("http-equiv", "").lower() == "refresh":
                found = _REFRESH.match(given.get("content", ""))
                self.refresh = self.refresh or (found[1] if found else "")
            case "a" if "id" in given:
                self.links.setdefault(given["id"], given.get("href", ""))
            case "img":
                self.images.append(given.get("src", ""))
            case "form" if given.get("method", "").lower() == "post":
                self.form = self.form or Form(given.get("action", ""), {})
            case "input" if self.form and given.get("type") == "hidden":
                self.form.fields[given.get("name", "")] = given.get("value", "")


class Reading:
    """A page of the address ``url``, read."""

    def __init__(self, url: str, body: str) -> None:
        self._url = url
        self._reader = _Reader()
        self._reader.feed(body)

    @property
    def refresh(self) -> str:
        """Where the page leads by itself, "" if nowhere."""
        return urljoin(self._url, self._reader.refresh) if self._reader.refresh else ""

    @property
    def mishap(self) -> str:
        """What the portal says is wrong (``portal.mishaps``), "" if nothing."""
        return self._reader.mishap

    @property
    def form(self) -> Form | None:
        """The first form that is posted, its address made whole."""
        found = self._reader.form
        return Form(urljoin(self._url, found.action), found.fields) if found else None

    def link(self, id: str) -> str:
        """Return where the link of this id leads, "" when there is none."""
        target = self._reader.links.get(id, "")
        return urljoin(self._url, target) if target else ""

    def image(self, path: str) -> str:
        """Return the address of the first image below ``path``, "" when there is none."""
        found = next((src for src in self._reader.images if src.startswith(path)), "")
        return urljoin(self._url, found) if found else ""
