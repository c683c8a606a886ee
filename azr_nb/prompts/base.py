"""What a prompt format is, and how the programs in a completion are read, whatever the prompt format."""

from __future__ import annotations

import ast
import tokenize
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azr_nb.programs import source as programs
from azr_nb.programs.renaming import as_f
from azr_nb.programs.syntax import FAILURES, read
from azr_nb.tasks import Proposal, Task

LONGEST = 4_000  # characters of a program
PROGRAM = "def f(a):\n    return a[1:] + 'x'\nassert f('abc') == 'bcx'\n\n# done"  # what a tokenizer has to spell


class Unparsable(ValueError):
    """The completion is not of the prompt format's form; the message says what is missing."""


class PromptFormat(ABC):
    """How tasks become prompts, and completions become proposals and answers.

    A completion ends at an end-of-text token or at one of `stops`, which with `keep_stop` is a part of its text.
    `templated` says that prompts are whole as they stand, with the special tokens of a chat template. A tokenizer has
    to give back the text of `probe`.
    """

    name: str
    title: str  # in words
    stops: tuple[str, ...] = ()
    keep_stop = False
    templated = False
    probe = PROGRAM

    @abstractmethod
    def propose_prompt(self, task_type: str, references: list[Task], helpers: Sequence[Task] = ()) -> str:
        """The proposer's prompt. For induction the one reference is the program to ask about.

        With `helpers` the proposal has to build on these earlier tasks.
        """

    @abstractmethod
    def solve_prompt(self, task: Task) -> str:
        """The solver's prompt: the task with one part missing."""

    @abstractmethod
    def answer_text(self, task_type: str, answer: str, scratchpad: Sequence[str] = ()) -> str:
        """The completion that gives an answer, as `parse_answer` reads it, behind a scratchpad where there is room."""

    def before_answer(self, text: str) -> str | None:
        """What stands before the answer in a completion, with the mark between them; None where there is no mark, or
        where this prompt format has none.
        """
        return None

    @abstractmethod
    def parse_proposal(
        self, task_type: str, text: str, references: list[Task], helpers: Sequence[Task] = ()
    ) -> Proposal:
        """Completion text to a proposal. Raises `Unparsable` for text that is malformed; nothing else."""

    @abstractmethod
    def parse_answer(self, task_type: str, text: str) -> str:
        """Completion text to the answer's text. Raises `Unparsable` for text that is malformed; nothing else."""


def tokenizer_of(inner: Any):
    """A `PreTrainedTokenizerFast` around a tokenizer that has `<pad>`, `<eos>` and `<unk>`."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )


def proposed_program(
    text: str, removed: Mapping[str, bool], helpers: Sequence[Task], read: Callable[[str], str]
) -> str:
    """A proposal's program: without what the run removes, spelt by `read`, and behind the helpers that it calls.

    Raises `Unparsable` where `read` does.
    """
    program = read(programs.cleaned(text, **removed) if len(text) <= LONGEST else text)
    return programs.compose([task.program for task in helpers], program) if helpers else program


def tidy_program(text: str, comments: bool = True) -> str:
    """The program in the one spelling of `ast.unparse`, which takes out comments; without `comments` as it was written.

    Raises `Unparsable` if it is not a program of exactly one function f.
    """
    tree = _tree(text)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if len(functions) != 1 or len(tree.body) != 1 or functions[0].name != "f":
        raise Unparsable("not exactly one function named f")
    return _written(tree) if comments else text.strip("\n")


def whole_program(text: str, comments: bool = True) -> str:
    """A program with imports, classes and several functions; without an f, its first function gets that name.

    In the one spelling of `ast.unparse`, which takes out comments; without `comments` as it was written. Raises
    `Unparsable` if it is not a program with a function, or if the name cannot be changed. As in the released code
    the first function is the one that is called f, but by scopes and not as a word in the text.
    """
    tree = _tree(text)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if not functions:
        raise Unparsable("no function")
    if any(function.name == "f" for function in functions):
        return _written(tree) if comments else text.strip("\n")
    try:
        named = as_f(text, functions[0].name)
        return _written(_tree(named)) if comments else named.strip("\n")
    except (ValueError, RecursionError, tokenize.TokenError) as error:
        raise Unparsable(f"no function f, and {error}"[:200]) from None


def _tree(text: str) -> ast.Module:
    if len(text) > LONGEST:
        raise Unparsable(f"the program is longer than {LONGEST} characters")
    try:
        return read(text)
    except FAILURES as error:
        raise Unparsable(f"not a Python program ({type(error).__name__})") from None


def _written(tree: ast.Module) -> str:
    try:
        return ast.unparse(tree)
    except FAILURES as error:
        raise Unparsable(f"not a Python program ({type(error).__name__})") from None


def spoken(message: str) -> str:
    """An induction message in words: those that name operations, such as `#* 3 #+ 2`, are put into a phrase."""
    words = message.split()
    if not words or not all(word.startswith("#") or not word[0].isalpha() for word in words):
        return message.strip()
    if words == ["#same"]:
        return "gives back its argument"
    return "uses " + " ".join(word.removeprefix("#") for word in words)
