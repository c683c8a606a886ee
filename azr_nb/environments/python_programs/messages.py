"""Messages of induction tasks: what a program does, in a few words that can be read off it."""

from __future__ import annotations

import re

OPERATIONS = tuple(
    "for if else in len sum max min abs str sorted append upper replace count join "
    "[::-1] [0] [-1] // == != += -= *= + - * % > <".split()
)
_HINT = re.compile(
    "|".join(rf"\b{word}\b" if word.isalpha() else re.escape(word) for word in OPERATIONS) + r"|'[^']*'|\d+"
)
MAX_HINT = 9


def hint(program: str) -> str:
    """The message of a warm-up induction task: the program's operations and constants in the order they appear.

    It plays the part of the paper's message, a description in words: `#* 3 #+ 2` for `return a * 3 + 2`.
    """
    body = program.partition("\n")[2]
    found = [match[0] for match in _HINT.finditer(body)][:MAX_HINT]
    return " ".join(f"#{word}" if word in OPERATIONS else word for word in found) or "#same"
