"""The teacher's plans: minutes add up, and agree with the notebooks' heads and the exercises' cards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLANS = (ROOT / "docs/teaching/plans.md").read_text(encoding="utf-8")
SOURCES = sorted((ROOT / "tools/notebooks").glob("[0-9][0-9]*_*.py"))


def tables(text: str) -> list[list[list[str]]]:
    """All tables of a Markdown text, as rows of cells, without the line below the head."""
    blocks = re.findall(r"(?m)(?:^\|.*\n)+", text)
    rows = [[[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()] for block in blocks]
    return [[head, *body] for head, _, *body in rows]


INVENTORY, *PLAN_TABLES = tables(PLANS)
ROWS = {row[0].split()[0]: row for row in INVENTORY[1:-1]}


def cards(number: str) -> dict[str, int]:
    """Name and minutes of the exercises of a notebook, from the module of its checks."""
    path = ROOT / f"azr_nb/course/exercises/notebook_{number}.py"
    found = re.findall(r'(?m)^@exercise\(\s*"\d\d[a-z]?\.(\w+)",[^\n]*?minutes=(\d+)', path.read_text(encoding="utf-8"))
    return {name: int(minutes) for name, minutes in found}


def test_the_plans_are_there():
    minutes = [int(table[-1][1]) for table in PLAN_TABLES]
    assert minutes == [90, 480, 180, 180, 180, 180]


@pytest.mark.parametrize("table", PLAN_TABLES, ids=lambda table: table[1][0])
def test_minutes_of_a_plan_add_up(table):
    assert table[0][1] == "minutes" and table[-1][0] == "together"
    assert sum(int(row[1]) for row in table[1:-1]) == int(table[-1][1])


def test_the_inventory_adds_up():
    numbers = [[int(cell) for cell in row[1:4]] for row in INVENTORY[1:]]
    assert all(read + exercises == both for read, exercises, both in numbers)
    assert [sum(column) for column in zip(*numbers[:-1], strict=True)] == numbers[-1]
    assert list(ROWS) == [source.stem.partition("_")[0] for source in SOURCES]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_inventory_agrees_with_heads_and_cards(source):
    number = source.stem.partition("_")[0]
    row, exercises = ROWS[number], cards(number)
    head = re.search(r"\| minutes \| (\d+) to read", source.read_text(encoding="utf-8"))
    assert exercises and head and int(row[1]) == int(head[1])
    assert int(row[2]) == sum(exercises.values())
    assert row[4] == ", ".join(f"{name} {minutes}" for name, minutes in exercises.items())


def test_exercises_that_the_plans_name_exist():
    for number, name in re.findall(r"`(\d\d[a-z]?)\.(\w+)`", PLANS):
        assert name in cards(number), f"{number}.{name}"


# --- a page for each notebook ----------------------------------------------------------------------------------------
SECTIONS = (
    "Objectives, Ninety minutes, What goes wrong, Answers to Recall, The open problem, Discussion, Rubric, "
    "Exit ticket, Homework variant"
).split(", ")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_notebook_has_a_page_for_its_teacher(source):
    text = (ROOT / f"docs/teaching/{source.stem}.md").read_text(encoding="utf-8")
    number, notebook = source.stem.partition("_")[0], source.read_text(encoding="utf-8")
    assert text.startswith(f"# Teaching {number}: ") and re.findall(r"(?m)^## (.+)$", text) == SECTIONS
    objectives, minutes, *_ = tables(text)
    assert sum(int(row[1]) for row in minutes[1:-1]) == int(minutes[-1][1]) == 90
    told = " ".join(cell for row in objectives for cell in row)
    assert all(f"`{number}.{name}`" in told for name in cards(number))
    named = {(a, b) for a, b in re.findall(r"`(\d\d[a-z]?)\.(\w+)`", text)}
    assert all(name in cards(other) for other, name in named)
    recall = notebook[notebook.index("### Recall") :].partition("### An open problem")[0]
    answers = text[text.index("## Answers to Recall") :].partition("## The open problem")[0]
    assert len(re.findall(r"(?m)^\d+\. ", answers)) == len(re.findall(r"(?m)^# \d+\. ", recall))
