"""What the console answers when it cannot do what it was asked."""

from flask import Response

from portal.domain.errors import message as _
from portal.web.office.pages import show

_LATER = _("Please try again in a moment.")
_WORDS = {
    400: (
        _("This cannot be read"),
        _("Something in the address or the form is not as it should be."),
    ),
    403: (
        _("Not allowed"),
        _("Your role does not let you do this, or the page was open too long: open it again."),
    ),
    404: (_("Not found"), _("There is nothing here, or it is not yours to see.")),
    405: (_("This does not work here"), _("Open the page again from the menu.")),
    409: (
        _("Somebody was faster"),
        _("It was changed meanwhile. Open it again, then change it."),
    ),
    413: (_("Too large"), _("What you sent is larger than this page takes.")),
    500: (_("Something went wrong here"), _("It stands in the service's log.")),
    503: (
        _("The counts cannot be read just now"),
        _("Visitors are served and counted all the same; what is counted waits on each machine."),
    ),
}


def page(code: int) -> Response:
    """Return the page for a status of HTTP."""
    head, text = _WORDS.get(code, _WORDS[500 if code >= 500 else 400])
    return show("trouble.html", code, head=head, text=text, later=_LATER if code >= 500 else "")
