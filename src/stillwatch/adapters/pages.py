"""Pages: the one way in which reports become HTML and PDF.

Whatever is put into a template is escaped, a name that is missing is an error, and neither form
fetches anything: a page holds its style and pictures itself.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stillwatch.model.errors import OutsideFailed


def environment_of(package: str) -> Environment:
    """A fresh environment for the templates of a package.

    Args:
        package: its dotted name; templates stand in its folder ``templates``.
    """
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def style_of(package: str, path: str) -> Markup:
    """A style sheet that a page takes in whole.

    Args:
        package: dotted name.
        path: of the sheet within it.
    """
    sheet = resources.files(package).joinpath(*path.split("/"))
    return Markup(sheet.read_text(encoding="utf-8"))


def pdf_of(page: str, identifier: str) -> bytes:
    """A page as a PDF, tagged for screen readers.

    Args:
        page: HTML.
        identifier: of the document; the same page and identifier give the same bytes.

    Raises:
        OutsideFailed: Pango, which sets the text, is not installed.
    """
    try:
        from weasyprint import HTML, URLFetcher
    except OSError as error:
        raise OutsideFailed(
            "the PDF cannot be set: Pango is not installed.",
            remedy="Run tools/need_pango.sh, or leave the PDF out.",
        ) from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    made = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=("data",))).write_pdf(
        pdf_identifier=identifier.encode(), pdf_tags=True
    )
    return bytes(made or b"")
