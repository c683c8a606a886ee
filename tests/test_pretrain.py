"""The warm-up: same seed same model, resumable, and every text in a form that the prompt format reads back."""

from __future__ import annotations

import random

import pytest

torch = pytest.importorskip("torch")

from azr_nb.config import ConfigError  # noqa: E402
from azr_nb.environments.python_programs.corpus import held_out_keys, warm_up_cases  # noqa: E402
from azr_nb.learning import warmup as module  # noqa: E402
from azr_nb.learning import warmup_texts  # noqa: E402
from azr_nb.learning.warmup import RECIPES, batches, encode, kept, pretrain, write_card  # noqa: E402
from azr_nb.learning.warmup_texts import python_texts  # noqa: E402
from azr_nb.prompts.compact import CompactFormat  # noqa: E402
from azr_nb.tasks import ROLES, TASK_TYPES, Task  # noqa: E402

CASES = 150


@pytest.fixture(scope="module")
def texts():
    return python_texts(0, CASES, progress=False)


def test_texts_cover_all_roles_and_types_and_can_be_read_back(texts):
    prompt_format = CompactFormat(num_inputs=warmup_texts.INPUTS)
    reference = Task("deduction", "def f(a):\n    return a", (("1", "1"),))
    seen = set()
    for prompt, completion in texts:
        role, kind = prompt[2:].split("\n")[0].split(" ")
        seen.add((role, kind))
        if role == "solve":
            assert prompt_format.parse_answer(kind, completion)
        else:
            prompt_format.parse_proposal(kind, completion, [reference])
    assert seen == {(role, kind) for role in ROLES for kind in TASK_TYPES}
    assert python_texts(0, CASES, progress=False) == texts


def test_no_text_shows_a_held_out_program_and_no_behaviour_comes_twice(texts):
    held_out, behaviours = held_out_keys()
    for prompt, completion in texts:
        assert not held_out & {f"def f{part}" for part in split_programs(prompt + "\n" + completion)}
    seen = [case.behaviour for case in warm_up_cases(0, 400)]
    assert len(set(seen)) == 400 and not behaviours & set(seen)


def test_a_held_out_relative_is_not_shown(monkeypatch):
    one, two = warm_up_cases(0, 2)
    monkeypatch.setattr(warmup_texts, "relative", lambda rng, sample: "def f(a):\n    return 'held out'")
    prompt_format = CompactFormat(num_inputs=warmup_texts.INPUTS)
    for held_out, shown in ((set(), True), ({"def f(a):\n    return 'held out'"}, False)):
        prompts = [
            p
            for i in range(60)
            for p, _ in warmup_texts.case_texts(one, [two], random.Random(i), prompt_format, held_out)
        ]
        assert any("'held out'" in prompt for prompt in prompts) == shown


def split_programs(text):
    """The programs in a text, each without its first word and with all of its lines."""
    for part in text.split("def f")[1:]:
        lines = part.split("\n")
        body = [line for i, line in enumerate(lines) if i == 0 or line.startswith("    ")]
        yield "\n".join(body)


def test_batches_hold_every_row_once(texts):
    recipe = RECIPES["python"]
    rows = encode(texts, recipe.tokenizer(), recipe.max_tokens)
    plan = batches(rows, random.Random(0), recipe.batch_tokens, recipe.stretch)
    assert sorted(map(id, (row for batch in plan for row in batch))) == sorted(map(id, rows))
    assert all(len(b) * max(len(r[0]) for r in b) <= recipe.batch_tokens for b in plan)


def test_same_seed_same_model_also_after_an_interruption(tmp_path, monkeypatch):
    whole = pretrain(tmp_path / "whole", 0, CASES, progress=False)
    assert whole["updates"] > 4 and whole["parameters"] < 6_000_000

    real, calls = module.batch_loss, []

    def stops_at_the_fifth(*arguments):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(module, "batch_loss", stops_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        pretrain(tmp_path / "cut", 0, CASES, save_minutes=0, progress=False)
    monkeypatch.setattr(module, "batch_loss", real)
    pretrain(tmp_path / "cut", 0, CASES, progress=False)
    names = ("model.safetensors", "loss.csv")
    assert all((tmp_path / "whole" / n).read_bytes() == (tmp_path / "cut" / n).read_bytes() for n in names)

    cell = {"pass@1": 0.25, "greedy": 0.5, "n": 3, "samples": 4, "ci95": (0.1, 0.4), "greedy_ci95": (0.3, 0.7)}
    write_card(tmp_path / "whole", whole, {"own": {"deduction": cell}}, 0)
    card = (tmp_path / "whole" / "README.md").read_text()
    assert "| own | deduction | 50.0 [30.0, 70.0] | 25.0 [10.0, 40.0] | 3 |" in card and "{" not in card


def test_a_role_or_a_type_alone(texts):
    beginnings = lambda some: {" ".join(prompt[2:].split()[:2]) for prompt, _ in some}  # noqa: E731
    every = beginnings(texts)
    assert beginnings(kept(texts, "propose")) == {one for one in every if one.startswith("propose")}
    assert beginnings(kept(texts, "solve")) == {one for one in every if one.startswith("solve")}
    assert len(kept(texts, "propose")) + len(kept(texts, "solve")) == len(kept(texts, None)) == len(texts)
    taught = beginnings(kept(texts, "abduction"))
    assert taught == {"solve abduction"} | {one for one in every if one.startswith("propose")}
    with pytest.raises(ConfigError, match="has no texts of induction"):
        kept([("# solve deduction\n...", ""), ("# propose induction\n", "")], "induction")
