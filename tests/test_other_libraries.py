"""The verifier for models of other libraries: verdicts on their completions, and an episode with each library itself.

The libraries are not in the lock, since two of them cannot be installed together; their tests skip without them.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType

import pytest

from azr_nb.config import ConfigError
from azr_nb.export.judge import Judge, tasks_of
from azr_nb.runs.folder import RunFolderError
from azr_nb.tasks import TASK_TYPES, Task


def needs(library: str):
    there = importlib.util.find_spec(library) is not None
    return pytest.mark.skipif(not there, reason=f"{library} is not installed: make test-libraries")


@pytest.fixture(scope="module")
def tasks():
    return tasks_of("own", 2)


@pytest.fixture(scope="module")
def judge():
    with Judge("chat") as judge:
        yield judge


def gold(task: Task) -> str:
    return {"deduction": task.output, "abduction": task.input, "induction": task.program}[task.type]


def chat(task: Task, answer: str | None = None) -> str:
    """A completion with thoughts, as a chat model writes it."""
    name = {"induction": "python", "abduction": "input"}.get(task.type, "output")
    return f"<think>\nWell.\n</think>\n<answer>\n```{name}\n{answer or gold(task)}\n```\n</answer>"


def test_tasks_come_from_suites_and_runs(tasks, tmp_path):
    assert [task.type for task in tasks] == [kind for kind in TASK_TYPES for _ in range(2)]
    assert {task.type for task in tasks_of("short")} == set(TASK_TYPES)
    with pytest.raises(RunFolderError):
        tasks_of(str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="environment things"):
        tasks_of("things-self-play-0-0")


def test_a_right_answer_is_right_in_every_form_that_servers_send(tasks, judge):
    forms = {
        "whole": lambda text: text,
        "thoughts begun by the prompt": lambda text: text.removeprefix("<think>"),
        "thoughts taken out": lambda text: text.partition("</think>")[2],
        "thoughts without tags": lambda text: "Well. " + text.partition("</think>")[2],
        "stop left out": lambda text: text.removesuffix("</answer>"),
    }
    for form, change in forms.items():
        verdicts = judge.verdicts(tasks, [change(chat(task)) for task in tasks])
        assert all(verdict.ok for verdict in verdicts), (form, verdicts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "<answer>",
        "</answer><answer>",
        "<think></think><answer></answer>",
        "</think>" * 3 + "<answer>1</answer>",
    ],
)
def test_what_is_no_answer_is_said_and_costs_only_itself(tasks, judge, text):
    bad, good = judge.verdicts(tasks[:2], [text, chat(tasks[1])])
    assert bad.status == "unparsable" and bad.reason and good.ok


def test_wrong_and_hostile_answers_are_not_right(tasks, judge, tmp_path):
    touched = tmp_path / "touched"
    touch = f"__import__('pathlib').Path({str(touched)!r}).touch()"
    answers = [f"def f(a):\n    return {touch}" if task.type == "induction" else touch for task in tasks]
    verdicts = judge.verdicts(tasks, [chat(task, answer) for task, answer in zip(tasks, answers, strict=True)])
    assert not any(verdict.ok for verdict in verdicts) and not touched.exists()


def test_a_prompt_leaves_out_what_is_asked_for(judge):
    for form in ("chat", "fewshot"):
        with Judge(form) as one:
            prompt = one.prompt(Task("deduction", "def f(a):\n    return a * 7919", (("13", "102947"),)))
            assert "7919" in prompt and "102947" not in prompt and not prompt.endswith("<think>")
    with pytest.raises(ConfigError, match="choose chat or fewshot"):
        Judge("morse")


def test_threads_share_a_judge(tasks, judge):
    found = {}
    work = lambda k: found.update({k: judge.verdicts(tasks, [chat(task) for task in tasks])})  # noqa: E731
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(verdict.ok for verdicts in found.values() for verdict in verdicts)


class _Stub(BaseHTTPRequestHandler):
    """A chat server whose model answers every second task rightly."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = self.server.answers[asked["messages"][-1]["content"]]
        body = {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "stub",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *given) -> None:
        pass


def harness_without_a_process():
    """A harness of the library that asks the model from here; its own starts a script that loads packages."""
    import httpx
    import verifiers.v1 as vf

    class DirectHarness(vf.Harness[vf.HarnessConfig]):
        EXECUTES_CODE = NEEDS_CONTAINER = False

        async def launch(self, ctx, trace, runtime, endpoint, secret, mcp_urls, data, tool_interception_url=None):
            message = {"model": ctx.model, "messages": [{"role": "user", "content": data.prompt}]}
            async with httpx.AsyncClient() as client:
                url, head = f"{endpoint}/chat/completions", {"Authorization": f"Bearer {secret}"}
                reply = await client.post(url, json=message, headers=head, timeout=60)
            return vf.ProgramResult(0 if reply.status_code == 200 else 1, reply.text, reply.text)

    module = ModuleType("azr_direct")
    module.__all__, module.DirectHarness = ["DirectHarness"], DirectHarness
    sys.modules["azr_direct"] = module
    return "azr_direct"


@needs("verifiers")
def test_an_episode_with_verifiers(tasks, judge, monkeypatch):
    import verifiers.v1 as vf

    from azr_nb.export import as_verifiers_environment

    env = as_verifiers_environment("own", 2, harness=harness_without_a_process())
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
    server.answers = {judge.prompt(task): chat(task) if k % 2 == 0 else "no idea" for k, task in enumerate(tasks)}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("STUB_KEY", "none")
    client = vf.EvalClientConfig(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key_var="STUB_KEY")

    async def play():
        async with env.serving():
            return [await env.run_episode(task, vf.ModelContext("stub", client)) for task in env.taskset]

    try:
        episodes = asyncio.run(play())
    finally:
        server.shutdown()
    assert [episode.task.data.id for episode in episodes] == [task.id for task in tasks]
    assert all(episode.ok for episode in episodes), [episode.errors for episode in episodes]
    assert [episode.traces[0].reward for episode in episodes] == [1, 0] * 3
    with pytest.raises(RunFolderError):
        as_verifiers_environment("nothing")


@needs("openenv")
def test_an_episode_with_openenv(tasks):
    import uvicorn
    from openenv.core.generic_client import GenericEnvClient

    from azr_nb.export.openenv_server import HOST, openenv_app, serve

    by_prompt = {}
    with Judge("chat") as judge, socket.socket() as taken:
        for task in tasks:
            by_prompt[judge.prompt(task)] = task
        taken.bind((HOST, 0))
        server = uvicorn.Server(uvicorn.Config(openenv_app(tasks, judge), host=HOST, log_level="error"))
        threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True).start()
        while not server.started:
            time.sleep(0.05)
        with GenericEnvClient(base_url=f"http://{HOST}:{taken.getsockname()[1]}").sync() as client:
            first = client.reset(seed=3).observation
            assert client.reset(seed=3).observation == first and not first.get("status")
            right = client.step({"completion": chat(by_prompt[first["prompt"]])})
            assert (right.reward, right.done, right.observation["status"]) == (1.0, True, "ok")
            client.reset(seed=4)
            wrong = client.step({"completion": "no idea"})
            assert (wrong.reward, wrong.done, wrong.observation["status"]) == (0.0, True, "unparsable")
        with pytest.raises(ConfigError, match="choose another with --port"):
            serve("own", taken.getsockname()[1], 1)
        server.should_exit = True


@needs("lm_eval")
def test_suites_as_tasks_of_lm_eval():
    from pathlib import Path

    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    import azr_nb.export

    class Stub(LM):
        """Right about every deduction and half of the rest, and goes on writing."""

        def loglikelihood(self, requests):
            raise NotImplementedError

        loglikelihood_rolling = loglikelihood

        def generate_until(self, requests):
            texts = []
            for k, request in enumerate(requests):
                task = Task.from_dict(json.loads(request.doc["task"]))
                right = {
                    "abduction": f"({task.input}) == {task.output}",
                    "induction": task.program.removeprefix("def f"),
                }
                know = task.type == "deduction" or k % 2
                texts.append(right.get(task.type, task.output) + "\n\nmore" if know else "no idea (")
            return texts

    folder = Path(azr_nb.export.__file__).with_name("lm_eval")
    manager = TaskManager(include_path=str(folder))
    scores = simple_evaluate(Stub(), tasks=["azr_own"], task_manager=manager, bootstrap_iters=0)["results"]["azr_own"]
    assert scores["deduction,none"] == 1 and scores["abduction,none"] == scores["induction,none"] == 0.5
    assert scores["right,none"] == pytest.approx(2 / 3) and scores["sample_len"] == 3000
    found = simple_evaluate(Stub(), tasks=["azr_harder"], task_manager=manager, limit=8, bootstrap_iters=0)
    assert found["results"]["azr_harder"]["right,none"] == 1
