"""A quiz at the end of a notebook: choose first, then open the answer, which says why. It needs no running kernel."""

from __future__ import annotations

import html
from dataclasses import dataclass

from azr_nb.config.assets import toml_asset
from azr_nb.runs.pages import Page


@dataclass(frozen=True)
class Question:
    """A question with its choices, the number of the right one (from 0), and why it is right."""

    text: str
    choices: tuple[str, ...]
    right: int
    why: str


def questions(notebook: str) -> list[Question]:
    """The questions of a notebook. Raises `KeyError` with the notebooks that have some."""
    known = toml_asset("quiz")
    if notebook not in known:
        raise KeyError(f"notebook {notebook!r} has no quiz: {', '.join(known)} have one")
    return [Question(**row | {"choices": tuple(row["choices"])}) for row in known[notebook]]


def quiz(notebook: str) -> Page:
    """The questions of a notebook, each with its answer folded below it."""
    rows = []
    for number, asked in enumerate(questions(notebook), 1):
        letters = "abcdefg"[: len(asked.choices)]
        choices = "".join(
            f'<div style="margin:2px 0 2px 16px">{letter}) {html.escape(choice)}</div>'
            for letter, choice in zip(letters, asked.choices, strict=True)
        )
        answer = f"<b>{letters[asked.right]})</b> {html.escape(asked.why)}"
        rows.append(
            f'<div style="margin:0 0 14px"><div><b>{number}.</b> {html.escape(asked.text)}</div>{choices}'
            f'<details style="margin:4px 0 0 16px"><summary>Answer</summary>{answer}</details></div>'
        )
    return Page("".join(rows))
