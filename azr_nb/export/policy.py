"""A trained policy as a folder that transformers or PEFT loads without any code of ours, with a model card.

Merged, it is a plain model with its tokenizer. As an adapter it is PEFT's folder, with the model that it sits on in
`base/` beside it. The card says what the policy came from, how it was trained, what it scores with intervals, and what
it is not good for.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Template, TemplateError

from azr_nb.config import FORMAT_FILE, load_config
from azr_nb.config.files import write_atomic
from azr_nb.evaluation.held_out import mean_score
from azr_nb.policy.models import HUB_NAMES, made_for
from azr_nb.runs.checkpoints import readable
from azr_nb.runs.folder import RunFolderError, check_run_format, read_mapping

CARD = "README.md"
TEMPLATE = Path(__file__).parents[1] / "assets" / "model_card.md.j2"
ADAPTER = ("adapter_config.json", "adapter_model.safetensors", FORMAT_FILE)


def export(run: Path, out: Path, adapter: bool = False) -> Path:
    """Write the policy of a finished or interrupted run to a new folder; returns it.

    Raises `RunFolderError` if the run has no adapter, or if the folder is there already.
    """
    from azr_nb.policy.load import load_policy

    if not (run / "adapter" / "adapter_config.json").is_file():
        raise RunFolderError(f"{run} has no adapter to export: is it a run folder, and has it taken a step?")
    if out.exists():
        raise RunFolderError(f"{out} exists already: choose another folder")
    config = load_config(run / "config.yaml")
    check_run_format(run / "adapter")
    for name in ADAPTER[:2]:
        if not (run / "adapter" / name).is_file() or not readable(run / "adapter" / name):
            raise RunFolderError(
                f"{run}/adapter/{name} is missing, cut short or damaged: azr-nb train --resume --out "
                f"{run} writes it again"
            )
    broken = read_mapping(run / "summary.json", json.loads).get("broken")
    if broken:
        raise RunFolderError(f"{run} broke ({broken}): go on with it from its last checkpoint before it is exported")
    try:
        text = card(run, config.model, adapter)
    except (TypeError, ValueError, KeyError, AttributeError, TemplateError) as error:
        raise RunFolderError(f"{run}/summary.json is damaged ({type(error).__name__}: {error}): restore it") from None
    fresh = out.with_name(f".{out.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        if adapter:
            base = load_policy(config.model, "cpu", _stored_precision(config.model), merge=True)
            for name in ADAPTER:
                _copy(run, name, fresh)
            settings = json.loads((fresh / "adapter_config.json").read_text(encoding="utf-8"))
            # whole, because PEFT looks for a part of a path in the folder where it happens to be started
            settings["base_model_name_or_path"] = os.path.abspath(out / "base")
            write_atomic(fresh / "adapter_config.json", json.dumps(settings, indent=1))
            base.tokenizer.save_pretrained(fresh)  # or PEFT asks the hub for one
            target = fresh / "base"
        else:
            # in float32, so that nothing of the adapter is lost to rounding
            base, target = load_policy(str(run), "cpu", "float32", merge=True), fresh
        base.model.save_pretrained(target)
        base.tokenizer.save_pretrained(target)
        write_atomic(fresh / CARD, text)
        fresh.rename(out)  # there whole or not at all
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return out


def _copy(run: Path, name: str, target: Path) -> None:
    """Copy a file of a run's adapter. Raises `RunFolderError` for a link, which could lead anywhere."""
    source = run / "adapter" / name
    if Path(os.path.realpath(source)) != Path(os.path.realpath(run)) / "adapter" / name:
        raise RunFolderError(f"{source} is a link, or in a folder that is one: put a copy in its place")
    if source.is_file():
        shutil.copyfile(source, target / name)


def _stored_precision(model: str) -> str:
    """The precision that a model's own files have; float32 for one that is put together from an adapter."""
    from transformers import AutoConfig

    from azr_nb.policy.models import find

    folder = find(model).folder
    if not (folder / "config.json").is_file():
        return "float32"
    settings = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    name = str(settings.dtype).removeprefix("torch.")
    return name if name in ("float32", "bfloat16") else "float32"


def _name_alone(value: Any) -> Any:
    """Of a whole path the last part, because the rest is nobody else's business."""
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def card(run: Path, base: str, adapter: bool = False) -> str:
    """The model card as Markdown: base, training, settings, results with 95 % intervals, limits, how to load."""
    summary = read_mapping(run / "summary.json", json.loads)
    made = made_for(base)
    tiny = bool(made)
    settings = {name: _name_alone(value) for name, value in summary.get("config", {}).items()}
    head = {
        "library_name": "peft" if adapter else "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["self-play", "absolute-zero", "lora", "azr-nb"],
    }
    head |= {"license": "apache-2.0"} if tiny or base == "smollm2-135m" else {}
    head |= {} if tiny or Path(base).is_dir() else {"base_model": HUB_NAMES.get(base, base)}
    rows, means = _results(summary.get("before"), summary.get("after"))
    return Template(TEMPLATE.read_text(encoding="utf-8"), trim_blocks=True, keep_trailing_newline=True).render(
        head=yaml.safe_dump(head, sort_keys=False).strip(),
        settings=yaml.safe_dump(settings, sort_keys=False).strip(),
        temperature=f"{summary.get('config', {}).get('eval_temperature', 1):g}",
        name=run.resolve().name,
        base=_name_alone(base),
        warmed_up=base == "tiny",
        summary=summary,
        tiny=tiny,
        made=made,
        adapter=adapter,
        rows=rows,
        means=means,
    )


def _results(before: dict | None, after: dict | None) -> tuple[list[list[str]], list[str]]:
    """Rows of held-out scores before and after in percent, with intervals, and their means; empty without both."""
    if not before or not after:
        return [], []
    rows = []
    for suite, cells in before.items():
        for kind, cell in cells.items():
            both = (cell, after[suite][kind])
            sampled = [
                "{:.1f} [{:.1f}, {:.1f}]".format(*(100 * value for value in (one["pass@1"], *one["ci95"])))
                for one in both
            ]
            rows.append([f"{suite}, {kind}", *sampled, *(f"{100 * one['greedy']:.1f}" for one in both), cell["n"]])
    return rows, [f"{100 * mean_score(side, key):.1f}" for key in ("pass@1", "greedy") for side in (before, after)]
