"""Tables and blocks of text as HTML, for notebooks and reports.

All model text goes through `html.escape`; nothing a model wrote is ever markup.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

PRE = "white-space:pre-wrap;font-family:monospace;font-size:12px;margin:0;text-align:left"
CELL = "border:1px solid #999;padding:4px 8px;vertical-align:top;text-align:left"


class Page(str):
    """HTML that a notebook shows as such."""

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<page of {len(self)} characters>"  # beside the page itself, a second copy would only take room


def pre(text: str) -> str:
    """Model text as an HTML block, shown exactly as it is."""
    return f'<pre style="{PRE}">{html.escape(text)}</pre>'


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Page:
    """An HTML table; cells are escaped unless they are `Page`s, and texts of several lines keep them."""

    def cell(value: object) -> str:
        if isinstance(value, Page):
            return value
        text = f"{value:.3g}" if isinstance(value, float) else str(value)
        return pre(text) if "\n" in text else html.escape(text)

    top = "".join(f'<th style="{CELL}">{html.escape(str(name))}</th>' for name in head)
    body = "".join("<tr>" + "".join(f'<td style="{CELL}">{cell(v)}</td>' for v in row) + "</tr>" for row in rows)
    return Page(f'<table style="border-collapse:collapse"><tr>{top}</tr>{body}</table>')
