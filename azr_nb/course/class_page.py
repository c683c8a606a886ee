"""The report on a class as text for the screen and as one HTML page.

All that students wrote is hostile text: the page's template, assets/class_page.html.j2, escapes it. The page has no
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
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string((ASSETS / "class_page.html.j2").read_text(encoding="utf-8"))
    unreadable = [one for one in notebooks if one.fault]
    return template.render(parts=parts_of(notebooks), marks=MARKS_AND_NONE, unreadable=unreadable)


def class_text(notebooks: Sequence[StudentNotebook]) -> str:
    """The report as text: counts by exercise, where people got stuck, and a line per student."""
    lines = [", ".join(f"{mark} {name}" for name, mark in MARKS_AND_NONE.items())]
    for part in parts_of(notebooks):
        wide = max(8, *(len(row.name) for row in part.rows)) + 2
        head = f"{'exercise':{wide}}" + "".join(f"{name:>13}" for name in MARKS_AND_NONE)
        lines += ["", f"Notebook {part.number}: {len(part.notebooks)} handed in", head]
        for row in part.rows:
            counts = "".join(f"{count:13}" for count in row.counts.values())
            lines.append(f"{row.name:{wide}}{counts}  {row.title}".rstrip())
        if part.stuck:
            lines.append("Where people got stuck")
        for name, messages in part.stuck.items():
            lines += [f"  {name}: {count} × {message}" for count, message in messages]
        lines.append("By student, the exercises in the order above")
        wide = max(len(one.student) for one in part.notebooks) + 2
        for one in part.notebooks:
            marks = " ".join(MARKS_AND_NONE[one.status(row.name)] for row in part.rows)
            lines.append(f"  {one.student:{wide}}{marks}  {one.stopped}".rstrip())
    faults = [f"  {one.path}: {one.fault}" for one in notebooks if one.fault]
    return "\n".join([*lines, *(["", "Left out", *faults] if faults else [])])
