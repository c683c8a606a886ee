"""The report on a class as text for the screen and as one HTML page.

The templates are in assets. All that students wrote is hostile text: on the page it is escaped, and the page has no
scripts and loads nothing; its content security policy forbids both.
"""

from collections.abc import Sequence
from typing import Any

from azr_nb.course.class_report import MARKS_AND_NONE, StudentNotebook, class_table, guess_table, stuck
from azr_nb.course.texts import written


def parts_of(notebooks: Sequence[StudentNotebook]) -> dict[str, Any]:
    """What the templates show: the readable notebooks by their number, each with its counts, and the others."""
    readable = [one for one in notebooks if not one.fault]
    parts = []
    for number in sorted({one.number for one in readable}):
        group = [one for one in readable if one.number == number]
        found = dict(rows=class_table(group), stuck=stuck(group), guesses=guess_table(group))
        parts.append(dict(number=number, notebooks=group, **found))
    return dict(parts=parts, marks=MARKS_AND_NONE, unreadable=[one for one in notebooks if one.fault])


def class_page(notebooks: Sequence[StudentNotebook]) -> str:
    """The report as one self-contained HTML page."""
    return written("class_page.html.j2", **parts_of(notebooks))


def class_text(notebooks: Sequence[StudentNotebook]) -> str:
    """The report as text: counts by exercise, where people got stuck, and a line per student."""
    lines = written("class_report.txt.j2", escaped=False, **parts_of(notebooks)).splitlines()
    return "\n".join(line.rstrip() for line in lines)
