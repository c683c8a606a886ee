"""The tasks as a taskset of the library verifiers, so that its trainers and evaluations use this verifier and sandbox.

The library finds a taskset by the name of a top-level module. For its own commands write one, azr_tasks.py say:

    from azr_nb.export.verifiers_tasks import AzrTaskset

    __all__ = ["AzrTaskset"]
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable
from types import ModuleType

from azr_nb.config import ConfigError
from azr_nb.export.judge import shared_judge, tasks_of
from azr_nb.tasks import Task

try:
    import verifiers.v1 as vf
except ImportError as error:
    raise ConfigError(
        f"this needs verifiers 0.4, a library of its own ({error}): pip install 'verifiers>=0.4,<0.5'"
    ) from None

NAME = "azr_tasks"


class AzrData(vf.TaskData):
    """What a task needs to be scored, gold answer included; the model sees `prompt` alone."""

    task: str


class AzrTask(vf.Task[AzrData, vf.State, vf.TaskConfig]):
    """One task; its reward is 1 for a right answer and 0 for every other."""

    @vf.reward
    async def right(self, trace: vf.Trace) -> float:
        """1 for a right answer; the metric `well_formed` is 1 for one that could be read, right or wrong."""
        task = Task.from_dict(json.loads(self.data.task))
        (verdict,) = await asyncio.to_thread(shared_judge("chat").verdicts, [task], [trace.last_reply])
        trace.record_metric("well_formed", float(verdict.status != "unparsable"))
        return float(verdict.ok)


class AzrTasksetConfig(vf.TasksetConfig):
    """`source` is a held-out suite, or a run whose buffer is meant; `limit` is for each task type."""

    source: str = "own"
    limit: int | None = None


class AzrTaskset(vf.Taskset[AzrTask, AzrTasksetConfig]):
    """Tasks of a suite or a run, as chat prompts."""

    def load(self) -> Iterable[AzrTask]:
        """The tasks, type by type."""
        for task in tasks_of(self.config.source, self.config.limit):
            data = AzrData(
                id=task.id, name=task.type, prompt=shared_judge("chat").prompt(task), task=json.dumps(task.to_dict())
            )
            yield AzrTask(data, self.config.task)


def as_verifiers_environment(source: str = "own", limit: int | None = None, harness: str = "null") -> vf.SingleAgentEnv:
    """An environment of the library verifiers, in which a model answers each task in one turn.

    `source` and `limit` as in `tasks_of`; `harness` is the library's way to ask the model. Raises `ConfigError` for an
    unknown source.
    """
    tasks_of(source, 1)  # complains here rather than in a worker
    module = ModuleType(NAME)
    module.__all__, module.AzrTaskset = ["AzrTaskset"], AzrTaskset
    sys.modules.setdefault(NAME, module)
    taskset = {"id": NAME, "source": source, "limit": limit}
    # asking a model needs no container: no harness without tools runs anything that it writes
    agent = {"harness": {"id": harness}, "runtime": {"type": "subprocess"}}
    return vf.SingleAgentEnv(vf.SingleAgentEnvConfig(taskset=taskset, agent=agent))
