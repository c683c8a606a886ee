"""The compact prompt format of things: words with a space between them, each of which is one token.

    solve deduction      solve abduction      solve induction     propose deduction     propose deduction with
    @0 12                A 00 a^ 10 b>        A 00 a^ 10 b>       @0 12                 @0 12
    n n e e              A @1 10              B 00 a^ 10 c>       n n e                 n n e
    ###                  ? => b>              f => a>             ###                   ###
                         ###                  f n => .            @0 31                 e s
    13 14 24 => 34                            ###                 s s w
                         10 => e              10 c> => B @1 00

What a solver writes before `=>` is its scratchpad, which nobody checks: the places that are passed, in the frame of the
grid or of the thing. A proposer is shown past tasks and writes a whole one; "with" asks it to go on from the last task
instead: to write further steps, or a thing that has the shown ones as parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from azr_nb.environments.things.scenes import (
    FLICKER,
    GRID,
    LETTERS,
    MARKS,
    NOTHING,
    PARTS,
    STEPS,
    WHOLES,
    Node,
    Thing,
    features,
    in_corner,
    read_program,
    spell_thing,
)
from azr_nb.prompts.base import PromptFormat, Unparsable, tokenizer_of
from azr_nb.tasks import DIFFERENCE, TYPES_OF, Proposal, Task

ANSWER, END = "=>", "###"
SPECIALS = ("<pad>", "<eos>", "<unk>")
_WORD = re.compile(r"\n|[A-Z](?=[ @])|@[0-3]|:|[0-9]{2}|[A-Z][0-3]|[a-d].| ")


def vocabulary() -> tuple[str, ...]:
    """All words of the format, in a fixed order."""
    places = [f"{x}{y}" for x in range(GRID) for y in range(GRID)]
    features = [letter + mark for letter in LETTERS for mark in MARKS + FLICKER]
    turns = [f"@{turn}" for turn in range(4)] + [f"{part}{turn}" for part in PARTS for turn in range(4)]
    roles = ["solve", "propose", *TYPES_OF["scenes"], "with"]
    return (
        *SPECIALS,
        "\n",
        END,
        ANSWER,
        "?",
        "f",
        NOTHING,
        *roles,
        *STEPS,
        *WHOLES,
        *PARTS,
        *turns,
        *places,
        *features,
    )


def things_tokenizer():
    """A `PreTrainedTokenizerFast` with a token for each word, and none for anything else."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    inner = Tokenizer(models.WordLevel({word: i for i, word in enumerate(vocabulary())}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
    return tokenizer_of(inner)


def to_words(program: str) -> str:
    """A program as words: `A 00a^ 10b>` and `A@1:10` become `A 00 a^ 10 b>` and `A @1 10`."""
    return " ".join(word for word in _WORD.findall(program) if word not in (" ", ":"))


def from_words(words: Sequence[str]) -> str:
    """The program that words stand for. Raises `Unparsable` where they cannot be one."""
    lines = " ".join(words).split("\n")
    found = []
    for line in map(str.split, lines[:-1]):
        if len(line) < 3 or len(line) % 2 == 0:
            raise Unparsable("a thing is a name, and places with what is there")
        nodes = [place + content for place, content in zip(line[1::2], line[2::2], strict=True)]
        found.append(" ".join([line[0], *nodes]))
    scene = lines[-1].split()
    if len(scene) not in (2, 3) or not scene[-2].startswith("@"):
        raise Unparsable("no scene line, such as A @1 10")
    return "\n".join([*found, f"{''.join(scene[:-1])}:{scene[-1]}"])


class CompactThings(PromptFormat):
    """Prompts and parsers for the tiny policy of things. `num_inputs` is the number of movements to propose."""

    name, title = "compact-things", "compact"
    probe = "solve deduction \n A 00 a^ 10 b> \n A @1 10 \n n e \n ###"

    def __init__(self, num_inputs: int = 6) -> None:
        self.num_inputs = num_inputs

    # --- prompts -------------------------------------------------------------------------------------------------
    def propose_prompt(self, task_type: str, references: list[Task], helpers: Sequence[Task] = ()) -> str:
        """The proposer's prompt. For induction the one reference is the program to ask about."""
        _check_type(task_type)
        if task_type == "induction":
            return _text(f"propose induction \n {to_words(references[0].program)} \n {END}")
        shown = " \n ".join(f"{to_words(task.program)} \n {_input(task)}" for task in helpers or references)
        return _text(f"propose {task_type}{' with' if helpers else ''} \n {shown} \n {END}")

    def solve_prompt(self, task: Task) -> str:
        """The solver's prompt: the task with one part missing."""
        _check_type(task.type)
        if task.type == "deduction":
            asked = f"{to_words(task.program)} \n {_input(task)}"
        elif task.type == "abduction":
            asked = f"{to_words(task.program)} \n ? {ANSWER} {task.output}"
        elif task.type == "induction":
            shown = [f"f {' '.join(path)} {ANSWER} {output}" for path, output in task.pairs[: task.visible]]
            asked = " \n ".join([to_words(task.message), *shown])
        else:
            asked = f"{to_words(task.program)} \n {_input(task)}"
        return _text(f"solve {task.type} \n {asked} \n {END}")

    # --- completions (also the targets of the warm-up) -------------------------------------------------------------
    def proposal_text(self, proposal: Proposal, added: str = "") -> str:
        """The completion that gives a proposal; with helpers, the steps that are `added` to the last one's movement, or
        all but the parts.
        """
        if added:
            return _text(" ".join(added))
        if proposal.type == "induction":
            return _text(" \n ".join(f"f {' '.join(path)}" for path in proposal.inputs))
        lines = proposal.program.split("\n")
        written = "\n".join(line for line in lines if not proposal.helpers or line[0] not in PARTS)
        return _text(f"{to_words(written)} \n {_input(proposal)}")

    def answer_text(self, task_type: str, answer: str, scratchpad: Sequence[str] = ()) -> str:
        """The completion that gives an answer, as `parse_answer` reads it."""
        if task_type == "induction":
            return _text(f"{' '.join(scratchpad)} {ANSWER} {to_words(answer)}")
        said = answer if task_type == "deduction" else " ".join(answer)
        return _text(f"{' '.join(scratchpad)} {ANSWER} {said}")

    def before_answer(self, text: str) -> str | None:
        """The scratchpad with `=>` behind it."""
        head, mark, _ = text.rpartition(ANSWER)
        return head + mark or None

    # --- parsers -------------------------------------------------------------------------------------------------
    def parse_proposal(
        self, task_type: str, text: str, references: list[Task], helpers: Sequence[Task] = ()
    ) -> Proposal:
        """Completion text to a proposal. Raises `Unparsable` for text that is malformed; nothing else."""
        _check_type(task_type)
        if task_type == "induction":
            lines = [line.split() for line in text.split("\n")]
            if not all(line and line[0] == "f" for line in lines) or len(lines) != self.num_inputs:
                raise Unparsable(f"not {self.num_inputs} lines of a movement behind f")
            return Proposal(task_type, references[0].program, tuple("".join(line[1:]) for line in lines))
        if helpers and not set(added := "".join(text.split())) - set(STEPS):
            if not added:
                raise Unparsable("no step is added")
            return Proposal(task_type, helpers[-1].program, (helpers[-1].input + added,), helpers=len(helpers))
        *program, path = text.strip(" \n").split("\n")
        if not program:
            raise Unparsable("no movement below the scene")
        given = from_words(path.split()) if task_type == DIFFERENCE else "".join(path.split())
        written = from_words(" \n ".join(program).split(" "))
        if not helpers:
            return Proposal(task_type, written, (given,))
        parts = _parts(helpers)
        if not parts:
            raise Unparsable("a path is gone on from with steps alone")
        if any(part[0] not in written[1:] for part in parts.split("\n")):
            raise Unparsable("a part is not used")
        return Proposal(task_type, f"{parts}\n{written}", (given,), helpers=len(helpers))

    def parse_answer(self, task_type: str, text: str) -> str:
        """Completion text to the answer's text. Raises `Unparsable` for text that is malformed; nothing else."""
        _check_type(task_type)
        _, mark, answer = text.rpartition(ANSWER)
        if not mark:
            raise Unparsable("nothing stands behind =>")
        return from_words(answer.split()) if task_type == "induction" else "".join(answer.split())


def _parts(helpers: Sequence[Task]) -> str:
    """The things that helpers show as lines of parts, K and L, moved to the corner; empty for paths on the grid."""
    scenes = [read_program(task.program) for task in helpers]
    lines = []
    for name, scene in zip(PARTS, scenes, strict=False):
        if scene.things:
            lines.append(spell_thing(Thing(name, tuple(Node(*node) for node in in_corner(features(scene)).items()))))
    return "\n".join(lines)


def _input(task: Task | Proposal) -> str:
    """A movement, or the second scene, as words."""
    return to_words(task.input) if task.type == DIFFERENCE else " ".join(task.input)


def _text(words: str) -> str:
    """Words with one space between them."""
    return " ".join(word for word in words.split(" ") if word)


def _check_type(task_type: str) -> None:
    if task_type not in TYPES_OF["scenes"]:
        raise ValueError(f"unknown task type {task_type!r}: choose one of {', '.join(TYPES_OF['scenes'])}")
