"""Files for `accelerate launch`, one per kind of machine, and the command that uses each."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from azr_nb.config import ConfigError
from azr_nb.planning import SPREAD_TOKENS

FOLDER = Path(__file__).parent / "assets" / "accelerate"


@dataclass(frozen=True)
class Recipe:
    """What a file is for, the preset and model to start with, options that only the user can know, and settings."""

    about: str
    preset: str = "gpu"
    model: str = "qwen2.5-coder-1.5b"
    options: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


_SPREAD = (f"micro_batch_tokens={SPREAD_TOKENS}",)  # whose logits are made whole

RECIPES = {
    "one_gpu": Recipe("one process on one GPU, bf16"),
    "two_cpus": Recipe("two processes on CPUs, over gloo; the form that the tests run", "classroom", "tiny"),
    "several_gpus": Recipe("DDP, a whole model on each GPU of a machine", options=("--num_processes 2",)),
    "zero2": Recipe("DeepSpeed ZeRO-2: optimizer and gradients spread", options=("--num_processes 2",),
                    settings=_SPREAD),
    "zero3": Recipe("DeepSpeed ZeRO-3: weights spread too", options=("--num_processes 2",), settings=_SPREAD),
    "fsdp": Recipe("FSDP2: frozen weights spread, without DeepSpeed", options=("--num_processes 2",),
                   settings=("generation=transformers", *_SPREAD)),
    "two_machines": Recipe(
        "DDP over two machines; start it on both", options=("--main_process_ip ADDRESS", "--machine_rank 0")
    ),
}


def recipe_path(name: str) -> Path:
    """The accelerate config file of that name. Raises `ConfigError` for an unknown one."""
    if name not in RECIPES:
        raise ConfigError(f"unknown recipe {name!r}: choose one of {', '.join(RECIPES)}")
    return FOLDER / f"{name}.yaml"


def recipe_text(name: str, model: str | None = None) -> str:
    """What to type: a sentence, the file, and the command; on two machines, what changes on the second."""
    path, recipe = recipe_path(name), RECIPES[name]
    options = " ".join(("", *recipe.options))
    settings = "".join(f"--set {setting} " for setting in recipe.settings)
    lines = [
        f"{name}: {recipe.about}",
        str(path),
        f"accelerate launch --config_file {shlex.quote(str(path))}{options} -m azr_nb train --preset {recipe.preset} "
        f"--model {model or recipe.model} {settings}--out data_out/{name}",
    ]
    if "--machine_rank 0" in recipe.options:
        lines.append("On the second machine the same with --machine_rank 1; ADDRESS is the first machine's, on both.")
    return "\n".join(lines)
