"""Statements and expressions of random programs, drawn by type: what `grammar` puts programs together from.

A writer knows the variables in scope with their types, and draws forms (operators, methods, slices, loops, branches)
that fit them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from azr_nb.config.assets import toml_asset

INDENT = "    "
LETTERS = "abcdehlorstxyz"


@dataclass(frozen=True)
class Style:
    """How large programs are: numbers of statements before `return`, and the odds of nesting an operand."""

    statements: tuple[int, ...]
    nesting: float
    max_depth: int


def words(text: str) -> set[str]:
    """The names in a piece of code, outside of its strings."""
    return set(re.findall(r"[a-z]+", re.sub(r"'[^']*'", "", text)))


class Writer:
    """Writes expressions and statements of given types over the variables in scope."""

    def __init__(self, rng: random.Random, style: Style) -> None:
        self.rng, self.style = rng, style
        self.scope: dict[str, str] = {}

    # --- expressions ---------------------------------------------------------------------------------------------
    def atom(self, kind: str) -> str:
        names = [name for name, its in self.scope.items() if its == kind]
        if names and self.rng.random() < 0.8:
            # the newest variable is favoured, so that statements build on one another
            return names[-1] if self.rng.random() < 0.5 else self.rng.choice(names)
        return self.constant(kind)

    def constant(self, kind: str) -> str:
        rng = self.rng
        if kind == "int":
            return str(rng.randint(1, 9))
        if kind == "str":
            return repr("".join(rng.choice(LETTERS) for _ in range(rng.choice((1, 1, 2)))))
        if kind == "list":
            return "[" + ", ".join(str(rng.randint(0, 9)) for _ in range(rng.choice((1, 2, 2)))) + "]"
        return rng.choice(("True", "False"))

    def variable(self, kind: str) -> str | None:
        names = [name for name, its in self.scope.items() if its == kind]
        if not names:
            return None
        return names[-1] if self.rng.random() < 0.5 else self.rng.choice(names)

    def operand(self, kind: str, depth: int, bracket: bool = False) -> str:
        if depth < self.style.max_depth and self.rng.random() < self.style.nesting:
            text = self.expression(kind, depth + 1)
            return f"({text})" if bracket and " " in text else text
        return self.atom(kind)

    def expression(self, kind: str, depth: int = 1) -> str:
        if depth == 1 and kind != "bool" and self.rng.random() < self.style.nesting / 3:
            yes, no = self.operand(kind, depth), self.operand(kind, depth)
            return f"{yes} if {self.condition(depth)} else {no}"
        forms = _FORMS[kind]
        for _ in range(20):
            form = self.rng.choice(forms)
            text = form(self, depth)
            if text is not None:
                return text
        return self.atom(kind)

    def condition(self, depth: int = 1) -> str:
        return self.expression("bool", depth + 1)

    # --- statements ----------------------------------------------------------------------------------------------
    def target(self) -> tuple[str, str, str]:
        """A variable to assign (new or old), its type, and the operator."""
        rng = self.rng
        if rng.random() < 0.65:
            name = next(letter for letter in "abcdefgh" if letter not in self.scope)
            return name, rng.choice(("int", "int", "int", "str", "str", "list", "list")), "="
        name = rng.choice(list(self.scope))
        return name, self.scope[name], "="

    def assignment(self) -> list[str]:
        name, kind, operator = self.target()
        if kind in ("int", "str", "list") and name in self.scope and self.rng.random() < 0.5:
            sign = self.rng.choice(("+=", "-=", "*=")) if kind == "int" else "+="
            right = self.constant("int") if sign == "*=" else self.operand(kind, 1)
            return [f"{name} {sign} {right}"]
        text = self.expression(kind)
        self.scope[name] = kind
        return [f"{name} {operator} {text}"]

    def branch(self) -> list[str]:
        name = self.rng.choice(list(self.scope))
        kind = self.scope[name]
        lines = [f"if {self.condition()}:", INDENT + f"{name} = {self.expression(kind)}"]
        if self.rng.random() < 0.4:
            lines += ["else:", INDENT + f"{name} = {self.expression(kind)}"]
        return lines

    def loop(self) -> list[str] | None:
        source = self.variable(self.rng.choice(("list", "str")))
        if source is None:
            return None
        item = next(letter for letter in "xyz" if letter not in self.scope)
        kind = self.rng.choice(("int", "str" if self.scope[source] == "str" else "int", "list"))
        total = next(letter for letter in "cdefgh" if letter not in self.scope)
        start = {"int": self.rng.choice(("0", "1")), "str": "''", "list": "[]"}[kind]
        item_kind = "str" if self.scope[source] == "str" else "int"
        if kind == "list":
            step = f"{total} = [{item}] + {total}" if item_kind == "int" else None
        elif kind == "str":
            step = self.rng.choice((f"{total} = {item} + {total}", f"{total} += {item} * 2", f"{total} += {item}"))
        elif item_kind == "int":
            step = self.rng.choice(
                (
                    f"{total} += {item}",
                    f"{total} += {item} * {self.rng.randint(2, 3)}",
                    f"{total} = {total} * 2 + {item}",
                    f"{total} = max({total}, {item})",
                )
            )
        else:
            step = f"{total} += {self.rng.randint(1, 3)}"
        if step is None:
            return None
        lines = [f"{total} = {start}", f"for {item} in {source}:"]
        if self.rng.random() < 0.35:
            test = (
                f"{item} > {self.rng.randint(1, 7)}"
                if item_kind == "int"
                else f"{item} {self.rng.choice(('==', '!='))} {self.constant('str')[:2]}'"
            )
            lines += [INDENT + f"if {test}:", INDENT * 2 + step]
        else:
            lines.append(INDENT + step)
        self.scope[total] = kind
        return lines

    def append(self) -> list[str] | None:
        name = self.variable("list")
        return [f"{name}.append({self.operand('int', 1)})"] if name else None

    def statement(self) -> list[str]:
        roll = self.rng.random()
        lines: list[str] | None = None
        if roll < 0.16:
            lines = self.loop()
        elif roll < 0.22:
            lines = self.append()
        elif roll < 0.42:
            lines = self.branch()
        return lines or self.assignment()


Form = Callable[[Writer, int], "str | None"]


def _on(kind: str, template: str) -> Form:
    """A form around one variable of a type: a method call, a slice, a built-in."""

    def write(w: Writer, depth: int) -> str | None:
        name = w.variable(kind)
        if name is None:
            return None
        return template.format(
            name,
            n=w.rng.randint(1, 3),
            k=w.rng.randint(1, 9),
            m=w.rng.randint(2, 5),
            s=w.constant("str"),
            c=repr(w.rng.choice(LETTERS)),
            d=repr(w.rng.choice(LETTERS)),
        )

    return write


def _two(kind: str, template: str) -> Form:
    """A form around two operands, at least one of which is not a constant."""

    def write(w: Writer, depth: int) -> str | None:
        left, right = w.operand(kind, depth, True), w.operand(kind, depth, True)
        if left == right and not template.startswith("{} +"):
            return None  # a - a, max(a, a) and the like teach nothing
        used = words(f"{left} {right}")
        if not any(name in used for name in w.scope):
            return None
        return template.format(left, right)

    return write


_FORMS: dict[str, list[Form]] = {
    kind: [_two(row["two"], row["text"]) if "two" in row else _on(row["on"], row["text"]) for row in rows]
    for kind, rows in toml_asset("forms").items()
}
