"""A typed random-program grammar: the only source of data for the warm-up of the tiny policy.

Programs take one or two arguments (int, str or list of int), have a few statements and return one value. Every
program stays inside what the executor supports, and its text is already in the spelling of `ast.unparse`, so that
two programs are equal exactly when their texts are.

`Style` sets the length and the nesting: `OWN` is the warm-up's distribution, `HARDER` is longer and deeper.
"""

from __future__ import annotations

import ast
import random
import re
from dataclasses import dataclass

from azr_nb.environments.python_programs.statements import INDENT, LETTERS, Style, Writer, words

ARGUMENT_TYPES = ("int", "str", "list")
OWN = Style(statements=(0, 1, 1, 1, 2, 2), nesting=0.1, max_depth=2)
HARDER = Style(statements=(2, 3, 3, 4), nesting=0.3, max_depth=3)


@dataclass(frozen=True)
class Sample:
    """A program, the types of its arguments, and its statements one by one (for making relatives of it)."""

    program: str
    argument_types: tuple[str, ...]
    body: tuple[str, ...]


def render(argument_types: tuple[str, ...], body: list[str] | tuple[str, ...]) -> str:
    """The program's text from its body lines."""
    names = ", ".join("ab"[: len(argument_types)])
    text = f"def f({names}):\n" + "\n".join(INDENT + line for line in body)
    return ast.unparse(ast.parse(text))


def _all_used(body: list[str]) -> bool:
    """Whether every variable that a line changes is read by a later line, so that few lines are idle."""
    for i, line in enumerate(body[:-1]):
        changed = re.match(r" *([a-h])(?: [+*-]?= |\.append)", line)
        later = [rest.split(" = ", 1)[-1] for rest in body[i + 1 :]]
        if changed and not any(changed[1] in words(rest) for rest in later):
            return False
    return True


def sample_program(rng: random.Random, style: Style = OWN) -> Sample:
    """Draw one program. It may still fail on some inputs (an index out of range, say): run it to know."""
    while True:
        sample = _sample_once(rng, style)
        if sample is not None:
            return sample


def _sample_once(rng: random.Random, style: Style) -> Sample | None:
    types = tuple(rng.choice(ARGUMENT_TYPES) for _ in range(rng.choice((1, 1, 2))))
    writer = Writer(rng, style)
    writer.scope.update(zip("ab", types, strict=False))
    body: list[str] = []
    for _ in range(rng.choice(style.statements)):
        body += writer.statement()
    newest = list(writer.scope)[-1]
    if body and rng.random() < 0.35:
        body.append(f"return {newest}")
    else:
        # mostly of a type at hand, so that the result depends on what came before
        near = rng.choice((writer.scope[newest], rng.choice(list(writer.scope.values()))))
        kind = near if rng.random() < 0.6 else rng.choice(("int", "int", "str", "list", "bool"))
        body.append(f"return {writer.expression(kind)}")
    if not _all_used(body) or not any(name in words(" ".join(body)) for name in "ab"[: len(types)]):
        return None
    return Sample(render(types, body), types, tuple(body))


def sample_value(rng: random.Random, kind: str) -> object:
    """One value of an argument type, of the sizes that the tiny policy can read."""
    if kind == "int":
        return rng.randint(-9, 20) if rng.random() < 0.8 else rng.randint(0, 99)
    if kind == "str":
        return "".join(rng.choice(LETTERS) for _ in range(rng.randint(1, 4)))
    return [rng.randint(0, 9) if rng.random() < 0.9 else -rng.randint(1, 9) for _ in range(rng.randint(1, 4))]


def sample_input(rng: random.Random, types: tuple[str, ...]) -> str:
    """The argument text of one call."""
    return ", ".join(repr(sample_value(rng, kind)) for kind in types)


def relative(rng: random.Random, sample: Sample) -> str:
    """A near relative of a program: one line dropped, or one constant changed. It may not run."""
    body = list(sample.body)
    flat = [i for i, line in enumerate(body[:-1]) if not line.startswith((" ", "if", "for", "else"))]
    flat = [i for i in flat if not body[i + 1].startswith(" ")]
    if flat and rng.random() < 0.6:
        del body[rng.choice(flat)]
        return render(sample.argument_types, body)
    digits = [(i, j) for i, line in enumerate(body) for j, char in enumerate(line) if char.isdigit()]
    if digits:
        i, j = rng.choice(digits)
        body[i] = body[i][:j] + str(rng.randint(1, 9)) + body[i][j + 1 :]
    return render(sample.argument_types, body)
