"""The glossary has the words that code and course use, each once."""

from __future__ import annotations

from pathlib import Path

from azr_nb import RewardRecord, Verdict, make_config, reward_parts
from azr_nb.config.assets import toml_asset
from azr_nb.tasks import ALL_TASK_TYPES

PAGE = Path(__file__).resolve().parents[1] / "notebooks" / "glossary.md"


def rows_of(text: str) -> list[list[str]]:
    """The rows of the first table of a page, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines][1:]


def test_gates_have_the_verdicts_and_the_rewards_that_the_page_says():
    rows = rows_of(PAGE.read_text(encoding="utf-8").partition("## Gates")[2])
    config, stopped = make_config("classroom"), set()
    for gate, verdicts, _, proposal, answer in rows[:-1]:
        for status in verdicts.replace("`", "").split(", "):
            stopped.add(status)
            for role, cell in (("propose", proposal), ("solve", answer)):
                record = RewardRecord(role, "deduction", Verdict(status), config=config)
                if cell:
                    assert sum(reward_parts(record).values()) == float(cell.split()[0]), (gate, role)
    named = {status for gates in toml_asset("gates").values() for found in gates.values() for status in found}
    assert stopped == named | {"wrong"}


def test_every_word_once_and_every_task_type_there():
    rows = rows_of(PAGE.read_text(encoding="utf-8").partition("## Gates")[0])
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
