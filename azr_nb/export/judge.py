"""The verifier for models of other libraries: a task as a prompt, and a completion as a verdict.

Programs and answers run in the sandbox, as in a run of ours; nothing that a model writes is evaluated here.
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from functools import cache
from threading import Lock

from azr_nb.config import ConfigError, SelfPlayConfig, load_config
from azr_nb.environments.base import environment_for
from azr_nb.evaluation.held_out import first_of_each
from azr_nb.prompts import PromptFormat, Unparsable, prompt_format_for
from azr_nb.prompts.r1 import R1Format
from azr_nb.runs.folder import kept_tasks
from azr_nb.runs.shipped import open_run
from azr_nb.tasks import Task, Verdict

FORMATS = ("chat", "fewshot")


def tasks_of(source: str, limit: int | None = None) -> list[Task]:
    """Python tasks of a held-out suite (own, harder) or of a run's buffer, by name; at most `limit` of each type.

    Raises `ConfigError` for a name that is neither, and for a run of another environment.
    """
    config = SelfPlayConfig()
    environment = environment_for(config)
    try:
        if source in environment.suites:
            tasks = environment.suite(source)
        else:
            run = open_run(source)
            if (there := load_config(run / "config.yaml").environment) != config.environment:
                raise ConfigError(f"{source} is a run of the environment {there}: choose one of {config.environment}")
            tasks = kept_tasks(run)
    finally:
        environment.close()
    return first_of_each(tasks, len(tasks) if limit is None else limit)


def _alone(messages: Sequence[dict[str, str]]) -> str:
    """The user's message without a template: the library around the model applies its own."""
    return messages[-1]["content"]


class Judge:
    """Prompts and verdicts for tasks about Python programs. Use it as a context manager: it holds worker processes.

    `form` "chat" asks a model that follows instructions for thoughts and an answer between tags, and its prompt is one
    user message. "fewshot" shows examples to a base model, which goes on with the text.

    Differs from a run of ours: a chat completion may leave out the thoughts or their tags, because many servers do.
    """

    def __init__(self, form: str = "chat") -> None:
        if form not in FORMATS:
            raise ConfigError(f"unknown form {form!r}: choose {' or '.join(FORMATS)}")
        self.form, config = form, SelfPlayConfig(prompt_format="fewshot")
        self.prompt_format: PromptFormat = R1Format(template=_alone) if form == "chat" else prompt_format_for(config)
        self.environment, self._lock = environment_for(config).usual(), Lock()

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *error: object) -> None:
        self.environment.close()

    @property
    def stops(self) -> tuple[str, ...]:
        """Texts at which a completion ends."""
        return tuple(self.prompt_format.stops)

    def prompt(self, task: Task) -> str:
        """What a model is asked: the task with one part missing."""
        text = self.prompt_format.solve_prompt(task)
        return text.removesuffix("<think>") if self.form == "chat" else text

    def verdicts(self, tasks: Sequence[Task], completions: Sequence[str]) -> list[Verdict]:
        """A verdict for each completion, of which `ok` says that it is right; may be called from several threads."""
        found: dict[int, Verdict] = {}
        answers: dict[int, str] = {}
        for place, (task, text) in enumerate(zip(tasks, completions, strict=True)):
            try:
                answers[place] = self.prompt_format.parse_answer(task.type, self._read(text))
            except Unparsable as error:
                found[place] = Verdict("unparsable", str(error))
        with self._lock:  # the executor serves one caller at a time
            checked = self.environment.check([tasks[place] for place in answers], list(answers.values()))
        found |= zip(answers, checked, strict=True)
        return [found[place] for place in range(len(tasks))]

    def _read(self, text: str) -> str:
        if self.form != "chat":
            return text
        text = text.strip().removeprefix("<think>")
        if "</think>" not in text:
            text = text.replace("<answer>", "</think><answer>", 1)
        return text if text.endswith("</answer>") else text + "</answer>"  # where a server leaves the stop out


@cache
def shared_judge(form: str) -> Judge:
    """One judge per form and process, which ends with the process: libraries may score in several."""
    judge = Judge(form)
    atexit.register(judge.__exit__)
    return judge
