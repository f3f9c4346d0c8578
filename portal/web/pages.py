"""Rendered pages: made once per site, device, language and mode, then filled in per view."""

import base64
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from werkzeug.datastructures import Headers

from portal.domain.campaign import Campaign
from portal.i18n import Catalogs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NONCE = "\ue000"
"""Stands for the view's nonce in a rendered page; private use, so no text can hold it."""
SEALED = "\ue001"
"""Stands for the sealed arrival."""

_GAPS = re.compile(f"([{NONCE}{SEALED}])")
_MOST = 512  # rendered pages kept; at 12 KB each some 6 MB


class Prepared(Response):
    """A response whose headers were made at start and are the same for everybody.

    Werkzeug copies and checks every header twice for each response, which cost as much as the
    rest of a beacon. ``headers`` are shared between threads and never written to.
    """

    def __init__(self, body: bytes, status: int, headers: Headers) -> None:
        # In a list, as the length of a bare text is written into the headers.
        super().__init__([body], status, headers)
        self._body = body

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer with the headers as they are."""
        start_response(self.status, [*self.headers, ("Content-Length", str(len(self._body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self._body]


class Page:
    """A rendered page with gaps for the nonce and the sealed arrival of one view."""

    def __init__(self, text: str) -> None:
        parts = _GAPS.split(text)
        self._parts = [part.encode() for part in parts]
        self._nonces = [n for n, part in enumerate(parts) if part == NONCE]
        self._sealed = [n for n, part in enumerate(parts) if part == SEALED]

    def fill(self, nonce: str = "", sealed: str = "") -> bytes:
        """Return the page for one view. Both are URL-safe, so nothing needs escaping."""
        parts = self._parts.copy()
        for places, value in ((self._nonces, nonce.encode()), (self._sealed, sealed.encode())):
            for place in places:
                parts[place] = value
        return b"".join(parts)


class Pages:
    """Renders templates in a language, keeps what it rendered, and knows the headers of a page."""

    def __init__(self, templates: Path, catalogs: Catalogs, campaign: Campaign) -> None:
        self._environments = {
            language: _environment(templates, catalogs, language)
            for language in catalogs.languages()
        }
        for environment in self._environments.values():
            environment.globals["campaign"] = campaign
        self._kept: OrderedDict[Hashable, Page] = OrderedDict()
        self._lock = Lock()
        self._headers = Headers(
            {
                "Cache-Control": "no-store",
                "Content-Security-Policy": self._policy(),
                "Content-Type": "text/html; charset=utf-8",
                "Referrer-Policy": "no-referrer",  # the address holds what the gateway sent
                "X-Content-Type-Options": "nosniff",
            }
        )

    def page(
        self, key: Hashable, language: str, template: str, context: Callable[[], dict[str, Any]]
    ) -> Page:
        """Return the page kept under ``key``, or render ``template`` with ``context()``."""
        with self._lock:
            if page := self._kept.get(key):
                self._kept.move_to_end(key)
                return page
        page = Page(self._environments[language].get_template(template).render(context()))
        with self._lock:
            self._kept[key] = page
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return page

    def answer(self, body: bytes, status: int = 200) -> Response:
        """Return the response that carries a page."""
        return Prepared(body, status, self._headers)

    def _policy(self) -> str:
        """Return the content security policy: our own style and script by hash, nothing else."""
        environment = next(iter(self._environments.values()))
        hashes = {}
        for name in ("page.css", "page.js"):
            text = environment.get_template(f"visitor/{name}").render()
            digest = hashlib.sha256(text.encode()).digest()
            hashes[name] = f"'sha256-{base64.b64encode(digest).decode()}'"
        return (
            f"default-src 'none'; style-src {hashes['page.css']}; script-src {hashes['page.js']};"
            " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )


def _environment(templates: Path, catalogs: Catalogs, language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(("html",)),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,  # a misspelt name must fail in a test, not show a gap
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]  # by the extension
        catalogs.translations(language), newstyle=True
    )
    return environment
