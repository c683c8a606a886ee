"""The ways in beside make: containers, Binder, Colab, workflows, badges. What no machine here can start is read."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from azr_nb.config import ConfigError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tools import badges, gpu_model  # noqa: E402


def make_targets() -> set[str]:
    return set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))


def test_the_container_starts_with_targets_that_are_there():
    found = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    for command in (found["postCreateCommand"], *found["postAttachCommand"].values()):
        words = shlex.split(command)
        assert words[0] == "make" and words[1] in make_targets()
    assert found["forwardPorts"] == [8888] and "8888" in found["postAttachCommand"]["lab"]


def test_binder_installs_the_lock_and_then_the_project():
    folder = ROOT / ".binder"
    lines = [line for line in (folder / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines == ["-r ../requirements.lock"] and (folder / lines[0].split()[1]).resolve().is_file()
    assert (folder / "postBuild").stat().st_mode & 0o100
    subprocess.run(["bash", "-n", str(folder / "postBuild")], check=True)


@pytest.mark.skipif(importlib.util.find_spec("repo2docker") is None, reason="repo2docker is not installed")
def test_repo2docker_reads_binders_files(monkeypatch):
    from repo2docker.buildpacks import PythonBuildPack

    monkeypatch.chdir(ROOT)
    pack = PythonBuildPack(None)
    assert pack.detect() and pack.python_version.startswith("3.11") and pack.binder_dir == ".binder"
    assert any("requirements.txt" in script for _, script in pack.get_assemble_scripts())
    assert pack.get_post_build_scripts() == [".binder/postBuild"]


def test_workflows_call_what_is_there():
    for path in sorted((ROOT / ".github/workflows").glob("*.yml")):
        jobs = yaml.safe_load(path.read_text())["jobs"]
        for job in jobs.values():
            assert job["timeout-minutes"] <= 120
            for command in (step["run"] for step in job["steps"] if "run" in step):
                first, *rest = shlex.split(command)
                assert first in ("make", "python", "azr-nb", ".ci/run"), command
                assert first != "make" or rest[0] in make_targets()
                assert first != ".ci/run" or (ROOT / first).is_file()


def test_badges_stay_out_until_a_repository_is_set():
    begin, end = badges.MARKERS
    shown = (ROOT / "README.md").read_text().partition(begin)[2].partition(end)[0]
    assert shown.strip() == badges.badges(badges.repository(ROOT)).strip()
    text = badges.badges("someone/azr-nb")
    assert "{" not in text and all("someone/azr-nb" in line for line in text.splitlines())
    for target in re.findall(r"blob/main/([\w/.]+)\)", text):
        assert (ROOT / target).is_file()
    with pytest.raises(ConfigError, match="OWNER/NAME"):
        badges.badges("https://somewhere/else")


def test_the_opener_runs_against_an_installed_package(tmp_path):
    """All but its installation, which a wheel takes minutes for."""
    notebook = json.loads((ROOT / "docs/open_in_colab.ipynb").read_text())
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    script = "\n".join(cell for cell in cells if '"pip", "install"' not in cell)
    script = "import subprocess, sys\n" + script
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "00_start_here.ipynb" in done.stdout and (tmp_path / "azr-nb-course").is_dir()


def test_the_script_for_gpus_is_valid_and_names_a_shape():
    script = ROOT / "tools/gpu_check.sh"
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert re.search(r"SHAPE:-([\w.]+)}", script.read_text())[1] in gpu_model.SHAPES


def test_the_random_model_is_one_that_a_run_can_load(tmp_path):
    pytest.importorskip("torch")
    from azr_nb.policy.load import load_policy

    gpu_model.make(tmp_path / "model", "small")
    policy = load_policy(str(tmp_path / "model"), "cpu")
    text = "def f(a):\n    return 'é' * a"
    assert policy.tokenizer.decode(policy.tokenizer(text)["input_ids"]) == text
