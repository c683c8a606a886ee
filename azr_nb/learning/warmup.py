"""The warm-up of the tiny policy: supervised training on programs of the grammar, in all forms of all three tasks.

No human data: every text is written by `environments.grammar` and every value in it from running it. The warm-up
stands where the paper has a pretrained base model; self-play starts from its result.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

from azr_nb.config.files import write_atomic
from azr_nb.environments.python_programs.corpus import INPUTS, Case, case_task, held_out_keys, warm_up_cases
from azr_nb.environments.python_programs.grammar import relative
from azr_nb.environments.python_programs.messages import hint
from azr_nb.prompts.compact import CompactFormat
from azr_nb.prompts.tokens import build_tokenizer
from azr_nb.tasks import Proposal, Task

MAX_TOKENS = 192
BATCH_TOKENS = 2048
PEAK_LR = 2e-3
PROMPT_WEIGHT = 0.1
ARCHITECTURE = dict(hidden_size=128, intermediate_size=384, num_hidden_layers=6, num_attention_heads=4)


def case_texts(
    case: Case, earlier: list[Case], rng: random.Random, prompt_format: CompactFormat, held_out: set[str]
) -> Iterator[tuple[str, str]]:
    """The (prompt, completion) texts that one case gives: solver forms, then proposer forms.

    No text shows a program whose text is in `held_out`.
    """
    for which in (0, 1):
        task = case_task(case, "deduction", which=which)
        pad = case.scratchpads[which]
        yield prompt_format.solve_prompt(task), prompt_format.answer_text("deduction", task.output, pad)
    last = len(case.inputs) - 1
    task = case_task(case, "abduction", which=last)
    yield prompt_format.solve_prompt(task), prompt_format.answer_text("abduction", task.input, case.scratchpads[last])
    if len(case.inputs) == INPUTS:
        task = case_task(case, "induction", hint(case.program))
        if rng.random() < 0.6:  # the longest texts, and the type that is learned first
            yield prompt_format.solve_prompt(task), prompt_format.answer_text("induction", case.program)
        if rng.random() < 0.3 and len(set(case.outputs)) > 1:
            prompt = prompt_format.propose_prompt("induction", [task])
            yield prompt, prompt_format.proposal_text(Proposal("induction", case.program, case.inputs, task.message))
    if rng.random() < 0.6 and earlier:
        task_type = rng.choice(("deduction", "abduction"))
        references = [case_task(one, task_type) for one in rng.sample(earlier, min(len(earlier), rng.choice((1, 2))))]
        near = relative(rng, case.sample)
        if rng.random() < 0.5 and near not in held_out:
            references[0] = Task(task_type, near, case_task(case, task_type, which=last).pairs)
        proposal = Proposal(task_type, case.program, (case.inputs[0],))
        yield prompt_format.propose_prompt(task_type, references), prompt_format.proposal_text(proposal)


def build_texts(seed: int, count: int, progress: bool = True) -> list[tuple[str, str]]:
    """The warm-up corpus: shuffled (prompt, completion) texts from `count` cases."""
    from tqdm import tqdm

    prompt_format, rng = CompactFormat(num_inputs=INPUTS), random.Random(f"texts {seed}")
    texts: list[tuple[str, str]] = []
    earlier: list[Case] = []
    held_out, _ = held_out_keys()
    stream = warm_up_cases(seed, count)
    for case in tqdm(stream, total=count, desc="cases", disable=not progress, mininterval=2):
        texts.extend(case_texts(case, earlier, rng, prompt_format, held_out))
        earlier = [*earlier[-15:], case]
    rng.shuffle(texts)
    return texts


def encode(texts: list[tuple[str, str]], tokenizer) -> list[tuple[list[int], int]]:
    """Token ids of each text with `<eos>`, and the length of its prompt; texts above `MAX_TOKENS` are left out."""
    prompts = tokenizer([p for p, _ in texts])["input_ids"]
    completions = tokenizer([c for _, c in texts])["input_ids"]
    rows = [(p + c + [tokenizer.eos_token_id], len(p)) for p, c in zip(prompts, completions, strict=True)]
    return [row for row in rows if len(row[0]) <= MAX_TOKENS]


def batches(rows: list, rng: random.Random) -> list[list]:
    """Batches of at most `BATCH_TOKENS` tokens, padding included, of rows of like length, in random order."""
    out = []
    for start in range(0, len(rows), 8192):  # sorted only within a stretch, so that batches stay mixed over time
        stretch = sorted(rows[start : start + 8192], key=lambda row: len(row[0]))
        batch: list = []
        part = []
        for row in stretch:
            if batch and len(row[0]) * (len(batch) + 1) > BATCH_TOKENS:
                part.append(batch)
                batch = []
            batch.append(row)
        part.append(batch)
        rng.shuffle(part)
        out += part
    return out


def new_model(tokenizer, seed: int):
    """The tiny policy, untrained: a Llama of about 1.3 million parameters."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **ARCHITECTURE,
    )
    return LlamaForCausalLM(config)


def batch_loss(model, batch: list, pad: int):
    """Weighted cross-entropy per token: weight 1 on the completion, `PROMPT_WEIGHT` on the prompt."""
    import torch
    import torch.nn.functional as F

    width = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([ids + [pad] * (width - len(ids)) for ids, _ in batch])
    weight = torch.zeros(ids.shape)
    for i, (row, prompt) in enumerate(batch):
        weight[i, :prompt] = PROMPT_WEIGHT
        weight[i, prompt : len(row)] = 1.0
    # padding stands to the right, where causal attention never looks, so that no mask is needed
    logits = model(input_ids=ids).logits[:, :-1]
    loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    weight = weight[:, 1:].flatten()
    return (loss * weight).sum() / weight.sum(), int(weight.ne(0).sum())


def pretrain(
    out: Path, seed: int = 0, cases: int = 60_000, save_minutes: float = 5, progress: bool = True
) -> dict[str, float]:
    """Train the tiny policy from nothing and save it with its tokenizer to `out`; returns the summary.

    Writes `loss.csv` while it runs and a checkpoint every `save_minutes`; called again with the same arguments it
    goes on from the checkpoint. Same seed, same machine: same result.
    """
    import torch
    from tqdm import tqdm

    out.mkdir(parents=True, exist_ok=True)
    tokenizer = build_tokenizer()
    cache = out / f"rows-{seed}-{cases}.json"
    if cache.exists():
        rows = json.loads(cache.read_text())
    else:
        rows = encode(build_texts(seed, cases, progress), tokenizer)
        write_atomic(cache, json.dumps(rows))
    plan = batches(rows, random.Random(f"batches {seed}"))
    model = new_model(tokenizer, seed)
    decay = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=PEAK_LR, betas=(0.9, 0.98), fused=True)
    checkpoint, start, history = out / f"checkpoint-{seed}-{cases}.pt", 0, []
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start, history = state["step"], state["history"]
    saved = begun = time.monotonic()
    bar = tqdm(
        range(start, len(plan)), initial=start, total=len(plan), desc="warm-up", disable=not progress, mininterval=5
    )
    for step in bar:
        done = step / len(plan)
        rate = PEAK_LR * min(1.0, (step + 1) / 300) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss, tokens = batch_loss(model, plan[step], tokenizer.pad_token_id)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        history.append((step, tokens, round(loss.item(), 5)))
        if step % 50 == 0:
            bar.set_postfix(loss=f"{sum(h[2] for h in history[-50:]) / len(history[-50:]):.3f}")
        if time.monotonic() - saved > save_minutes * 60:
            saved = time.monotonic()
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
            torch.save({**state, "history": history}, checkpoint.with_suffix(".tmp"))
            checkpoint.with_suffix(".tmp").replace(checkpoint)
            write_loss(out / "loss.csv", history)
    write_loss(out / "loss.csv", history)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    cache.unlink()
    checkpoint.unlink(missing_ok=True)
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "texts": len(rows),
        "tokens": sum(h[1] for h in history),
        "updates": len(plan),
        "final_loss": sum(h[2] for h in history[-200:]) / len(history[-200:]),
        "minutes": (time.monotonic() - begun) / 60,
    }


def write_loss(path: Path, history: list[tuple[int, int, float]]) -> None:
    """The loss curve, averaged over stretches of 50 updates: update, tokens so far, loss."""
    lines, tokens = ["update,tokens,loss"], 0
    for start in range(0, len(history), 50):
        part = history[start : start + 50]
        tokens += sum(row[1] for row in part)
        lines.append(f"{part[-1][0] + 1},{tokens},{sum(row[2] for row in part) / len(part):.4f}")
    path.write_text("\n".join(lines) + "\n")


CARD = """---
license: apache-2.0
library_name: transformers
---

# The tiny policy of azr-nb

A Llama of {parameters:,} parameters ({layers} layers, hidden size {hidden}) with a tokenizer of {vocabulary} tokens. It
proposes and solves tasks about small Python programs in azr-nb's compact prompt format, and does nothing else: it knows
no natural language.

**Data.** No human data. {texts:,} texts ({tokens:,} tokens) from {cases:,} random programs of a typed grammar, with
values computed by running them, in the proposer and solver forms of deduction, abduction and induction. No two of the
programs behave the same on the probe inputs. Programs of the held-out suites are left out, by text everywhere and by
behaviour on probe inputs as tasks and as proposals.

**Training.** {updates:,} updates of AdamW, one pass, {minutes:.0f} minutes on two CPU cores; loss weight {weight} on
prompt tokens. Made again by `azr-nb pretrain --seed {seed} --cases {cases}`. On one machine with one number
of threads the result is the same, bit for bit (tested on short runs); other machines round differently, and how far
that leads was not measured.

**Loss** (weighted cross-entropy per token, mean of 50 updates; all points in `loss.csv`):

| update | tokens | loss |
|---|---|---|
{curve}

**Held-out scores** (percent; pass@1 over {samples} samples a task at temperature 1, with 95 % intervals over tasks):

| suite | task type | pass@1 | greedy | tasks |
|---|---|---|---|---|
{scores}

**Limits.** Programs longer or deeper than its grammar, other types, larger numbers and other spellings are beyond it.
It is a starting point for self-play, meant to leave room for learning.
"""


def write_card(folder: Path, summary: dict, scores: dict, seed: int, cases: int) -> None:
    """The model card (README.md) from measured numbers and the loss curve in `folder`."""
    points = [line.split(",") for line in (folder / "loss.csv").read_text().splitlines()[1:]]
    shown = points[:: max(1, len(points) // 10)] + [points[-1]]
    curve = "\n".join(f"| {int(u):,} | {int(t):,} | {loss} |" for u, t, loss in shown)
    rows = [
        f"| {suite} | {task_type} | {100 * c['pass@1']:.1f} [{100 * c['ci95'][0]:.1f}, {100 * c['ci95'][1]:.1f}] "
        f"| {100 * c['greedy']:.1f} | {c['n']} |"
        for suite, cells in scores.items()
        for task_type, c in cells.items()
    ]
    config = json.loads((folder / "config.json").read_text())
    samples = next(iter(next(iter(scores.values())).values()))["samples"]
    text = CARD.format(
        **summary,
        seed=seed,
        cases=cases,
        weight=PROMPT_WEIGHT,
        curve=curve,
        scores="\n".join(rows),
        samples=samples,
        layers=config["num_hidden_layers"],
        hidden=config["hidden_size"],
        vocabulary=config["vocab_size"],
    )
    (folder / "README.md").write_text(text)
