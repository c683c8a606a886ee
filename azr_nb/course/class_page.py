"""The report on a class as text for the screen and as one HTML page.

All that students wrote is hostile text: the template escapes it, and the page has no scripts and loads nothing; its
content security policy forbids both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jinja2

from azr_nb.course.class_report import MARKS_AND_NONE, ExerciseRow, StudentNotebook, class_table, stuck

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Class report</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 1.5rem; max-width: 64rem; font: 16px/1.5 system-ui, sans-serif; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #8888; text-align: left; vertical-align: top; }
td.number, td.mark { text-align: center; font-variant-numeric: tabular-nums; }
/* what students wrote reads from left to right, whatever characters are in it */
.theirs { direction: ltr; unicode-bidi: isolate-override; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>Class report</h1>
<p>{% for name, mark in marks.items() %}{{ mark }} {{ name }}{{ ", " if not loop.last }}{% endfor %}.
Not reached: the check has shown nothing, as the notebook was not run so far or stopped before.
A notebook is taken at its word: its outputs are what is in the file.</p>
{% for part in parts %}
<h2>Notebook {{ part.number }}: {{ part.notebooks | length }} handed in</h2>
<div class="wide"><table>
<tr><th>exercise</th><th>title</th>{% for name, mark in marks.items() %}<th>{{ mark }} {{ name }}</th>{% endfor %}</tr>
{% for row in part.rows %}
<tr><td class="theirs">{{ row.name }}</td><td>{{ row.title }}</td>
{% for name in marks %}<td class="number">{{ row.counts[name] }}</td>{% endfor %}</tr>
{% endfor %}
</table></div>
{% if part.stuck %}<h3>Where people got stuck</h3>
<ul>{% for name, messages in part.stuck.items() %}<li class="theirs">{{ name }}
<ul>{% for count, message in messages %}<li class="theirs">{{ count }} × {{ message }}</li>{% endfor %}</ul></li>
{% endfor %}</ul>{% endif %}
<h3>By student</h3>
<div class="wide"><table>
<tr><th>student</th>{% for row in part.rows %}<th class="theirs">{{ row.name }}</th>{% endfor %}
<th>first error</th></tr>
{% for one in part.notebooks %}
<tr><th class="theirs">{{ one.student }}</th>
{% for row in part.rows %}{% set status = one.status(row.name) %}
<td class="mark" title="{{ status }}">{{ marks[status] }}</td>{% endfor %}
<td class="theirs">{{ one.stopped }}</td></tr>
{% endfor %}
</table></div>
{% endfor %}
{% if unreadable %}<h2>Left out</h2>
<ul>{% for one in unreadable %}<li class="theirs">{{ one.path }}: {{ one.fault }}</li>{% endfor %}</ul>{% endif %}
</body>
</html>
"""


@dataclass(frozen=True)
class Part:
    """What is said about one notebook of the course."""

    number: str
    notebooks: list[StudentNotebook]
    rows: list[ExerciseRow]
    stuck: dict[str, list[tuple[int, str]]]


def parts_of(notebooks: Sequence[StudentNotebook]) -> list[Part]:
    """The readable notebooks by their number, each part with its counts."""
    readable = [one for one in notebooks if not one.fault]
    groups = {
        number: [one for one in readable if one.number == number] for number in sorted({one.number for one in readable})
    }
    return [Part(number, group, class_table(group), stuck(group)) for number, group in groups.items()]


def class_page(notebooks: Sequence[StudentNotebook]) -> str:
    """The report as one self-contained HTML page."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(PAGE).render(
        parts=parts_of(notebooks), marks=MARKS_AND_NONE, unreadable=[one for one in notebooks if one.fault]
    )


def class_text(notebooks: Sequence[StudentNotebook]) -> str:
    """The report as text: counts by exercise, where people got stuck, and a line per student."""
    lines = [", ".join(f"{mark} {name}" for name, mark in MARKS_AND_NONE.items())]
    for part in parts_of(notebooks):
        wide = max((len(row.name) for row in part.rows), default=0) + 2
        lines += [
            "",
            f"Notebook {part.number}: {len(part.notebooks)} handed in",
            f"{'exercise':{max(wide, 10)}}" + "".join(f"{name:>13}" for name in MARKS_AND_NONE),
        ]
        for row in part.rows:
            counts = "".join(f"{count:13}" for count in row.counts.values())
            lines.append(f"{row.name:{max(wide, 10)}}{counts}  {row.title}".rstrip())
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
