"""The few-shot prompt format, for small base and instruct models: some examples in Python itself, then a beginning.

    propose deduction, abduction     propose induction         solve deduction          solve induction
    def f(a):                        def f(a):                 def f(a):                # f doubles its argument
        return a * 2                     return a * 2              return a * 2         assert f(3) == 6
    f(3)                             # f doubles its argument  assert f(3) == 6         def f(a):
                                     f(3)                                                   return a * 2
                                     f('ab')

Examples are parted by an empty line, and so is the completion from what a base model writes on: the empty line is the
stop string. A prompt ends inside its last word, so that no tokenizer that joins a space or a quote to what stands in
front of it is led astray.

Differs from the paper: no thinking, no tags and no instructions, since a model of some hundred million parameters
follows a pattern better than a request. The proposer's references are its last examples.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from azr_nb.config.assets import toml_asset
from azr_nb.programs import source as programs
from azr_nb.programs.syntax import parse
from azr_nb.prompts.base import PromptFormat, Unparsable, proposed_program, spoken, tidy_program
from azr_nb.tasks import Proposal, Task


@dataclass(frozen=True)
class Example:
    """A program with a message and calls, which a test runs."""

    program: str
    message: str
    pairs: tuple[tuple[str, str], ...]


EXAMPLES = tuple(
    Example(row["program"], row["message"], tuple(map(tuple, row["pairs"]))) for row in toml_asset("fewshot")["example"]
)
_CALL = re.compile(r"f\((.*)\)")
_EQUALS = re.compile(r"\)\s*==")


class FewshotFormat(PromptFormat):
    """Prompts and parsers for small language models. `num_inputs` is the number of induction inputs to propose."""

    name, title, stops = "fewshot", "few-shot", ("\n\n",)
    shots = len(EXAMPLES)  # solved examples in a prompt

    def __init__(
        self, num_inputs: int = 6, comments: bool = True, global_assignments: bool = False, prints: bool = False
    ) -> None:
        self.num_inputs = num_inputs
        self.removed = {"comments": comments, "global_assignments": global_assignments, "prints": prints}

    # --- prompts -------------------------------------------------------------------------------------------------
    def propose_prompt(self, task_type: str, references: list[Task], helpers: Sequence[Task] = ()) -> str:
        """The proposer's prompt. For induction the one reference is the program to ask about."""
        if task_type == "induction":
            shown = [self._asked(e.program, e.message, [i for i, _ in e.pairs[: self.num_inputs]]) for e in EXAMPLES]
            head = f"# Python functions, each with what it does and {self.num_inputs} different calls"
            return "\n\n".join([head, *shown, f"{references[0].program}\n# f"])
        shown = [f"{e.program}\nf({e.pairs[0][0]})" for e in EXAMPLES]
        shown += [f"{task.program}\nf({task.input})" for task in references]
        head = "# Short Python functions, all different, each with a call of it"
        if task_type == "error":
            head += " that may raise an exception"
        begun = "def f"
        if helpers:
            names = " and ".join(f"g_{i}" for i in range(len(helpers)))
            defined = programs.compose([task.program for task in helpers], "").rstrip("\n").replace("\n\n", "\n")
            begun = f"{defined}\n# f calls {names}\ndef f"
        return "\n\n".join([head, *shown, begun])

    def solve_prompt(self, task: Task) -> str:
        """The solver's prompt: the task with one part missing."""
        if task.type == "induction":
            shown = [self._described(e.message, e.pairs[:3]) + "\n" + e.program for e in EXAMPLES]
            asked = self._described(task.message, task.pairs[: task.visible])
            return "\n\n".join(["# Python functions, written from tests", *shown, f"{asked}\ndef f"])
        if task.type == "deduction":
            shown = [f"{e.program}\nassert f({i}) == {o}" for e in EXAMPLES for i, o in e.pairs[:1]]
            return "\n\n".join(
                [
                    "# Python functions with tests that pass",
                    *shown,
                    f"{_compact(task.program)}\nassert f({task.input}) ==",
                ]
            )
        if task.type == "error":
            shown = [f"{e.program}\n# f({i}) ends with NoError" for e in EXAMPLES[:2] for i, _ in e.pairs[:1]]
            shown.append("def f(a):\n    return a[5]\n# f([1, 2]) ends with IndexError")
            return "\n\n".join(
                [
                    "# Python functions, and the exception that a call ends with",
                    *shown,
                    f"{_compact(task.program)}\n# f({task.input}) ends with",
                ]
            )
        shown = [f"{e.program}\n# f(?) == {o}\nassert f({i}) == {o}" for e in EXAMPLES for i, o in e.pairs[:1]]
        return "\n\n".join(
            [
                "# Python functions with tests that pass",
                *shown,
                f"{_compact(task.program)}\n# f(?) == {task.output}\nassert f",
            ]
        )

    def _asked(self, program: str, message: str, inputs: Sequence[str]) -> str:
        return "\n".join([program, f"# f {message}", *(f"f({text})" for text in inputs)])

    def _described(self, message: str, pairs: Sequence[tuple[str, str]]) -> str:
        return "\n".join([f"# f {spoken(message)}", *(f"assert f({i}) == {o}" for i, o in pairs)])

    def answer_text(self, task_type: str, answer: str, scratchpad: Sequence[str] = ()) -> str:
        """The completion that gives an answer, as `parse_answer` reads it."""
        if task_type == "induction":
            return answer.removeprefix("def f")
        return f"({answer}) == " if task_type == "abduction" else f" {answer}"

    # --- parsers -------------------------------------------------------------------------------------------------
    def parse_proposal(
        self, task_type: str, text: str, references: list[Task], helpers: Sequence[Task] = ()
    ) -> Proposal:
        """Completion text to a proposal. Raises `Unparsable` for text that is malformed; nothing else."""
        if task_type == "induction":
            message, *lines = text.rstrip("\n").split("\n")
            if not message.strip():
                raise Unparsable("no words on what the function does")
            # a model that cannot count writes on; what is too much is left out
            inputs = tuple(_call(line) for line in lines[: self.num_inputs])
            if len(inputs) < self.num_inputs:
                raise Unparsable(f"{len(inputs)} calls instead of {self.num_inputs}")
            return Proposal(task_type, references[0].program, inputs, message.strip())
        head, line_break, last = text.rstrip().rpartition("\n")
        inputs = (_call(last),)
        if not line_break or not head.startswith("("):
            raise Unparsable("the text does not go on with the parameters of f")
        read = lambda text: tidy_program(text, self.removed["comments"])  # noqa: E731
        program = proposed_program("def f" + head, self.removed, helpers, read)
        return Proposal(task_type, program, inputs, helpers=len(helpers))

    def parse_answer(self, task_type: str, text: str) -> str:
        """Completion text to the answer's text. Raises `Unparsable` for text that is malformed; nothing else."""
        if task_type == "induction":
            if not text.startswith("("):
                raise Unparsable("the text does not go on with the parameters of f")
            return tidy_program("def f" + text)
        answer = text.strip()
        if not answer or "\n" in answer:
            raise Unparsable("no answer on a single line")
        if task_type == "abduction":
            return _asserted(answer)
        return answer


def _call(line: str) -> str:
    match = _CALL.fullmatch(line.strip())
    if match is None:
        raise Unparsable(f"{line[:40]!r} is not a call of f")
    return match[1]


def _asserted(text: str) -> str:
    """The arguments in `(...) == output`: up to the first `) ==` that closes a call; a text may hold one."""
    ends = [match.start() for match in _EQUALS.finditer(text)]
    if not text.startswith("(") or not ends:
        raise Unparsable("no arguments in brackets with == behind them")
    closing = next((end for end in ends if parse(f"f({text[1:end]})") is not None), ends[0])
    return text[1:closing].strip()


def _compact(program: str) -> str:
    """The program without empty lines, which part examples here; as it stands if they are inside a string."""
    return program if "'''" in program or '"""' in program else re.sub(r"\n\s*\n", "\n", program)
