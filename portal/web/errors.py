"""What a visitor sees when something is not as it should be: a page, never a traceback."""

import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from portal.domain.errors import StoreUnavailable
from portal.domain.errors import message as _
from portal.web import notices
from portal.web.api import problems
from portal.web.office import trouble
from portal.web.office.session import in_console

log = logging.getLogger(__name__)

_WORDS = {
    404: (_("Page not found"), _("There is nothing here. The app:")),
    405: (_("This does not work here"), _("Please open the page again. The app is here:")),
    413: (_("That was too much"), _("Please open the page again. The app is here:")),
}
_OTHER = (
    _("The request could not be understood"),
    _("Please open the page again. The app is here:"),
)
_OURS = (
    _("Something went wrong here"),
    _("It is our fault, not yours. Please open the page again in a moment. The app is here:"),
)


def register(app: Flask) -> None:
    """Have ``app`` answer every error with a page of ours."""

    @app.errorhandler(HTTPException)
    def expected(error: HTTPException) -> Response:
        code = error.code or 500
        words = _OURS if code >= 500 else _WORDS.get(code, _OTHER)
        return _of_the_office(code, error) or notices.plain(code, *words)

    @app.errorhandler(StoreUnavailable)
    def away(error: StoreUnavailable) -> Response:
        return _of_the_office(503) or unexpected(error)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        # Without the request: its address may hold what identifies the visitor.
        log.error("unexpected %s", type(error).__name__, exc_info=error)
        return _of_the_office(500) or notices.plain(500, *_OURS)


def _of_the_office(code: int, error: HTTPException | None = None) -> Response | None:
    """Return what the API or the console answers; None where a visitor asks."""
    if problems.concerned():
        return problems.of(code, error)
    return trouble.page(code) if in_console() else None
