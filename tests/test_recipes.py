"""The files for `accelerate launch`: read by accelerate's own loader, and used where CPUs are enough."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from accelerate.commands.config.config_args import ClusterConfig, load_config_from_file
from typer.testing import CliRunner

from azr_nb.cli.app import app
from azr_nb.cli.reference import RECIPES

# distributed type, mixed precision, processes, machines
MEANING = {
    "one_gpu": ("NO", "bf16", 1, 1),
    "two_cpus": ("MULTI_GPU", "no", 2, 1),
    "several_gpus": ("MULTI_GPU", "bf16", 2, 1),
    "zero2": ("DEEPSPEED", "bf16", 2, 1),
    "zero3": ("DEEPSPEED", "bf16", 2, 1),
    "fsdp": ("FSDP", "bf16", 2, 1),
    "two_machines": ("MULTI_GPU", "bf16", 4, 2),
}


def load(name: str) -> ClusterConfig:
    return load_config_from_file(str(RECIPES / f"{name}.yaml"))


def said(*words: str) -> str:
    done = CliRunner().invoke(app, ["recipe", *words])
    assert done.exit_code == 0, done.exception
    return done.stdout


def test_every_file_is_listed():
    listed = {line.split()[0] for line in said().splitlines()}
    assert listed == {path.stem for path in RECIPES.iterdir()} == set(MEANING)


@pytest.mark.parametrize("name", MEANING)
def test_accelerate_reads_the_file_as_it_is_meant(name):
    config = load(name)
    assert isinstance(config, ClusterConfig)
    kind, precision, processes, machines = MEANING[name]
    assert (config.distributed_type.value, config.mixed_precision) == (kind, precision)
    assert (config.num_processes, config.num_machines, config.machine_rank) == (processes, machines, 0)
    assert config.use_cpu == (name == "two_cpus")


@pytest.mark.parametrize(("name", "stage"), [("zero2", 2), ("zero3", 3)])
def test_zero_stages(name, stage):
    zero = load(name).deepspeed_config
    assert (zero["zero_stage"], zero["gradient_accumulation_steps"]) == (stage, 1)
    assert not zero["zero3_init_flag"] and zero.get("zero3_save_16bit_model", False) == (stage == 3)
    assert "gradient_clipping" not in zero  # so that it is the trainer's


def test_fsdp_leaves_the_adapter_whole():
    fsdp = load("fsdp").fsdp_config
    assert (fsdp["fsdp_version"], fsdp["fsdp_reshard_after_forward"]) == (2, True)
    assert not fsdp["fsdp_cpu_ram_efficient_loading"] and not fsdp["fsdp_activation_checkpointing"]
    layer = "base_model.model.model.layers.0.self_attn.q_proj"
    for name, left in ((f"{layer}.lora_A", True), (f"{layer}.lora_B.default", True), (f"{layer}.base_layer", False)):
        assert bool(re.fullmatch(fsdp["fsdp_ignored_modules"], name)) == left, name


@pytest.mark.parametrize("name", MEANING)
def test_the_launcher_takes_the_command(name):
    """accelerate's own parser and checks, on the words that `azr-nb recipe` prints."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser

    line = said(name).splitlines()[-1]
    args, defaults, _ = _validate_launch_command(launch_command_parser().parse_args(shlex.split(line)[2:]))
    assert (args.training_script, args.module) == ("azr_nb", True)
    assert args.training_script_args[:2] == ["train", "--preset"]
    kind = MEANING[name][0]
    assert (args.multi_gpu, bool(args.use_deepspeed), bool(args.use_fsdp)) == (
        kind == "MULTI_GPU",
        kind == "DEEPSPEED",
        kind == "FSDP",
    )
    assert int(args.num_processes) == MEANING[name][2]


def started(*command: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_two_cpus_starts_two_processes_over_gloo(tmp_path):
    script = tmp_path / "who.py"
    script.write_text(
        "import sys\nfrom accelerate import PartialState\ns = PartialState(cpu=True)\n"
        "open(f'{sys.argv[1]}/{s.process_index}', 'w').write(f'{s.num_processes} {s.backend}')\n"
    )
    started(
        "accelerate.commands.launch",
        "--config_file",
        RECIPES / "two_cpus.yaml",
        "--main_process_port",
        0,
        script,
        tmp_path,
    )
    assert [(tmp_path / rank).read_text() for rank in "01"] == ["2 gloo", "2 gloo"]


@pytest.mark.slow
def test_fsdp_gives_the_samples_and_gradients_of_one_process(tmp_path):
    """accelerate's sharding with the file's settings, over gloo: frozen weights spread, adapter whole and summed."""
    script = Path(__file__).parent / "fsdp_processes.py"
    started("torch.distributed.run", "--standalone", "--nproc_per_node", 2, script, RECIPES / "fsdp.yaml", tmp_path)
    lengths = set()
    for rank in "01":
        errors = json.loads((tmp_path / rank).read_text())
        assert len(errors) == 6 and max(errors[:2]) < 1e-6  # with and without checkpointing
        assert max(errors[2:]) < 1e-4  # the self-play trainer: gradients, their norm, KL and loss
        drawn = json.loads((tmp_path / f"{rank}-drawn").read_text())
        assert drawn["spread"] == drawn["whole"]
        lengths |= {len(row) for rows in drawn["whole"] for row in rows}
    assert len(lengths) > 2  # so that one process ended before the other
