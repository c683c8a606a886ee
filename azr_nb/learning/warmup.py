"""The warm-up of the tiny policies: supervised training on the texts of an environment's grammar, from nothing.

It stands where the paper has a pretrained base model; self-play starts from its result. No human data (see
`warmup_texts`).
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azr_nb.config import ConfigError
from azr_nb.config.files import write_atomic
from azr_nb.learning.warmup_texts import python_texts, scenes_texts, things_texts
from azr_nb.policy.models import MADE_FOR
from azr_nb.prompts.things import things_tokenizer
from azr_nb.prompts.tokens import build_tokenizer
from azr_nb.tasks import TASK_TYPES

CARDS = Path(__file__).parents[1] / "assets" / "cards"
Texts = Callable[[int, int, bool], list[tuple[str, str]]]


@dataclass(frozen=True)
class Recipe:
    """How the tiny policy of an environment is warmed up.

    `texts(seed, cases, progress)` are prompts and completions, `cases` how many by default; `max_tokens` the longest
    text, `batch_tokens` those of an update with padding, `peak_rate` the highest learning rate. Of every `stretch`
    texts those of like length come into one update, so that little is padding. A token of a prompt counts
    `prompt_weight` of one of a completion.
    """

    texts: Texts
    tokenizer: Callable[[], Any]
    shape: Mapping[str, int]
    cases: int
    max_tokens: int
    batch_tokens: int
    peak_rate: float
    stretch: int = 8192
    prompt_weight: float = 0.1


SMALL = dict(hidden_size=96, intermediate_size=192, num_hidden_layers=4, num_attention_heads=4)
RECIPES = {
    "python": Recipe(
        python_texts,
        build_tokenizer,
        dict(hidden_size=128, intermediate_size=384, num_hidden_layers=6, num_attention_heads=4),
        cases=60_000,
        max_tokens=192,
        batch_tokens=2048,
        peak_rate=2e-3,
    ),
    "things": Recipe(
        things_texts,
        things_tokenizer,
        SMALL,
        cases=80_000,
        max_tokens=64,
        batch_tokens=1400,
        peak_rate=3e-3,
        stretch=48,
    ),
    "scenes": Recipe(
        scenes_texts,
        things_tokenizer,
        SMALL,
        cases=240_000,
        max_tokens=160,
        batch_tokens=2880,
        peak_rate=2e-3,
        stretch=48,
        prompt_weight=0.02,  # prompts are mostly random things, of which nothing can be learned
    ),
}


ONLY = ("propose", "solve", *TASK_TYPES)


def kept(texts: list[tuple[str, str]], only: str | None) -> list[tuple[str, str]]:
    """All texts, or those of a role; for a task type the answers of this type and all proposals.

    Raises `ConfigError` if nothing is left.
    """
    if only is None:
        return texts
    begins = [prompt.lstrip("# ").split()[:2] for prompt, _ in texts]  # its role and its type
    keep = {only, "propose"} if only in TASK_TYPES else {only}
    if not any(role == only or [role, kind] == ["solve", only] for role, kind in begins):
        raise ConfigError(f"the warm-up has no texts of {only}: choose another --only")
    return [text for text, begin in zip(texts, begins, strict=True) if keep & set(begin)]


def encode(texts: list[tuple[str, str]], tokenizer, max_tokens: int) -> list[tuple[list[int], int]]:
    """Token ids of each text with `<eos>`, and the length of its prompt; texts above `max_tokens` are left out."""
    prompts = tokenizer([p for p, _ in texts])["input_ids"]
    completions = tokenizer([c for _, c in texts])["input_ids"]
    rows = [(p + c + [tokenizer.eos_token_id], len(p)) for p, c in zip(prompts, completions, strict=True)]
    return [row for row in rows if len(row[0]) <= max_tokens]


def batches(rows: list, rng: random.Random, batch_tokens: int, stretch: int) -> list[list]:
    """Batches of at most `batch_tokens` tokens, padding included, of rows of like length, in random order."""
    out = []
    for start in range(0, len(rows), stretch):  # sorted only within a stretch, so that batches stay mixed over time
        near = sorted(rows[start : start + stretch], key=lambda row: len(row[0]))
        batch: list = []
        part = []
        for row in near:
            if batch and len(row[0]) * (len(batch) + 1) > batch_tokens:
                part.append(batch)
                batch = []
            batch.append(row)
        part.append(batch)
        rng.shuffle(part)
        out += part
    return out


def new_model(tokenizer, seed: int, environment: str = "python"):
    """The tiny policy of an environment, untrained: a Llama of about 1.3 million parameters, or 0.4 for things."""
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
        **RECIPES[environment].shape,
        **({MADE_FOR: environment} if environment != "python" else {}),
    )
    return LlamaForCausalLM(config)


def _started(name: str, tokenizer):
    """The model to train further. Raises `ConfigError` for one of another tokenizer."""
    from transformers import LlamaForCausalLM

    from azr_nb.policy.models import find

    folder = find(name).folder
    if not (folder / "tokenizer.json").is_file() or tokenizer.get_vocab() != _vocabulary(folder):
        raise ConfigError(f"{name} has other tokens than this warm-up: start from a model that pretrain made")
    return LlamaForCausalLM.from_pretrained(folder)


def _vocabulary(folder: Path) -> dict[str, int]:
    return json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"].get("vocab", {})


def batch_loss(model, batch: list, pad: int, prompt_weight: float):
    """Weighted cross-entropy per token: weight 1 on the completion, `prompt_weight` on the prompt."""
    import torch
    import torch.nn.functional as F

    width = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([ids + [pad] * (width - len(ids)) for ids, _ in batch])
    weight = torch.zeros(ids.shape)
    for i, (row, prompt) in enumerate(batch):
        weight[i, :prompt] = prompt_weight
        weight[i, prompt : len(row)] = 1.0
    # padding stands to the right, where causal attention never looks, so that no mask is needed
    logits = model(input_ids=ids).logits[:, :-1]
    loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    weight = weight[:, 1:].flatten()
    return (loss * weight).sum() / weight.sum(), int(weight.ne(0).sum())


def pretrain(
    out: Path,
    seed: int = 0,
    cases: int | None = None,
    save_minutes: float = 5,
    progress: bool = True,
    environment: str = "python",
    start: str | None = None,
    only: str | None = None,
) -> dict[str, float]:
    """Train the tiny policy of an environment from nothing, and save it with its tokenizer to `out`.

    With `start`, a model of the same tokenizer by its name or folder, train that one further. With `only`, on the texts
    of a role or a task type alone (see `kept`). Returns the summary.
    Writes `loss.csv` while it runs and a checkpoint every `save_minutes`; called again with the same arguments it goes
    on from the checkpoint. Same seed, same machine: same result. Raises `ConfigError` for a start of other tokens.
    """
    import torch
    from tqdm import tqdm

    out.mkdir(parents=True, exist_ok=True)
    recipe = RECIPES[environment]
    cases, tokenizer = cases or recipe.cases, recipe.tokenizer()
    model = new_model(tokenizer, seed, environment) if start is None else _started(start, tokenizer)
    name = f"{seed}-{cases}" if start is None else f"{seed}-{cases}-from-{Path(start).name}"
    name += f"-{only}" if only else ""
    cache = out / f"rows-{name}.json"
    if cache.exists():
        rows = json.loads(cache.read_text())
    else:
        rows = encode(kept(recipe.texts(seed, cases, progress), only), tokenizer, recipe.max_tokens)
        write_atomic(cache, json.dumps(rows))
    plan = batches(rows, random.Random(f"batches {seed}"), recipe.batch_tokens, recipe.stretch)
    decay = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=recipe.peak_rate, betas=(0.9, 0.98), fused=True)
    checkpoint, first, history = out / f"checkpoint-{name}.pt", 0, []
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first, history = state["step"], state["history"]
    saved = begun = time.monotonic()
    bar = tqdm(
        range(first, len(plan)), initial=first, total=len(plan), desc="warm-up", disable=not progress, mininterval=5
    )
    for step in bar:
        done = step / len(plan)
        rate = recipe.peak_rate * min(1.0, (step + 1) / 300) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss, tokens = batch_loss(model, plan[step], tokenizer.pad_token_id, recipe.prompt_weight)
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
        "cases": cases,
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


def write_card(folder: Path, summary: dict, scores: dict, seed: int, environment: str = "python") -> None:
    """The model card (README.md) from measured numbers and the loss curve in `folder`."""
    import torch

    points = [line.split(",") for line in (folder / "loss.csv").read_text().splitlines()[1:]]
    shown = points[:: max(1, len(points) // 10)] + [points[-1]]
    curve = "\n".join(f"| {int(u):,} | {int(t):,} | {loss} |" for u, t, loss in shown)
    percent = lambda value, ends: f"{100 * value:.1f} [{100 * ends[0]:.1f}, {100 * ends[1]:.1f}]"  # noqa: E731
    rows = [
        f"| {suite} | {cell} | {percent(c['greedy'], c['greedy_ci95'])} "
        f"| {percent(c['pass@1'], c['ci95'])} | {c['n']} |"
        for suite, cells in scores.items()
        for cell, c in cells.items()
    ]
    config = json.loads((folder / "config.json").read_text())
    card = CARDS / f"{environment}.md"
    text = (card if card.is_file() else CARDS / "other.md").read_text(encoding="utf-8")
    text = text.format(
        **summary,
        environment=environment,
        seed=seed,
        weight=RECIPES[environment].prompt_weight,
        curve=curve,
        scores="\n".join(rows),
        samples=_counted(next(iter(next(iter(scores.values())).values()))["samples"], "sample"),
        threads=_counted(torch.get_num_threads(), "thread"),
        layers=config["num_hidden_layers"],
        hidden=config["hidden_size"],
        vocabulary=config["vocab_size"],
    )
    (folder / "README.md").write_text(text)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
