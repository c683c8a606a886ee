"""From what a model wrote to a program that defines the function asked for.

Base models go on from the prompt, and on and on: `FUNCTION_STOPS` says where a sampler may end. Chat models write a
whole function into a fenced block, mostly between sentences; do not sample those with stops, which would end the text
at the function itself.

Source of the stops: Chen et al. 2021, section 2.1, with assertions and fences as later harnesses have them.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence

from azr_nb.programs.syntax import FUNCTIONS, parse

FUNCTION_STOPS = ("\nclass ", "\ndef ", "\n#", "\n@", "\nif ", "\nprint(", "\nassert ", "\n```")
ENDS = 40  # fenced blocks, and ends of a function without a fence, that are tried at most

_FENCE = re.compile(r"^[ \t]*```[\w+-]*[ \t]*\n(.*?)(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^(?:from|import|def|async def|class)\b|^@", re.MULTILINE)


def cut(text: str, stops: Sequence[str]) -> str:
    """The text before the first of the stops."""
    return text[: min((at for at in map(text.find, stops) if at >= 0), default=len(text))]


def extract_function(prompt: str, completion: str, entry_point: str) -> str:
    """The program that a completion stands for: the first reading that is Python and defines the entry point.

    Readings, in order: the prompt with an indented continuation, cut at the stops; a fenced block with the whole
    function, behind what stands above the function in the prompt; the same without a fence; the prompt with a
    continuation that is not indented; the prompt with a fenced block. If none will do, the first of them.
    """
    first = ""
    for program in _readings(prompt, completion, entry_point):
        first = first or program
        if defines(program, entry_point):
            return program
    return first or prompt + completion


def defines(program: str, name: str) -> bool:
    """Whether a text is Python and gives the name a meaning at its top level, as a function or by assignment."""
    tree = parse(program)
    return tree is not None and any(
        node.name == name
        if isinstance(node, FUNCTIONS)
        else isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        for node in tree.body
    )


def _readings(prompt: str, completion: str, entry_point: str) -> Iterator[str]:
    head = re.compile(rf"^(?:async )?def {re.escape(entry_point)}\b", re.MULTILINE)
    found = head.search(prompt)
    above = prompt[: found.start()] if found else ""
    stops = FUNCTION_STOPS
    blocks = _FENCE.findall(completion)[:ENDS]
    written = completion.lstrip("\r\n")
    if written.startswith(("  ", "\t")) and not written.lstrip().startswith("```"):
        yield prompt + cut(completion, stops)
    for block in map(textwrap.dedent, blocks):
        if head.search(block):
            yield above + block
    if head.search(completion):
        start = _CODE.search(completion)
        for text in (completion, *_prefixes(completion[start.start() :] if start else "")):
            if head.search(text) and parse(text) is not None:
                yield above + text
                break
    if cut(completion, stops).strip():
        yield prompt + cut(completion, stops)
    for block in blocks:
        yield prompt + block


def _prefixes(text: str) -> Iterator[str]:
    """The text up to each of its first lines without indentation, longest first: what follows code may be prose."""
    ends = [match.start() for _, match in zip(range(ENDS), re.finditer(r"^\S", text, re.MULTILINE), strict=False)]
    if len(ends) < ENDS:
        yield text
    for end in reversed(ends):
        yield text[:end]
