"""Rendered pages: made once per site, device, language and mode, then filled in per view."""

import base64
import hashlib
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from werkzeug.datastructures import Headers

from portal.domain.campaign import Campaign
from portal.i18n import Catalogs
from portal.web.page import Filling, Page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_MOST = 512  # rendered pages kept; at 20 KB each, half of it compressed, some 10 MB


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


class Pages:
    """Renders templates in a language, keeps what it rendered, and knows the headers of a page."""

    def __init__(self, templates: Path, catalogs: Catalogs, campaign: Campaign) -> None:
        self._environments = {
            language: _environment(templates, catalogs, language)
            for language in catalogs.languages()
        }
        for environment in self._environments.values():
            environment.globals |= {"campaign": campaign, "palette": campaign.palette}
        self._kept: dict[Hashable, Page] = {}
        self._lock = Lock()
        self.headers = page_headers(
            f"style-src {self.source('visitor/page.css')};"
            f" script-src {self.source('visitor/page.js')};"
            " img-src 'self' data:; form-action 'self'; frame-ancestors 'none'"
        )
        self._gzip_headers = Headers([*self.headers, ("Content-Encoding", "gzip")])

    def page(
        self, key: Hashable, language: str, template: str, context: Callable[[], dict[str, Any]]
    ) -> Page:
        """Return the page kept under ``key``, or render ``template`` with ``context()``."""
        if page := self._kept.get(key):
            return page
        page = Page(self.text(language, template, context()))
        with self._lock:
            self._kept[key] = page
            if len(self._kept) > _MOST:  # the oldest: is it wanted again, it is soon back
                del self._kept[next(iter(self._kept))]
        return page

    def answer(self, page: Page, filling: Filling, *, gzip: bool, status: int = 200) -> Response:
        """Return the response that carries a page, filled in for one view."""
        if gzip:
            return Prepared(page.fill_gzip(filling), status, self._gzip_headers)
        return Prepared(page.fill(filling), status, self.headers)

    def posting(
        self, language: str, template: str, context: dict[str, Any], origins: str
    ) -> Response:
        """Return a page that may post its form to ``origins``, which script does at once."""
        policy = (
            f"style-src {self.source('visitor/page.css')};"
            f" script-src {self.source('visitor/form.js')};"
            f" img-src data:; form-action {origins}; frame-ancestors 'none'"
        )
        return Response(self.text(language, template, context), headers=page_headers(policy))

    def text(self, language: str, template: str, context: dict[str, Any]) -> str:
        """Return ``template`` rendered for this once."""
        return self._environments[language].get_template(template).render(context)

    def source(self, template: str) -> str:
        """Return how a policy names our own style or script: by the hash of its text."""
        text = next(iter(self._environments.values())).get_template(template).render()
        digest = hashlib.sha256(text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


def page_headers(policy: str) -> Headers:
    """Return the headers of a page; ``policy`` is what its content security policy allows."""
    return Headers(
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": f"default-src 'none'; base-uri 'none'; {policy}",
            "Content-Type": "text/html; charset=utf-8",
            "Referrer-Policy": "no-referrer",  # the address holds what the gateway sent
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            # For browsers that are too old for frame-ancestors.
            "X-Frame-Options": "SAMEORIGIN" if "frame-ancestors 'self'" in policy else "DENY",
        }
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
