"""The think-and-answer prompt format, for models that follow instructions: the paper's form in our own words.

A prompt says what is wanted and ends in `<think>`; a completion goes on thinking, closes with `</think>` and gives its
answer between `<answer>` and `</answer>`, in fenced blocks that are named python, input, output or message.

What stands outside of this form is a format error, as in the paper (section 3.2 and its Fig. 33). As in the released
code an answer of the solver without a fence counts as a whole, and of several fences of one name a program or input
is the first. Differs from both: the difficulty that the two proposers are told to look for is the one that their task
has (the paper crosses them), the tags are read literally, once each and in order, and a model's own chat template
wraps the prompt where it has one.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from azr_nb.config.assets import toml_asset
from azr_nb.programs import source as programs
from azr_nb.programs.syntax import FUNCTIONS, parse
from azr_nb.prompts.base import PromptFormat, Unparsable, proposed_program, spoken, whole_program
from azr_nb.tasks import Proposal, Task

TAGS = ("<think>", "</think>", "<answer>", "</answer>")
# a fence behind other text on its line, which Markdown does not take for one and models write
_LATE_FENCE = re.compile(r"(?m)(?<=[^\s`~])[ \t]*(```+|~~~+)([ \t]*\w*[ \t]*)$")
_DEFINITIONS = (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)
TEXTS = toml_asset("r1")


def fence(name: str, text: str) -> str:
    return f"```{name}\n{text}\n```"


class R1Format(PromptFormat):
    """Prompts and parsers for instruction-following models.

    `template` turns messages into prompt text, as `tokenizer.apply_chat_template` does; without it the prompt is a
    plain dialogue.
    """

    name, title, stops, keep_stop = "r1", "think-and-answer", ("</answer>",), True

    def __init__(
        self,
        num_inputs: int = 6,
        comments: bool = True,
        global_assignments: bool = False,
        prints: bool = False,
        template: Any = None,
    ) -> None:
        self.num_inputs, self.template = num_inputs, template
        self.removed = {"comments": comments, "global_assignments": global_assignments, "prints": prints}
        self.templated = template is not None

    # --- prompts -------------------------------------------------------------------------------------------------
    def _prompt(self, request: str) -> str:
        if self.template is None:
            return TEXTS["plain"].format(rules=TEXTS["rules"], request=request)
        begun = self.template([{"role": "user", "content": f"{request}\n\n{TEXTS['rules']}"}])
        # some templates open the thoughts themselves
        return begun if begun.rstrip().endswith("<think>") else begun + "<think>"

    def propose_prompt(self, task_type: str, references: list[Task], helpers: Sequence[Task] = ()) -> str:
        """The proposer's prompt. For induction the one reference is the program to ask about."""
        texts = TEXTS["propose"]
        if task_type == "induction":
            program = fence("python", references[0].program)
            return self._prompt(texts["induction"].format(program=program, inputs=self.num_inputs))
        known = ""
        if references:
            known = texts["known"].format(shown="\n\n".join(_shown(task, task_type) for task in references))
        if helpers:
            defined = programs.compose([task.program for task in helpers], "").rstrip("\n")
            known += texts["helpers"].format(defined=fence("python", defined))
        words = dict(hard=TEXTS["hard"][task_type], properties=TEXTS["properties"], known=known)
        return self._prompt(texts["program"].format(**words))

    def solve_prompt(self, task: Task) -> str:
        """The solver's prompt: the task with one part missing."""
        shown = "\n".join(
            f"{fence(f'input_{k}', i)}\n{fence(f'output_{k}', o)}"
            for k, (i, o) in enumerate(task.pairs[: task.visible], 1)
        )
        blocks = {"python": task.program, "input": task.input, "output": task.output}
        words = {"program" if name == "python" else name: fence(name, text) for name, text in blocks.items()}
        return self._prompt(TEXTS["solve"][task.type].format(**words, message=spoken(task.message), shown=shown))

    def answer_text(self, task_type: str, answer: str, scratchpad: Sequence[str] = ()) -> str:
        """The completion that gives an answer, as `parse_answer` reads it; its thoughts are empty."""
        name = {"induction": "python", "abduction": "input"}.get(task_type, "output")
        return f"</think>\n<answer>\n{fence(name, answer)}\n</answer>"

    # --- parsers -------------------------------------------------------------------------------------------------
    def parse_proposal(
        self, task_type: str, text: str, references: list[Task], helpers: Sequence[Task] = ()
    ) -> Proposal:
        """Completion text to a proposal. Raises `Unparsable` for text that is malformed; nothing else."""
        blocks = fences(answer_part(text))
        inputs = [body.strip() for name, body in blocks if name == "input"]
        if task_type == "induction":
            messages = [body.strip() for name, body in blocks if name == "message"]
            if len(inputs) < self.num_inputs:
                raise Unparsable(f"{len(inputs)} input blocks instead of {self.num_inputs}")
            if not messages or not messages[0]:
                raise Unparsable("no message block")
            return Proposal(task_type, references[0].program, tuple(inputs[: self.num_inputs]), messages[0])
        if not inputs:
            raise Unparsable("no input block")
        program = self._program(blocks, helpers)
        return Proposal(task_type, program, (inputs[0],), helpers=len(helpers))

    def parse_answer(self, task_type: str, text: str) -> str:
        """Completion text to the answer's text. Raises `Unparsable` for text that is malformed; nothing else."""
        answer = answer_part(text)
        blocks = fences(answer)
        if task_type == "induction":
            return self._program(blocks)
        wanted = "input" if task_type == "abduction" else "output"
        found = [body for name, body in blocks if name == wanted] or [body for _, body in blocks]
        answer = (found[0] if found else answer).strip()
        if not answer:
            raise Unparsable("the answer is empty")
        return answer

    def _program(self, blocks: list[tuple[str, str]], helpers: Sequence[Task] = ()) -> str:
        found = [body for name, body in blocks if name.startswith("py")] or [body for name, body in blocks if not name]
        if not found:
            raise Unparsable("no python block")
        read = partial(whole_program, comments=self.removed["comments"])
        return proposed_program(_joined(found), self.removed, helpers, read)


def _shown(task: Task, task_type: str) -> str:
    """A past task; an error task without its output, which its name would tell."""
    blocks = [fence("python", task.program), fence("input", task.input)]
    return "\n".join([*blocks, *([fence("output", task.output)] if task_type != "error" else [])])


def answer_part(text: str) -> str:
    """What stands between the answer tags of a completion that began inside the thoughts.

    Raises `Unparsable` unless the text is thoughts, `</think>`, space, `<answer>`, the answer and `</answer>`.
    """
    thoughts, closed, rest = text.partition("</think>")
    if not closed:
        raise Unparsable("the thoughts are not closed with </think>")
    rest = rest.strip()
    if not rest.startswith("<answer>"):
        raise Unparsable("no <answer> behind the thoughts")
    if not rest.endswith("</answer>"):
        raise Unparsable("the answer is not closed with </answer>")
    answer = rest.removeprefix("<answer>").removesuffix("</answer>")
    if any(tag in part for tag in TAGS for part in (thoughts, answer)):
        raise Unparsable("a tag stands where none belongs")
    return answer


def fences(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a text as `(name, body)`, names in small letters, in order; also those inside lists."""
    tokens = _markdown().parse(_LATE_FENCE.sub(r"\n\1\2", text))
    return [
        ((token.info.split() or [""])[0].lower(), textwrap.dedent(token.content).removesuffix("\n"))
        for token in tokens
        if token.type == "fence"
    ]


@cache
def _markdown():
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable(["html_block", "code"])  # code: blocks that are only indented


def _joined(blocks: list[str]) -> str:
    """The program in the first block that defines f, or in the first, with helpers that others define for it.

    A helper is a function or class that the program names and does not define.
    """
    trees = [parse(block) for block in blocks]
    functions = [{node.name for node in tree.body if isinstance(node, FUNCTIONS)} if tree else set() for tree in trees]
    main = next((i for i, names in enumerate(functions) if "f" in names), 0)
    if trees[main] is None:
        return blocks[main]
    parts = [blocks[main]]
    for i, (block, tree) in enumerate(zip(blocks, trees, strict=True)):
        if i == main or tree is None or not all(isinstance(node, _DEFINITIONS) for node in tree.body):
            continue
        whole = parse("\n".join(parts))
        if whole is None:  # too long together
            break
        used = {node.id for node in ast.walk(whole) if isinstance(node, ast.Name)}
        known = {node.name for node in whole.body if isinstance(node, (*FUNCTIONS, ast.ClassDef))}
        own = {node.name for node in tree.body if isinstance(node, (*FUNCTIONS, ast.ClassDef))}
        if own & used and not own & known:
            parts.insert(0, block)
    return "\n".join(parts)
