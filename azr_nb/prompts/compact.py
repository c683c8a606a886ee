"""The compact prompt format, spoken by the tiny policy: a header line, the task, `###`, and then the completion.

    # solve deduction          # solve abduction         # solve induction        # propose deduction
    def f(a):                  def f(a):                 # * +                    def f(a):
        b = a * 2                  b = a * 2             f(3) => 7                    return a
        return b + 1               return b + 1          f(0) => 1                f(3)
    f(3)                       f(?) => 7                 ###                      ###
    ###                        ###
    b = 6                      b = 6                     def f(a):                def f(a):
    => 7                       => 3                          return a * 2 + 1         return a[::-1]
                                                                                  f('abc')

What a solver writes before `=>` is its scratchpad, which nobody checks: values of the intermediate lines, forwards
for deduction and backwards for abduction. Only the text behind `=>` is the answer.

Differs from the paper: no think and answer tags and no fences (the paper's Fig. 33-36); the header, `=>` and the
end-of-text token take their place, and a completion without them has a format error. Error tasks look like deduction
with the name of the exception behind `=>`. A composite proposal is asked for by `# propose deduction with g_0 g_1` and
the earlier programs under these names above the references; the completion is `f` alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from azr_nb.config import SelfPlayConfig
from azr_nb.environments.python_programs.messages import hint
from azr_nb.programs import source as programs
from azr_nb.prompts.base import PromptFormat, Unparsable, proposed_program, tidy_program
from azr_nb.tasks import Proposal, Task

ANSWER = "=> "
END = "\n###\n"


class CompactFormat(PromptFormat):
    """Prompts and parsers for the tiny policy. `num_inputs` is the number of induction inputs to propose.

    With `honest_messages` an induction proposal is only well-formed if its message is the program's `hint`. A proposer
    that is rewarded for tasks that are hard to solve otherwise finds out that a message which lies makes them so.
    """

    name, title = "compact", "compact"

    def __init__(
        self,
        num_inputs: int = 6,
        honest_messages: bool = False,
        comments: bool = True,
        global_assignments: bool = False,
        prints: bool = False,
    ) -> None:
        self.num_inputs, self.honest_messages = num_inputs, honest_messages
        self.removed = {"comments": comments, "global_assignments": global_assignments, "prints": prints}

    @classmethod
    def for_run(cls, config: SelfPlayConfig) -> CompactFormat:
        """The prompt format as a run's config asks for it."""
        return cls(
            config.num_inputs,
            config.honest_messages,
            config.remove_comments,
            config.remove_globals,
            config.remove_prints,
        )

    # --- prompts -------------------------------------------------------------------------------------------------
    def propose_prompt(self, task_type: str, references: list[Task], helpers: Sequence[Task] = ()) -> str:
        """The proposer's prompt. For induction the one reference is the program to ask about.

        With `helpers` the proposal has to call their programs, which are called g_0, g_1, ... here.
        """
        if task_type == "induction":
            return f"# propose induction\n{references[0].program}{END}"
        header = f"# propose {task_type}"
        if helpers:
            header += " with " + " ".join(f"g_{i}" for i in range(len(helpers)))
            header += "\n" + programs.compose([task.program for task in helpers], "").rstrip("\n") + "\n"
        shown = "\n".join(f"{task.program}\nf({task.input})" for task in references)
        return f"{header}\n{shown}{END}"

    def solve_prompt(self, task: Task) -> str:
        """The solver's prompt: the task with one part missing."""
        if task.type in ("deduction", "error"):
            return f"# solve {task.type}\n{task.program}\nf({task.input}){END}"
        if task.type == "abduction":
            return f"# solve abduction\n{task.program}\nf(?) => {task.output}{END}"
        shown = "\n".join(f"f({i}) => {o}" for i, o in task.pairs[: task.visible])
        return f"# solve induction\n# {task.message}\n{shown}{END}"

    # --- completions (also the targets of the warm-up) -------------------------------------------------------------
    def proposal_text(self, proposal: Proposal) -> str:
        if proposal.type == "induction":
            return "\n".join(f"f({text})" for text in proposal.inputs) + f"\n# {proposal.message}"
        return f"{proposal.program}\nf({proposal.inputs[0]})"

    def answer_text(self, task_type: str, answer: str, scratchpad: Sequence[str] = ()) -> str:
        if task_type == "induction":
            return answer
        lines = list(scratchpad) if task_type == "deduction" else list(scratchpad)[::-1]
        return "".join(f"{line}\n" for line in lines) + ANSWER + answer

    def before_answer(self, text: str) -> str | None:
        """The scratchpad with `=> ` behind it."""
        head, mark, _ = text.rpartition(ANSWER)
        return head + mark or None

    # --- parsers -------------------------------------------------------------------------------------------------
    def parse_proposal(
        self, task_type: str, text: str, references: list[Task], helpers: Sequence[Task] = ()
    ) -> Proposal:
        """Completion text to a proposal. Raises `Unparsable` for text that is malformed; nothing else."""
        if task_type == "induction":
            lines = text.strip("\n").split("\n")
            inputs = tuple(_call_text(line) for line in lines[:-1])
            if len(inputs) != self.num_inputs:
                raise Unparsable(f"{len(inputs)} inputs instead of {self.num_inputs}")
            if not lines[-1].startswith("# "):
                raise Unparsable("no message line behind the inputs")
            program, message = references[0].program, lines[-1][2:].strip()
            if self.honest_messages and message != hint(program):
                raise Unparsable("the message does not name what the program uses")
            return Proposal(task_type, program, inputs, message)
        program, _, call = text.strip("\n").rpartition("\n")
        inputs = (_call_text(call),)
        read = lambda text: tidy_program(text, self.removed["comments"])  # noqa: E731
        program = proposed_program(program, self.removed, helpers, read)
        return Proposal(task_type, program, inputs, helpers=len(helpers))

    def parse_answer(self, task_type: str, text: str) -> str:
        """Completion text to the answer's text. Raises `Unparsable` for text that is malformed."""
        if task_type == "induction":
            return tidy_program(text)
        head, mark, answer = text.rpartition(ANSWER)
        if not mark or (head and not head.endswith("\n")):
            raise Unparsable("no line that starts with =>")
        if not answer.strip() or "\n" in answer.strip():
            raise Unparsable("no single-line answer behind =>")
        return answer.strip()


def _call_text(line: str) -> str:
    if not (line.startswith("f(") and line.endswith(")")):
        raise Unparsable(f"{line[:40]!r} is not a call of f")
    return line[2:-1]
