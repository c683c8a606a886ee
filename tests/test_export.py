"""A run's policy, exported: without our code it gives the same log-probabilities, and its card says what it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

torch = pytest.importorskip("torch")

from azr_nb.export.policy import card, export  # noqa: E402
from azr_nb.policy.load import load_policy  # noqa: E402
from azr_nb.runs.folder import RunFolderError  # noqa: E402
from azr_nb.runs.shipped import open_recorded  # noqa: E402

TEXT = "# solve deduction\ndef f(a):\n    return a[1:] + 'x'\nf('abc')\n###\n=> 'bcx'"


@pytest.fixture(scope="module")
def run():
    return open_recorded("healthy")


@pytest.fixture(scope="module")
def wanted(run):
    policy = load_policy(str(run))
    ids = policy.tokenizer(TEXT, return_tensors="pt", add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        return ids, torch.log_softmax(policy.model(ids).logits, -1)


def log_probs(model, tokenizer, ids):
    assert tokenizer(TEXT, add_special_tokens=False)["input_ids"] == ids[0].tolist()
    with torch.no_grad():
        return torch.log_softmax(model(ids).logits, -1)


def test_a_merged_model_is_the_policy(run, wanted, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = export(run, tmp_path / "merged")
    found = log_probs(AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder), wanted[0])
    assert torch.allclose(found, wanted[1], atol=1e-5)
    untrained = load_policy("tiny")
    assert not torch.allclose(log_probs(untrained.model, untrained.tokenizer, wanted[0]), wanted[1], atol=1e-2)


def test_an_adapter_is_the_policy_on_the_base_beside_it(run, wanted, tmp_path, monkeypatch):
    from peft import AutoPeftModelForCausalLM, PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    monkeypatch.chdir(tmp_path)
    folder = export(run, Path("adapter"), adapter=True)
    monkeypatch.chdir("/")  # PEFT's own way, from any folder and without a hub, until the adapter is moved
    monkeypatch.setattr("peft.auto.check_file_exists_on_hf_hub", None)
    there = tmp_path / folder
    found = log_probs(AutoPeftModelForCausalLM.from_pretrained(there), AutoTokenizer.from_pretrained(there), wanted[0])
    assert torch.allclose(found, wanted[1], atol=1e-4)
    moved = there.rename(tmp_path / "moved")
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(moved / "base"), moved)
    found = log_probs(model, AutoTokenizer.from_pretrained(moved), wanted[0])
    assert torch.allclose(found, wanted[1], atol=1e-4)
    ours = load_policy(str(moved))
    assert torch.allclose(log_probs(ours.model, ours.tokenizer, wanted[0]), wanted[1], atol=1e-4)


def test_nothing_is_given_away_through_a_link(run, tmp_path):
    (tmp_path / "secret").write_text("{}")
    mine = tmp_path / "mine"
    shutil.copytree(run, mine)
    (mine / "adapter" / "azr_nb.json").symlink_to(tmp_path / "secret")
    with pytest.raises(RunFolderError, match="is a link"):
        export(mine, tmp_path / "out", adapter=True)
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".*"))


def test_the_card(run):
    text = card(run, "tiny")
    head = yaml.safe_load(text.split("---")[1])
    assert head["library_name"] == "transformers" and "100 steps" in text and "data: none" in text
    assert text.count("| own, ") == text.count("| harder, ") == 3 and "| mean |" in text and "sandbox" in text
    assert "base" in card(run, "tiny", adapter=True)
    assert "on `healthy`" in card(run, str(run.resolve())) and str(run.resolve()) not in card(run, str(run.resolve()))


def test_what_cannot_be_exported(run, tmp_path):
    with pytest.raises(RunFolderError, match="has no adapter"):
        export(open_recorded("short"), tmp_path / "x")
    (tmp_path / "there").mkdir()
    with pytest.raises(RunFolderError, match="exists already"):
        export(run, tmp_path / "there")
    assert not list(tmp_path.glob(".*"))
