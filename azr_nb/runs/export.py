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

from azr_nb.config import FORMAT_FILE, load_config
from azr_nb.config.files import write_atomic
from azr_nb.evaluation.held_out import mean_score
from azr_nb.policy.models import HUB_NAMES, speaks_compact
from azr_nb.runs.checkpoints import readable
from azr_nb.runs.folder import RunFolderError, check_run_format, read_mapping

CARD = "README.md"
MOVED = (
    "`base/` holds the model that the adapter sits on; no hub is needed. `AutoPeftModelForCausalLM` finds it by "
    "the whole path that `adapter_config.json` names as `base_model_name_or_path`: once the folder is moved, "
    "write the new path there, or use `PeftModel`, which works wherever the folder lies."
)
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
    except (TypeError, ValueError, KeyError, AttributeError) as error:
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
    tiny, folder = speaks_compact(base), Path(base).is_dir()
    settings = {name: _name_alone(value) for name, value in summary.get("config", {}).items()}
    head = {
        "library_name": "peft" if adapter else "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["self-play", "absolute-zero", "lora", "azr-nb"],
    }
    head |= {"license": "apache-2.0"} if tiny or base == "smollm2-135m" else {}
    head |= {} if tiny or folder else {"base_model": HUB_NAMES.get(base, base)}
    lines = [
        "---",
        yaml.safe_dump(head, sort_keys=False).strip(),
        "---",
        "",
        f"# Self-play policy {run.resolve().name}",
        "",
        f"A LoRA adapter trained by Absolute Zero self-play on `{_name_alone(base)}`"
        + ("." if adapter else ", merged into its weights."),
        "",
        f"- training: {summary.get('steps', 'an unknown number of')} steps of self-play"
        + (f", {summary['minutes']:.1f} minutes" if "minutes" in summary else ""),
        "- data: none; the policy wrote its own tasks, and an executor verified them"
        + (" (its base was warmed up on solved tasks from a random grammar)" if base == "tiny" else ""),
        *([f"- weights of the base: {summary['source']}"] if "source" in summary else ()),
        *(f"- {note}" for note in summary.get("notes", ())),
        "",
        "## Results",
        "",
        *_results(summary),
        "",
        "## Limits",
        "",
        (
            "It proposes and solves small Python functions in the format that it was trained on, and nothing else."
            if tiny
            else "It was trained on small Python functions in one format of prompt; what that did to all else that its "
            "base could do was not looked at."
        ),
        "Held-out tasks come from "
        + ("the grammar of its warm-up" if tiny else "a random grammar of small programs")
        + ". Run what it writes in a sandbox only.",
        "",
        "## Load",
        "",
        *([MOVED, ""] if adapter else ()),
        "```python",
        *_loading(adapter),
        "```",
        "",
        "## Settings",
        "",
        "```yaml",
        yaml.safe_dump(settings, sort_keys=False).strip(),
        "```",
        "",
    ]
    return "\n".join(lines)


def _results(summary: dict[str, Any]) -> list[str]:
    """Held-out scores before and after, in percent with intervals."""
    before, after = summary.get("before"), summary.get("after")
    if not before or not after:
        return ["The run was not scored after training."]

    def text(cell: dict) -> tuple[str, str]:
        value, low, high = (100 * number for number in (cell["pass@1"], *cell["ci95"]))
        return f"{value:.1f} [{low:.1f}, {high:.1f}]", f"{100 * cell['greedy']:.1f}"

    rows = [
        "| held-out suite, task type | pass@1 before | after | greedy before | after | tasks |",
        "|---|---|---|---|---|---|",
    ]
    for suite, cells in before.items():
        for kind, cell in cells.items():
            (old, old_greedy), (new, new_greedy) = text(cell), text(after[suite][kind])
            rows.append(f"| {suite}, {kind} | {old} | {new} | {old_greedy} | {new_greedy} | {cell['n']} |")
    means = [f"{100 * mean_score(scores, key):.1f}" for key in ("pass@1", "greedy") for scores in (before, after)]
    return [
        *rows,
        f"| mean | {' | '.join(means)} | |",
        "",
        f"In percent, sampled at temperature {summary.get('config', {}).get('eval_temperature', 1):g}; intervals "
        "of 95 % over tasks, one run.",
    ]


def _loading(adapter: bool) -> list[str]:
    if adapter:
        return [
            "from peft import AutoPeftModelForCausalLM, PeftModel",
            "from transformers import AutoModelForCausalLM, AutoTokenizer",
            "",
            'base = AutoModelForCausalLM.from_pretrained("FOLDER/base")',
            'model = PeftModel.from_pretrained(base, "FOLDER")',
            'tokenizer = AutoTokenizer.from_pretrained("FOLDER")',
            "",
            "# the same, until the folder is moved",
            'model = AutoPeftModelForCausalLM.from_pretrained("FOLDER")',
        ]
    return [
        "from transformers import AutoModelForCausalLM, AutoTokenizer",
        "",
        'model = AutoModelForCausalLM.from_pretrained("FOLDER")',
        'tokenizer = AutoTokenizer.from_pretrained("FOLDER")',
    ]
