"""The report on a class as text for the screen and as one HTML page.

The templates are in assets. All that students wrote is hostile text: on the page it is escaped, and the page has no
scripts and loads nothing; its content security policy forbids both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jinja2

from azr_nb.course.class_report import MARKS_AND_NONE, ExerciseRow, StudentNotebook, class_table, stuck
from azr_nb.course.texts import ASSETS


@dataclass(frozen=True)
class Part:
    """What is said about one notebook of the course."""

    number: str
    notebooks: list[StudentNotebook]
    rows: list[ExerciseRow]
    stuck: dict[str, list[tuple[int, str]]]


def parts_of(notebooks: Sequence[StudentNotebook]) -> list[Part]:
    """The readable notebooks by their number, each part with its counts."""
    groups: dict[str, list[StudentNotebook]] = {}
    for one in notebooks:
        if not one.fault:
            groups.setdefault(one.number, []).append(one)
    return [Part(number, group, class_table(group), stuck(group)) for number, group in sorted(groups.items())]


def class_page(notebooks: Sequence[StudentNotebook]) -> str:
    """The report as one self-contained HTML page."""
    return _written("class_page.html.j2", notebooks, escaped=True)


def class_text(notebooks: Sequence[StudentNotebook]) -> str:
    """The report as text: counts by exercise, where people got stuck, and a line per student."""
    lines = _written("class_report.txt.j2", notebooks, escaped=False).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def _written(name: str, notebooks: Sequence[StudentNotebook], escaped: bool) -> str:
    environment = jinja2.Environment(autoescape=escaped, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string((ASSETS / name).read_text(encoding="utf-8"))
    unreadable = [one for one in notebooks if one.fault]
    return template.render(parts=parts_of(notebooks), marks=MARKS_AND_NONE, unreadable=unreadable)
