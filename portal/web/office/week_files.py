"""A week's paper as a file, for whoever asks for one: ``?format=docx|xlsx|csv|json``."""

from flask import Response, abort

from portal.web.office.files import FORMATS, download
from portal.web.requests import argument, services
from portal.weekpapers import PlacePaper

_TYPES = {
    **FORMATS,
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def as_week_file(paper: PlacePaper, *, whole: bool) -> Response | None:
    """Return the paper as the file that the address asks for; None when it asks for the page.

    ``whole``: whoever asks may see every site, so that the JSON of the whole week is theirs too.
    """
    wanted = argument("format")
    if not wanted:
        return None
    if wanted not in _TYPES or (wanted == "json" and not whole):
        abort(400)
    held = services()
    body = held.week_papers.file(paper, wanted, held.clock())
    return download(f"{paper.letter.name}.{wanted}", body, _TYPES[wanted])
