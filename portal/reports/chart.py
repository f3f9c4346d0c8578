"""A chart in a DOCX: Office's own (DrawingML), so that it stays sharp and can be restyled.

Source: ECMA-376, part 1, 21.2 (charts) and 20.4 (their place in a document).
"""

from typing import Any
from xml.sax.saxutils import escape

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm

from portal.reports.cells import writable
from portal.reports.letter import Trend

_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_COLOURS = ("0B5CAD", "9DB7D1")


def add_chart(paper: Any, trend: Trend) -> None:
    """Add a chart of columns to the end of a document."""
    number = sum(part.content_type == _TYPE for part in paper.part.package.iter_parts()) + 1
    name = PackURI(f"/word/charts/chart{number}.xml")
    part = Part(name, _TYPE, _chart(trend).encode(), paper.part.package)
    related = paper.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    line = paper.add_paragraph()
    line.add_run()._r.append(parse_xml(_place(related, number, trend)))


def _place(related: str, number: int, trend: Trend) -> str:
    shown = "; ".join(
        f"{day}: {value}" for day, value in zip(trend.days, trend.values, strict=True)
    )
    words = _text(f"{trend.title} ({shown})")
    quoted = words.replace('"', "&quot;")
    return (
        '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{Mm(158)}" cy="{Mm(62)}"/>'
        f'<wp:docPr id="{100 + number}" name="Chart {number}" descr="{quoted}"/>'
        f'<a:graphic xmlns:a="{_MAIN}"><a:graphicData uri="{_CHART}">'
        f'<c:chart xmlns:c="{_CHART}"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
        f' r:id="{related}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )


def _chart(trend: Trend) -> str:
    series = [(trend.name, trend.values), (trend.before_name, trend.before)]
    drawn = "".join(
        _series(place, name, trend.days, values) for place, (name, values) in enumerate(series)
    )
    font = f'<a:p><a:pPr><a:defRPr sz="1000">{_FONT}</a:defRPr></a:pPr></a:p>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<c:chartSpace xmlns:c="{_CHART}" xmlns:a="{_MAIN}"><c:roundedCorners val="0"/><c:chart>'
        '<c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>'
        '<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/><c:varyColors val="0"/>'
        f'{drawn}<c:gapWidth val="60"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
        '<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="minMax"/></c:scaling>'
        '<c:delete val="0"/><c:axPos val="b"/><c:majorTickMark val="none"/>'
        '<c:tickLblPos val="nextTo"/><c:crossAx val="2"/></c:catAx>'
        '<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/>'
        '</c:scaling><c:delete val="0"/><c:axPos val="l"/><c:majorGridlines><c:spPr><a:ln w="6350">'
        '<a:solidFill><a:srgbClr val="D0D7DE"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>'
        '<c:numFmt formatCode="#,##0" sourceLinked="0"/><c:majorTickMark val="none"/>'
        '<c:tickLblPos val="nextTo"/><c:crossAx val="1"/></c:valAx></c:plotArea>'
        '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>'
        f'<c:plotVisOnly val="1"/></c:chart><c:txPr><a:bodyPr/>{font}</c:txPr></c:chartSpace>'
    )


_FONT = '<a:latin typeface="Times New Roman"/><a:cs typeface="Times New Roman"/>'


def _series(place: int, name: str, days: tuple[str, ...], values: tuple[int, ...]) -> str:
    labels = "".join(
        f'<c:pt idx="{n}"><c:v>{_text(day)}</c:v></c:pt>' for n, day in enumerate(days)
    )
    numbers = "".join(
        f'<c:pt idx="{n}"><c:v>{value}</c:v></c:pt>' for n, value in enumerate(values)
    )
    count = f'<c:ptCount val="{len(days)}"/>'
    return (
        f'<c:ser><c:idx val="{place}"/><c:order val="{place}"/>'
        f"<c:tx><c:v>{_text(name)}</c:v></c:tx>"
        f'<c:spPr><a:solidFill><a:srgbClr val="{_COLOURS[place]}"/></a:solidFill></c:spPr>'
        '<c:invertIfNegative val="0"/>'
        '<c:dLbls><c:spPr><a:noFill/></c:spPr><c:showLegendKey val="0"/><c:showVal val="1"/>'
        '<c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/>'
        '<c:showBubbleSize val="0"/></c:dLbls>'
        f"<c:cat><c:strLit>{count}{labels}</c:strLit></c:cat>"
        f"<c:val><c:numLit><c:formatCode>#,##0</c:formatCode>{count}{numbers}</c:numLit></c:val></c:ser>"
    )


def _text(text: str) -> str:
    return escape(writable(text))
