"""A dossier as a Word document: real headings, real table headers, the language of every run, no macros."""

import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

from docx import Document
from docx.document import Document as Paper
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table as Grid
from docx.table import _Cell
from docx.text.paragraph import Paragraph as Printed
from docx.text.run import Run

from app.brokering.dossier.values import (
    Block,
    Dossier,
    Facts,
    Line,
    Listing,
    Paragraph,
    Piece,
    References,
    Section,
    Source,
    Table,
)

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

TAGS: Mapping[str, str] = {"en": "en-GB", "es": "es-419", "pt": "pt-BR", "fr": "fr-FR", "nl": "nl-NL"}
"""Languages as word processors know them, so that spelling is checked in the right one."""

BOX = "☐"
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no place for."""

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Before that day there are no files in an archive."""


def document(dossier: Dossier) -> bytes:
    """The dossier as a file. The same dossier gives the same bytes."""
    paper = Document()
    _set_up(paper, dossier)
    paper.add_heading(_printable(dossier.title), 0)
    paper.add_paragraph(_printable(dossier.note), "Subtitle")
    for section in dossier.sections:
        _section(paper, section)
    for number, section in enumerate(dossier.annexes):
        if number == 0:
            paper.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        _section(paper, section)
    return _packed(paper, dossier.drawn_up)


def _set_up(paper: Paper, dossier: Dossier) -> None:
    """Paper, letters, language and what the file says of itself."""
    page = paper.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(18)
    page.top_margin = page.bottom_margin = Mm(15)
    for name, size in (
        ("Normal", 9.5),
        ("Title", 18),
        ("Subtitle", 9),
        ("Heading 1", 12.5),
        ("Caption", 8.5),
    ):
        style = paper.styles[name]
        style.font.size = Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.paragraph_format.space_after = Pt(3)
        style.paragraph_format.space_before = Pt(8 if name == "Heading 1" else 0)
        style.paragraph_format.line_spacing = 1.0
    paper.styles["Subtitle"].font.italic = False
    tag = TAGS[dossier.language]
    for kept in (
        *paper.styles.element.iter(qn("w:lang")),
        *paper.settings.element.iter(qn("w:themeFontLang")),
    ):
        kept.set(qn("w:val"), tag)
    told = paper.core_properties
    told.title, told.language, told.author = _printable(dossier.title), tag, "Puente"
    told.subject, told.comments, told.keywords = _printable(dossier.note), "", ""
    told.created = told.modified = dossier.drawn_up.replace(microsecond=0)
    told.last_modified_by, told.revision = "Puente", 1
    foot = page.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(foot, "PAGE")
    # A picture of an empty page, of another document, that the template brings along.
    for name, part in list(paper.part.package.rels.items()):
        if part.reltype.endswith("/thumbnail"):
            del paper.part.package.rels[name]


def _field(paragraph: Printed, name: str) -> None:
    """A number that the word processor puts in."""
    for kind, text in (("begin", None), (None, name), ("end", None)):
        run = paragraph.add_run()
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _section(paper: Paper, section: Section) -> None:
    paper.add_heading(_printable(section.heading), 1)
    for block in section.blocks:
        _block(paper, block)


def _block(paper: Paper, block: Block) -> None:
    match block:
        case Paragraph():
            written = paper.add_paragraph(style="Subtitle" if block.kind == "note" else None)
            _write(written, block.line, strong=block.kind == "lead")
        case Listing(kind="boxes"):
            for item in block.items:
                _box(paper, item)
        case Listing():
            for item in block.items:
                _write(paper.add_paragraph(style=_LISTS[block.kind]), item)
        case Facts():
            _facts(paper, block)
        case Table():
            _table(paper, block)
        case References():
            for source in block.sources:
                _source(paper, source)


_LISTS = {"points": "List Bullet", "numbers": "List Number"}


def _box(paper: Paper, item: Line) -> None:
    """Something to tick: with a pen, or by putting another letter there."""
    written = paper.add_paragraph()
    written.paragraph_format.left_indent, written.paragraph_format.first_line_indent = Mm(6), Mm(-6)
    written.paragraph_format.tab_stops.add_tab_stop(Mm(6))
    written.add_run(f"{BOX}\t")
    _write(written, item)


def _facts(paper: Paper, block: Facts) -> None:
    grid = _grid(paper, len(block.rows), (38, 136))
    for row, (name, line) in zip(grid.rows, block.rows, strict=True):
        called, known = row.cells
        _fill(called, (Piece(name, strong=True),))
        _fill(known, line)
    _after(paper)


def _table(paper: Paper, block: Table) -> None:
    caption = paper.add_paragraph(_printable(block.caption), "Caption")
    caption.paragraph_format.keep_with_next = True
    names = tuple((Piece(name, strong=True),) if name else () for name in block.head)
    written = [names, *block.rows, *([block.foot] if block.foot else [])]
    grid = _grid(paper, len(written), _WIDTHS[len(names)])
    for row, lines in zip(grid.rows, written, strict=True):
        for place, (cell, line) in enumerate(zip(row.cells, lines, strict=True)):
            _fill(cell, line, right=place in block.numbers)
    # A header that is marked as one is repeated on the next page, and read out with every cell.
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _after(paper)


_WIDTHS = {2: (144, 30), 3: (40, 67, 67), 4: (26, 108, 20, 20)}
"""Of columns, in millimetres, by how many there are."""


def _grid(paper: Paper, rows: int, widths: tuple[int, ...]) -> Grid:
    grid: Grid = paper.add_table(rows, len(widths), "Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    for row in grid.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    return grid


def _after(paper: Paper) -> None:
    """A little room below a table; without, the next one would grow together with it."""
    room = paper.add_paragraph()
    room.paragraph_format.space_after = Pt(0)
    room.paragraph_format.line_spacing = Pt(4)


def _fill(cell: _Cell, line: Line, *, right: bool = False) -> None:
    written = cell.paragraphs[0]
    written.paragraph_format.space_after = Pt(1)
    if right:
        written.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _write(written, line)


def _write(paragraph: Printed, line: Line, *, strong: bool = False) -> None:
    for piece in line:
        if piece.source is not None:
            _cite(paragraph, piece.source)
            continue
        run = paragraph.add_run(_printable(piece.text))
        run.bold = True if strong or piece.strong else None
        _in_language(run, piece.lang)


def _in_language(run: Run, lang: str | None) -> None:
    """Words of another language than the document's are not to be spelt in it."""
    if lang is None:
        return
    told = OxmlElement("w:lang" if lang in TAGS else "w:noProof")
    if lang in TAGS:
        told.set(qn("w:val"), TAGS[lang])
    run._r.get_or_add_rPr().append(told)


def _cite(paragraph: Printed, number: int) -> None:
    """The number of a source, which leads there."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), f"source-{number}")
    run = paragraph.add_run(f"[{number}]")
    run.font.superscript = True
    link.append(run._r)
    paragraph._p.append(link)


def _source(paper: Paper, source: Source) -> None:
    written = paper.add_paragraph()
    opened, closed = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (opened, closed):
        mark.set(qn("w:id"), str(source.number))
    opened.set(qn("w:name"), f"source-{source.number}")
    written._p.append(opened)
    written.add_run(f"[{source.number}] ")
    written._p.append(closed)
    if source.quote:
        _in_language(written.add_run(f"“{_printable(source.quote)}” "), "en")
    title = written.add_run(_printable(source.document))
    title.italic = True
    _in_language(title, "en")
    _in_language(written.add_run(f", {_printable(source.locator)}"), "en")
    if source.place:
        written.add_run(f", {source.place}")


def _printable(text: str) -> str:
    return UNPRINTABLE.sub("\ufffd", text)


def _packed(paper: Paper, at: datetime) -> bytes:
    """The file, with the day of the dossier on all that is in it instead of the moment of packing."""
    written, again = BytesIO(), BytesIO()
    paper.save(written)
    stamp = max(EARLIEST, (at.year, at.month, at.day, at.hour, at.minute, at.second))
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            told = zipfile.ZipInfo(name, stamp)
            told.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(told, old.read(name))
    return again.getvalue()
