"""An official paper as DOCX, in the layout of Decree 30/2020/NĐ-CP (annex I, model 1.4).

A4, Times New Roman, margins 20/20/30/20 mm, the head in two columns without lines, page numbers
from the second page on in the top margin; number, name and signature stay empty.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt

from portal.reports.cells import Translate, cell_text, heads, writable
from portal.reports.chart import add_chart
from portal.reports.letter import (
    MOTTO,
    NATION,
    Annex,
    Block,
    Grid,
    Heading,
    Letter,
    Paragraph,
    Points,
    Trend,
    dated,
)
from portal.reports.table import Sort, Table

FONT = "Times New Roman"
MARGINS = {
    "top_margin": Mm(20),
    "bottom_margin": Mm(20),
    "left_margin": Mm(30),
    "right_margin": Mm(20),
}
"""Within what annex I of the decree allows: 20-25, 20-25, 30-35 and 15-20 mm."""
_BODY, _TABLE, _NONE = Pt(14), Pt(11), Pt(0)
_MADE = datetime(2021, 2, 1, tzinfo=UTC)  # the same paper is the same file
_CENTRE, _JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY


def document(letter: Letter, translate: Translate) -> bytes:
    """Return the paper as DOCX; the same paper is the same bytes."""
    paper = Document()
    _set_styles(paper)
    _set_page(paper.sections[0], landscape=False, first=True)
    _head(paper, letter)
    _title(paper, letter)
    annexes = [place for place, block in enumerate(letter.blocks) if isinstance(block, Annex)]
    end = annexes[0] if annexes else len(letter.blocks)
    for block in letter.blocks[:end]:
        _block(paper, block, translate)
    _signature(paper, letter)
    for block in letter.blocks[end:]:
        _block(paper, block, translate)
    _set_properties(paper, letter)
    return _packed(paper)


def _set_styles(paper: Any) -> None:
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = FONT, _BODY
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for slot in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):  # else Vietnamese may fall back
        fonts.set(qn(slot), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    normal.element.get_or_add_rPr().append(language)
    normal.paragraph_format.space_after = Pt(0)


def _set_page(section: Any, *, landscape: bool, first: bool = False) -> None:
    width, height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = width, height
    for name, margin in MARGINS.items():
        setattr(section, name, margin)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = first
    header = section.header.paragraphs[0]
    if not header.text and not header.runs:
        header.alignment = _CENTRE
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            run = header.add_run()
            run.font.size = Pt(13)
            part = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            else:
                part.text = text
            run._r.append(part)


def _head(paper: Any, letter: Letter) -> None:
    """Write the two columns at the top: who reports, and the nation with place and date."""
    left, right = _columns(paper, (Mm(64), Mm(96)))
    if letter.superior:
        _line(left, letter.superior.upper(), Pt(13))
    _line(left, letter.agency.upper(), Pt(13), bold=True)
    _rule(left, Mm(22))
    _line(left, f"Số:          /{letter.sign}", Pt(13), before=Pt(6))
    if letter.mark:
        _line(left, letter.mark.upper(), Pt(13), bold=True, before=Pt(6))
    _line(right, NATION, Pt(12.5), bold=True)
    _line(right, MOTTO, Pt(13.5), bold=True)
    _rule(right, Mm(60))
    _line(right, f"{letter.place}, {dated(letter.day)}", Pt(13.5), italic=True, before=Pt(6))


def _title(paper: Any, letter: Letter) -> None:
    _line(paper, letter.kind.upper(), Pt(14), bold=True, before=Pt(18))
    _line(paper, letter.subject, Pt(14), bold=True)
    _rule(paper, Mm(55))
    _line(paper, "", Pt(6))


def _block(paper: Any, block: Block, translate: Translate) -> None:
    match block:
        case Heading():
            line = _line(paper, block.text, _BODY, bold=True, before=Pt(6))
            line.alignment, line.paragraph_format.first_line_indent = _JUSTIFY, Mm(12.7)
            line.paragraph_format.keep_with_next = True
        case Paragraph():
            _text(paper, block.text)
        case Points():
            for item in block.items:
                _text(paper, f"- {item}")
        case Grid():
            _grid(paper, block, translate)
        case Trend():
            title = _line(paper, block.title, Pt(12), italic=True, before=Pt(6))
            title.paragraph_format.keep_with_next = True
            add_chart(paper, block)
        case Annex():
            _set_page(paper.add_section(WD_SECTION.NEW_PAGE), landscape=block.landscape)
            _line(paper, f"Phụ lục {block.number}", Pt(14), bold=True)
            _line(paper, block.title.upper(), Pt(14), bold=True, after=Pt(6))


def _text(paper: Any, text: str) -> None:
    for part in text.split("\n"):
        line = _line(paper, part, _BODY, before=Pt(6))
        line.alignment, line.paragraph_format.first_line_indent = _JUSTIFY, Mm(12.7)
        line.paragraph_format.line_spacing = 1.15


def _grid(paper: Any, block: Grid, translate: Translate) -> None:
    table, columns = block.table, block.table.columns
    grid = paper.add_table(rows=1, cols=len(columns))
    grid.style, grid.alignment = paper.styles["Table Grid"], WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    widths = _widths(table, paper.sections[-1])
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for cell, head, width in zip(grid.rows[0].cells, heads(table, translate), widths, strict=True):
        cell.width = width
        _cell(cell, head, bold=True, alignment=_CENTRE)
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    grid.rows[0]._tr.get_or_add_trPr().append(repeat)
    for number, row in enumerate(table.rows, 1):
        cells = grid.add_row()
        whole = OxmlElement("w:cantSplit")
        cells._tr.get_or_add_trPr().append(whole)
        last = number == len(table.rows)
        for cell, value, column, width in zip(cells.cells, row, columns, widths, strict=True):
            cell.width = width
            right = column.sort in (Sort.NUMBER, Sort.SHARE)
            alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
            _cell(cell, cell_text(value, column.sort, translate), bold=last, alignment=alignment)
    _line(paper, "", Pt(6))


def _widths(table: Table, section: Any) -> list[Length]:
    """Return the columns' widths: figures take what they need, texts share the rest."""
    whole = section.page_width - section.left_margin - section.right_margin
    fixed = {Sort.NUMBER: Mm(16), Sort.SHARE: Mm(22), Sort.DAY: Mm(24), Sort.YES: Mm(16)}
    wanted = [fixed.get(column.sort) for column in table.columns]
    texts = max(1, wanted.count(None))
    left = Length((whole - sum(width for width in wanted if width)) // texts)
    return [max(width or left, Mm(10)) for width in wanted]


def _cell(cell: Any, text: str, *, bold: bool, alignment: Any) -> None:
    line = cell.paragraphs[0]
    line.alignment = alignment
    run = line.add_run(writable(text))
    run.font.size, run.bold = _TABLE, bold


def _signature(paper: Any, letter: Letter) -> None:
    _line(paper, "", Pt(6))
    left, right = _columns(paper, (Mm(80), Mm(80)))
    place = _line(left, "Nơi nhận:", Pt(12), bold=True, italic=True)
    place.alignment = WD_ALIGN_PARAGRAPH.LEFT
    for recipient in letter.recipients:
        line = _line(left, f"- {recipient}", Pt(11))
        line.alignment = WD_ALIGN_PARAGRAPH.LEFT
    for text in letter.signer:
        _line(right, text.upper(), Pt(14), bold=True)
    for _row in range(4):  # the room for signature and seal; the name is written by hand
        _line(right, "", Pt(14))
    if letter.footer:
        foot = _line(paper, letter.footer, Pt(9), italic=True, before=Pt(12))
        foot.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _columns(paper: Any, widths: Sequence[Length]) -> list[Any]:
    """Return the cells of a table without lines; ``_line`` begins in the paragraph they have."""
    table = paper.add_table(rows=1, cols=len(widths))
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    cells = list(table.rows[0].cells)
    for cell, width, column in zip(cells, widths, table.columns, strict=True):
        cell.width = column.width = width
    return cells


def _line(
    where: Any,
    text: str,
    size: Length,
    *,
    bold: bool = False,
    italic: bool = False,
    before: Length = _NONE,
    after: Length = _NONE,
) -> Any:
    """Write a centred line into the paper or a cell, and return its paragraph."""
    empty = [line for line in where.paragraphs[:1] if not line.runs and len(where.paragraphs) == 1]
    line = empty[0] if empty and hasattr(where, "_tc") else where.add_paragraph()
    line.alignment = _CENTRE
    line.paragraph_format.space_before, line.paragraph_format.space_after = before, after
    run = line.add_run(writable(text))
    run.font.size, run.bold, run.italic = size, bold, italic
    return line


def _rule(where: Any, width: Length) -> None:
    """Draw a line of ``width`` under what was written: a paragraph with a border, indented."""
    line = where.add_paragraph()
    whole = where.width if hasattr(where, "_tc") else Mm(160)
    indent = Length(max(0, (whole - width) // 2))
    form = line.paragraph_format
    form.left_indent = form.right_indent = indent
    form.line_spacing = Pt(3)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    line._p.get_or_add_pPr().append(borders)


def _set_properties(paper: Any, letter: Letter) -> None:
    about = paper.core_properties
    about.title, about.subject, about.author = letter.subject[:255], letter.kind, ""
    about.language, about.comments, about.last_modified_by = "vi-VN", letter.footer[:255], ""
    about.created = about.modified = _MADE.replace(tzinfo=None)


def _packed(paper: Any) -> bytes:
    """Return the file, its parts dated alike so that the same paper is the same bytes."""
    draft, out = io.BytesIO(), io.BytesIO()
    paper.save(draft)
    with zipfile.ZipFile(draft) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(
            parts.namelist(), key=lambda name: (name != "[Content_Types].xml", name)
        ):
            info = zipfile.ZipInfo(name, _MADE.timetuple()[:6])
            file.writestr(info, parts.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
