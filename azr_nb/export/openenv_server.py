"""The tasks as an OpenEnv server: `reset` gives a prompt, `step` takes a completion and gives its reward.

It listens on this machine only, because it runs programs that models write.
"""

from __future__ import annotations

import random
import socket
import uuid
from typing import Any

from azr_nb.config import ConfigError
from azr_nb.export.judge import Judge, tasks_of
from azr_nb.tasks import Task

try:
    import uvicorn
    from openenv.core.env_server.http_server import create_fastapi_app
    from openenv.core.env_server.interfaces import Environment
    from openenv.core.env_server.types import Action, Observation, State
except ImportError as error:
    raise ConfigError(
        f"this needs OpenEnv, a library of its own ({error}): pip install 'openenv>=0.10,<0.11'"
    ) from None

HOST = "127.0.0.1"


class Answer(Action):
    """A model's whole completion."""

    completion: str


class Asked(Observation):
    """After `reset` the prompt; after `step` also the verdict, a reward of 1 or 0, and `done`."""

    task_type: str
    prompt: str
    status: str = ""
    reason: str = ""


class AzrEnvironment(Environment[Answer, Asked, State]):
    """One task an episode, drawn by the seed of `reset`; sessions share the judge and its sandbox."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, tasks: list[Task], judge: Judge) -> None:
        super().__init__()
        self.tasks, self.judge, self.task = tasks, judge, None
        self._rng, self._state = random.Random(), State()

    def reset(self, seed: int | None = None, episode_id: str | None = None, **kwargs: Any) -> Asked:
        """A new task; the same seed gives the same one."""
        if seed is not None:
            self._rng = random.Random(seed)
        self.task = self._rng.choice(self.tasks)
        self._state = State(episode_id=episode_id or str(uuid.uuid4()), step_count=0)
        return Asked(task_type=self.task.type, prompt=self.judge.prompt(self.task), done=False)

    def step(self, action: Answer, timeout_s: float | None = None, **kwargs: Any) -> Asked:
        """The verdict on the answer, which ends the episode. Raises `ValueError` before a `reset` or after the end."""
        if self.task is None:
            raise ValueError("no task is open: call reset first")
        task, self.task = self.task, None
        self._state.step_count += 1
        verdict = self.judge.verdicts([task], [action.completion])[0]
        return Asked(
            task_type=task.type,
            prompt=self.judge.prompt(task),
            status=verdict.status,
            reason=verdict.reason,
            reward=float(verdict.ok),
            done=True,
        )

    @property
    def state(self) -> State:
        """The episode's id and how many answers it had."""
        return self._state


def openenv_app(tasks: list[Task], judge: Judge, sessions: int = 16):
    """The server as an ASGI application, for so many sessions at a time."""
    return create_fastapi_app(lambda: AzrEnvironment(tasks, judge), Answer, Asked, sessions, env_name="azr-nb")


def serve(source: str = "own", port: int = 8000, limit: int | None = None) -> None:
    """Serve tasks until Ctrl-C. Raises `ConfigError` for an unknown source, or a port that is taken."""
    tasks = tasks_of(source, limit)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ConfigError(f"port {port} cannot be used ({error.strerror}): choose another with --port") from None
    with Judge("chat") as judge:
        print(f"{len(tasks):,} tasks of {source} at http://{HOST}:{port}; Ctrl-C ends it", flush=True)
        uvicorn.run(openenv_app(tasks, judge), host=HOST, port=port, log_level="warning")
