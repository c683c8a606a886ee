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
from collections.abc import Callable
from dataclasses import dataclass

INDENT = "    "
LETTERS = "abcdehlorstxyz"
ARGUMENT_TYPES = ("int", "str", "list")


@dataclass(frozen=True)
class Style:
    """How large programs are: numbers of statements before `return`, and the odds of nesting an operand."""

    statements: tuple[int, ...]
    nesting: float
    max_depth: int


OWN = Style(statements=(0, 1, 1, 1, 2, 2), nesting=0.1, max_depth=2)
HARDER = Style(statements=(2, 3, 3, 4), nesting=0.3, max_depth=3)


@dataclass(frozen=True)
class Sample:
    """A program, the types of its arguments, and its statements one by one (for making relatives of it)."""

    program: str
    argument_types: tuple[str, ...]
    body: tuple[str, ...]


class _Writer:
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
            step = self.rng.choice((f"{total} += {item}", f"{total} += {item} * {self.rng.randint(2, 3)}",
                                    f"{total} = {total} * 2 + {item}", f"{total} = max({total}, {item})"))
        else:
            step = f"{total} += {self.rng.randint(1, 3)}"
        if step is None:
            return None
        lines = [f"{total} = {start}", f"for {item} in {source}:"]
        if self.rng.random() < 0.35:
            test = (f"{item} > {self.rng.randint(1, 7)}" if item_kind == "int"
                    else f"{item} {self.rng.choice(('==', '!='))} {self.constant('str')[:2]}'")
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


Form = Callable[[_Writer, int], "str | None"]


def _on(kind: str, template: str) -> Form:
    """A form around one variable of a type: a method call, a slice, a built-in."""

    def write(w: _Writer, depth: int) -> str | None:
        name = w.variable(kind)
        if name is None:
            return None
        return template.format(name, n=w.rng.randint(1, 3), k=w.rng.randint(1, 9), m=w.rng.randint(2, 5),
                               s=w.constant("str"), c=repr(w.rng.choice(LETTERS)), d=repr(w.rng.choice(LETTERS)))

    return write


def _two(kind: str, template: str) -> Form:
    """A form around two operands, at least one of which is no constant."""

    def write(w: _Writer, depth: int) -> str | None:
        left, right = w.operand(kind, depth, True), w.operand(kind, depth, True)
        if left == right and not template.startswith("{} +"):
            return None  # a - a, max(a, a) and the like teach nothing
        words = _words(f"{left} {right}")
        if not any(name in words for name in w.scope):
            return None
        return template.format(left, right)

    return write


_FORMS: dict[str, list[Form]] = {
    "int": [
        _two("int", "{} + {}"), _two("int", "{} + {}"), _two("int", "{} - {}"), _two("int", "{} - {}"),
        _on("int", "{} * {m}"), _on("int", "{} * {m}"), _on("int", "{} // {m}"), _on("int", "{} % {m}"),
        _two("int", "max({}, {})"), _two("int", "min({}, {})"), _on("int", "abs({})"), _on("str", "len({})"),
        _on("list", "len({})"), _on("list", "sum({})"), _on("list", "max({})"), _on("list", "min({})"),
        _on("list", "{}[0]"), _on("list", "{}[-1]"), _on("str", "{}.count({c})"),
    ],
    "str": [
        _two("str", "{} + {}"), _two("str", "{} + {}"), _on("str", "{} * {n}"), _on("str", "{}[::-1]"),
        _on("str", "{}[{n}:]"), _on("str", "{}[:{n}]"), _on("str", "{}.upper()"), _on("str", "{}.replace({c}, {d})"),
        _on("str", "{}[0]"), _on("str", "{}[-1]"), _on("int", "str({})"), _on("str", "''.join(sorted({}))"),
    ],
    "list": [
        _two("list", "{} + {}"), _on("list", "{}[::-1]"), _on("list", "{}[{n}:]"), _on("list", "{}[:{n}]"),
        _on("list", "sorted({})"), _on("list", "{} * 2"), _on("list", "[x + {k} for x in {}]"),
        _on("list", "[x * {m} for x in {}]"), _on("list", "[x for x in {} if x > {n}]"), _on("int", "[{}, {k}]"),
        _two("int", "[{}, {}]"), _on("str", "[len({}), {k}]"), _on("list", "{} + [{k}]"),
    ],
    "bool": [
        _two("int", "{} > {}"), _on("int", "{} > {k}"), _on("int", "{} < {k}"), _on("int", "{} % 2 == 0"),
        _on("int", "{} == {k}"), _on("str", "{c} in {}"), _on("list", "{k} in {}"), _on("str", "len({}) > {n}"),
        _on("list", "len({}) > {n}"),
    ],
}  # fmt: skip


def render(argument_types: tuple[str, ...], body: list[str] | tuple[str, ...]) -> str:
    """The program's text from its body lines."""
    names = ", ".join("ab"[: len(argument_types)])
    text = f"def f({names}):\n" + "\n".join(INDENT + line for line in body)
    return ast.unparse(ast.parse(text))


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", re.sub(r"'[^']*'", "", text)))


def _all_used(body: list[str]) -> bool:
    """Whether every variable that a line changes is read by a later line, so that few lines are idle."""
    for i, line in enumerate(body[:-1]):
        changed = re.match(r" *([a-h])(?: [+*-]?= |\.append)", line)
        later = [rest.split(" = ", 1)[-1] for rest in body[i + 1 :]]
        if changed and not any(changed[1] in _words(rest) for rest in later):
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
    writer = _Writer(rng, style)
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
    if not _all_used(body) or not any(name in _words(" ".join(body)) for name in "ab"[: len(types)]):
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
