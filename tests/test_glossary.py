"""The glossary has the words that code and course use, each once."""

from __future__ import annotations

from pathlib import Path

from azr_nb.tasks import ALL_TASK_TYPES

PAGE = Path(__file__).resolve().parents[1] / "notebooks" / "glossary.md"


def test_every_word_once_and_every_task_type_there():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text().splitlines()
        if line.startswith("| ")
    ][1:]
    words = [row[0] for row in rows]
    assert len(words) == len(set(words)) >= 30 and all(len(row) == 5 and row[1] for row in rows)
    for kind in ALL_TASK_TYPES:
        assert kind in words or f"{kind} task" in words
    for word in (
        "proposer",
        "solver",
        "verdict",
        "solve rate",
        "learnability",
        "advantage",
        "references",
        "adapter",
        "frontier",
    ):
        assert word in words
