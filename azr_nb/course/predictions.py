"""Guess first: a reader's prediction before a result, and how far off it was afterwards.

    guess = predict("11.edge", 40)
    guess.against(57)

The first line keeps the guess, and the second says in one sentence how it compares. Both work with the guess left open
as `...`, so that a notebook runs from top to bottom without any. What they show carries the guess for the class report.
"""

from __future__ import annotations

import html
import math
import numbers
from dataclasses import dataclass
from typing import Any

from azr_nb.config.assets import toml_asset

MIME = "application/x-azr-nb-prediction+json"


@dataclass(frozen=True)
class Asked:
    """A question that is guessed at: a title, and either the choices, or the unit of a number and how far is close."""

    title: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    near: float = 0.0

    def shown(self, value: Any) -> str:
        """A guess or a result in words."""
        return str(value) if self.choices else f"{value:.4g}{' ' if self.unit else ''}{self.unit}"


def asked(name: str) -> Asked:
    """The question of that name. Raises `KeyError` with those of its notebook."""
    known = toml_asset("predictions")
    if name not in known:
        beside = [other for other in known if other.partition(".")[0] == name.partition(".")[0]]
        raise KeyError(f"unknown prediction {name!r}: there are {', '.join(beside) or 'none'}")
    row = known[name]
    return Asked(**row | {"choices": tuple(row.get("choices", ()))})


@dataclass(frozen=True)
class Said:
    """One line below a cell, with the guess and the result (None while unknown) for the class report."""

    text: str
    name: str
    guess: Any = None
    result: Any = None

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        box = "border-left:4px solid #4393C3;padding:4px 10px"
        record = {"name": self.name, "guess": self.guess, "result": self.result}
        return {
            "text/plain": self.text,
            "text/html": f'<div style="{box}">{html.escape(self.text)}</div>',
            MIME: record,
        }


class Guess(Said):
    """A guess that was made, or left open; `against` compares it with the result."""

    def against(self, result: Any) -> Said:
        """Compare the guess with a result, in one sentence."""
        question = asked(self.name)
        result = result if question.choices else float(result)
        it_is = f"it is {question.shown(result)}"
        if self.guess is None:
            text = f"No guess was made; {it_is}."
        elif question.choices:
            text = f"You guessed {self.guess}, and {it_is}." if self.guess != result else f"You guessed it: {it_is}."
        else:
            off = self.guess - result
            unit = "points" if question.unit == "%" else question.unit
            words = f"{abs(off):.4g} {unit} too {'high' if off > 0 else 'low'}".replace("  ", " ")
            words = "close" if abs(off) <= question.near else words
            text = f"You guessed {question.shown(self.guess)}, and {it_is}: {words}."
        return Said(text, self.name, self.guess, result)


def predict(name: str, guess: Any = ...) -> Guess:
    """Keep a guess at a result that is still to come: one of the choices or a number, as the question has it.

    Raises `KeyError` for an unknown question; a guess that is neither is said to be none, and the notebook goes on.
    """
    question = asked(name)
    if guess is ... or guess is None:
        wanted = " or ".join(map(repr, question.choices)) or f"a number{' in ' if question.unit else ''}{question.unit}"
        return Guess(f"Your guess: put {wanted} in place of the three dots, and run this cell again.", name)
    if question.choices and isinstance(guess, str) and guess in question.choices:
        return Guess(f"Noted: {guess}.", name, guess)
    number = isinstance(guess, numbers.Real) and not isinstance(guess, bool) and math.isfinite(guess)
    if not question.choices and number:
        return Guess(f"Noted: {question.shown(float(guess))}.", name, float(guess))
    wanted = f"one of {', '.join(question.choices)}" if question.choices else "a number"
    return Guess(f"{guess!r:.60} is not {wanted}: nothing is noted.", name)
