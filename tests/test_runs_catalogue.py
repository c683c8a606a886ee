"""Recorded runs: settings that are possible, commands that make them again, archives that open as what was packed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shlex
import zipfile
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from azr_nb.cli.app import app
from azr_nb.cli.options import settings_of
from azr_nb.config import ConfigError, SelfPlayConfig, load_config, make_config
from azr_nb.runs import catalogue, shipped
from azr_nb.runs.catalogue import (
    CATALOGUE,
    EVERYTHING,
    FAULTS,
    SCORES,
    SCORES_ALONE,
    SEALED,
    VARIANTS,
    WITH_ADAPTER,
    RecordedRun,
)
from azr_nb.runs.folder import RunFolderError, read_rollouts
from azr_nb.runs.vitals import SIGNS

THERE = [run.name for run in shipped.shipped()]
MACHINE = ("/work", "/tmp", "/home", "/root", "/Users", "C:\\\\")
there = pytest.mark.parametrize("name", THERE or [pytest.param("none", marks=pytest.mark.skip("no archive is there"))])


# --- the catalogue ---------------------------------------------------------------------------------------------------
def test_names_are_unique_and_kinds_known():
    runs = catalogue._all()
    assert len({run.name for run in runs}) == len(runs) == len(CATALOGUE)
    assert all(CATALOGUE[run.name] == run for run in runs)
    kinds = {"healthy", "short", "ward", "study", "language", "things", "levers", "curiosity", "zero"}
    assert {run.kind for run in runs} == kinds
    assert {run.name for run in runs if run.fault} == set(FAULTS)
    for run in runs:
        kept = tuple(name for name in run.keep if name != SEALED)
        assert run.about and "\n" not in run.about and kept in (EVERYTHING, WITH_ADAPTER, SCORES, SCORES_ALONE)
        assert (SEALED in run.keep) == (run.kind == "zero" or run.name.startswith("lever-classroom-"))


@pytest.mark.parametrize("name", [name for name, run in CATALOGUE.items() if not run.control_of])
def test_the_command_makes_the_same_settings(name):
    run = CATALOGUE[name]
    program, command, *words = shlex.split(run.command())
    chosen, pairs = {}, []
    for option, value in zip(words[::2], words[1::2], strict=True):
        if option == "--set":
            pairs.append(value)
        else:
            chosen[option.removeprefix("--")] = int(value) if option in ("--steps", "--seed") else value
    assert (program, command) == ("azr-nb", "train") and chosen.pop("out").endswith(f"/{name}")
    assert make_config(**settings_of(pairs, chosen)) == run.config()
    assert shlex.split(run.command("elsewhere"))[-2:] == ["--out", "elsewhere"]


def test_the_command_of_a_control_names_its_run_and_how_much():
    run = CATALOGUE["things-further-1-0"]
    assert run.command("here") == f"azr-nb baseline data_out/recorded/{run.control_of} --cases 120000 --out here"
    assert CATALOGUE[run.control_of].group == "things-self-play"


def test_arms_pair_by_warm_up_and_seed():
    order = [run.name.split("-")[-2:] for run in CATALOGUE.values() if run.group == "things-self-play"]
    assert order[:6] == [r.name.split("-")[-2:] for r in CATALOGUE.values() if r.group == "things-untrained"]
    whole = [run.name.split("-")[-2:] for run in CATALOGUE.values() if run.group == "things-whole-coin"]
    assert len(order) == 15 and [one for one in order if one[0] == "0"][:3] == whole


def test_numbers_stay_numbers_and_truth_stays_truth():
    assert CATALOGUE["twin-0"].config().kl_weight == 1e-6 and "kl_weight=1e-06" in CATALOGUE["twin-0"].command()
    assert CATALOGUE["solver-only-0"].config().train_propose is False
    assert "train_propose=false" in CATALOGUE["solver-only-0"].command()
    assert CATALOGUE["reward-hacking"].config().intrinsic == {"complexity": 3.0}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_a_sign_and_is_all_that_differs_from_its_twin(name):
    settings, fault = FAULTS[name]
    assert fault.sign in {sign.name for sign in SIGNS} and fault.side in ("below", "above")
    assert fault.cause and fault.why and CATALOGUE[name].fault is fault
    different = CATALOGUE[name].config().diff(CATALOGUE["twin-0"].config())
    assert set(different) == set(settings)


def test_no_two_faults_have_the_same_first_sign():
    assert len({fault.sign for _, fault in FAULTS.values()}) == len(FAULTS)


def test_variants_have_three_seeds_and_equal_compute():
    for name, (about, settings) in VARIANTS.items():
        group = [run for run in CATALOGUE.values() if run.kind == "study" and run.group == name]
        assert [run.config().seed for run in group] == [0, 1, 2] and {run.about for run in group} == {about}
        configs = [run.config() for run in group]
        assert all(set(c.diff(configs[0])) <= {"seed"} for c in configs)
        plain = make_config("classroom", **catalogue.STUDY, **catalogue.THEN)
        assert set(configs[0].diff(plain)) == set(settings)
        for c in configs:
            assert (c.steps, c.eval_tasks, c.eval_samples, c.solve_samples) == (30, 120, 4, 8)


# --- packing ---------------------------------------------------------------------------------------------------------
RUN = RecordedRun("tiny", "short", "a run for this test", {"steps": 1}, keep=WITH_ADAPTER)


@pytest.fixture()
def folder(tmp_path) -> Path:
    """A run folder made up, with a file that is not kept."""
    path = tmp_path / "run"
    (path / "adapter").mkdir(parents=True)
    for i, name in enumerate(RUN.keep):
        (path / name).write_bytes(bytes(range(256)) * (i + 1) if name.endswith("tensors") else f"{name} é\n".encode())
    rows = [json.dumps({"role": "propose", "step": i, "completion": "<b>" * i}) for i in range(50)]
    # a member for each step, as a run writes them
    (path / "rollouts.jsonl.gz").write_bytes(b"".join(gzip.compress(f"{row}\n".encode()) for row in rows))
    (path / "report.html").write_text("not kept")
    return path


@pytest.fixture()
def shelf(tmp_path, monkeypatch) -> Path:
    """An empty place for archives, and a catalogue with the made-up run; opened runs are forgotten after it."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "shelf")
    monkeypatch.setitem(CATALOGUE, RUN.name, RUN)
    shipped.open_recorded.cache_clear()
    yield tmp_path / "shelf"
    shipped.open_recorded.cache_clear()


def test_packing_twice_gives_the_same_bytes(folder, shelf, tmp_path):
    first = shipped.pack(folder, RUN)
    assert first == shelf / "tiny.zip" == shipped.archive("tiny")
    for name in RUN.keep:
        (folder / name).touch()
    second = shipped.pack(folder, RUN, tmp_path / "deep" / "other.zip")
    assert first.read_bytes() == second.read_bytes()


def test_what_was_packed_comes_out_again(folder, shelf):
    shipped.pack(folder, RUN)
    opened = shipped.open_recorded("tiny")
    assert {str(path.relative_to(opened)) for path in opened.rglob("*") if path.is_file()} == set(RUN.keep)
    for name in RUN.keep:
        ours, theirs = (opened / name).read_bytes(), (folder / name).read_bytes()
        if name.endswith(".gz"):
            ours, theirs = gzip.decompress(ours), gzip.decompress(theirs)
        assert ours == theirs
    assert read_rollouts(opened) == read_rollouts(folder) and len(read_rollouts(opened)) == 50
    assert shipped.open_recorded("tiny") == opened  # once per process
    assert shipped.shipped() == [RUN]


@pytest.mark.parametrize("name", RUN.keep)
def test_a_missing_file_is_named_and_nothing_is_written(folder, shelf, name):
    (folder / name).unlink()
    with pytest.raises(RunFolderError, match="is the run finished") as caught:
        shipped.pack(folder, RUN)
    assert name in str(caught.value) and "\n" not in str(caught.value) and not shipped.archive("tiny").exists()


def test_an_unknown_name_says_what_there_is(folder, shelf):
    shipped.pack(folder, RUN)
    for name in ("nothing", "healthy", "../tiny", ""):
        with pytest.raises(RunFolderError) as caught:
            shipped.open_recorded(name)
        assert repr(name) in str(caught.value) and "lists tiny" in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(RunFolderError):
        shipped.open_run("nothing")


def test_a_folder_goes_before_a_name(folder, shelf, tmp_path, monkeypatch):
    shipped.pack(folder, RUN)
    monkeypatch.chdir(tmp_path)
    assert shipped.open_run("tiny") == shipped.open_recorded("tiny")
    (tmp_path / "tiny").mkdir()
    assert shipped.open_run("tiny") == Path("tiny") and shipped.open_run(folder) == folder


# --- the command -----------------------------------------------------------------------------------------------------
def test_the_command_lists_shows_and_copies(folder, shelf, tmp_path):
    call = CliRunner().invoke
    packed = call(app, ["runs", "tiny", "--pack", str(folder)])
    assert packed.exit_code == 0 and "packed" in packed.output, packed.output
    listed = call(app, ["runs"])
    assert listed.exit_code == 0 and RUN.about in listed.output and "1 runs" in listed.output
    shown = call(app, ["runs", "tiny"])
    assert RUN.command() in shown.output and "adapter/adapter_config.json" in shown.output
    assert "fault" not in shown.output
    copied = call(app, ["runs", "tiny", "--out", str(tmp_path / "copy")])
    assert copied.exit_code == 0 and (tmp_path / "copy" / "metrics.csv").is_file()
    for words, error in (
        (["runs", "tiny", "--out", str(tmp_path / "copy")], "exists already"),
        (["runs", "--kind", "odd"], "choose healthy"),
        (["runs", "--out", "x"], "name a run"),
        (["runs", "odd", "--pack", str(folder)], "no run 'odd'"),
    ):
        result = call(app, words)
        assert isinstance(result.exception, ConfigError) and error in str(result.exception)


# --- what is shipped -------------------------------------------------------------------------------------------------
def test_all_of_the_catalogue_is_shipped_and_nothing_else():
    there = {path.stem for path in shipped.FOLDER.glob("*")}
    assert there <= set(CATALOGUE)
    # a screening is packed run by run, and may be on its way
    assert {CATALOGUE[name].kind for name in set(CATALOGUE) - there} <= {"levers", "curiosity", "zero"}


def test_all_archives_together_are_small():
    assert sum(path.stat().st_size for path in shipped.FOLDER.glob("*")) < 10e6


@there
def test_an_archive_holds_a_finished_run_with_the_settings_of_the_catalogue(name, tmp_path):
    run = CATALOGUE[name]
    with zipfile.ZipFile(shipped.archive(name)) as packed:
        assert packed.testzip() is None
        texts = {entry: packed.read(entry).decode() for entry in packed.namelist() if not entry.endswith("tensors")}
        assert packed.namelist() == [entry.removesuffix(".gz") for entry in run.keep]
    settings = yaml.safe_load(texts["config.yaml"])
    settings.pop("format", None)
    config = SelfPlayConfig(**settings)
    assert config == run.config(), config.diff(run.config())
    summary = json.loads(texts["summary.json"])
    assert {"before", "after"} <= set(summary)
    if not run.control_of:
        rows = list(csv.DictReader(io.StringIO(texts["metrics.csv"])))
        assert summary["steps"] == config.steps
        assert [float(row["step"]) for row in rows] == list(range(run.every - 1, config.steps, run.every))
        assert not any("interrupted" in note or "stopped" in note for note in summary["notes"])
    assert set(json.loads(texts["held_out.json"])) == {"before", "after"}
    for entry, text in texts.items():
        assert not [place for place in MACHINE if place in text], entry
    if "rollouts.jsonl" in texts:
        steps = {json.loads(line)["step"] for line in texts["rollouts.jsonl"].splitlines()}
        assert steps == set(range(config.steps))


@there
def test_an_archive_opens_as_a_run_folder(name):
    folder, run = shipped.open_recorded(name), CATALOGUE[name]
    assert load_config(folder / "config.yaml") == run.config()
    assert (folder / "metrics.csv").is_file() == (not run.control_of)
    if not run.control_of:
        kept = range(run.every - 1, run.config().steps, run.every)
        assert shipped.recorded_metrics(name)["step"] == list(kept)


def test_twins_are_the_healthy_ones_of_the_ward():
    names = [run.name for run in shipped.shipped() if run.group == "twin"]
    assert len(shipped.twins()) == len(names) <= 3
