"""The tables of settings: grouped as in config.py, true to presets and bounds, and the page of settings up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from azr_nb.cli import config_tables as tables
from azr_nb.config import ConfigError, SelfPlayConfig, load_config, make_config, save_config
from azr_nb.config.presets import PRESETS
from tools import settings_page
from tools.marked import renew

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = settings_page.MARKERS
NAMES = tuple(SelfPlayConfig.model_fields)


def call(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "azr_nb", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )


def test_groups_are_the_headings_of_the_config():
    found: dict[str, list[str]] = {}
    for line in (ROOT / "azr_nb/config/settings.py").read_text().splitlines():
        if heading := re.fullmatch(r"    # --- (.+)", line):
            found[heading[1]] = []
        elif found and (field := re.match(r"    (\w+): .+= Field\(", line)):
            list(found.values())[-1].append(field[1])
    assert tables.groups() == found
    assert [name for names in tables.groups().values() for name in names] == list(NAMES)


@pytest.mark.parametrize(
    "name, words",
    [
        ("seed", "whole number ≥ 0, < 4294967296"),
        ("minutes", "number > 0; or null"),
        ("references", "whole number ≥ 0, ≤ 16"),
        ("reference_draw", "uniform, recency, solved"),
        ("honest_messages", "true or false"),
        ("task_types", "list of text"),
        ("intrinsic", "names with numbers"),
        ("dual_clip", "number > 1; or null"),
        ("plugin", "text; or null"),
    ],
)
def test_allowed_values_in_words(name, words):
    assert settings_page.allowed(name) == words


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_words_for_what_it_may_be(name):
    assert settings_page.allowed(name) and "|" not in settings_page.allowed(name)


@pytest.mark.parametrize("name", NAMES)
def test_shown_values_can_be_set_again(name):
    for preset in PRESETS:
        value = make_config(preset).model_dump(mode="json")[name]
        assert yaml.safe_load(tables.shown(value)) == value
    for preset, value in settings_page.differing_presets(name).items():
        assert value == make_config(preset).model_dump()[name] != SelfPlayConfig().model_dump()[name]


@pytest.mark.parametrize("preset", PRESETS)
def test_printed_settings_are_a_config_file(preset, tmp_path):
    config = make_config(preset, seed=5, intrinsic={"complexity": 0.5}, model="a: b # c", task_types=("deduction",))
    (tmp_path / "c.yaml").write_text(tables.settings_yaml(config))
    assert load_config(tmp_path / "c.yaml") == config


def test_a_diff_shows_the_fields_that_differ_and_no_others():
    one, other = make_config("paper"), make_config("released_code")
    lines = tables.diff_table(one, other, ("paper", "released_code")).splitlines()
    assert lines[0].split() == ["setting", "paper", "released_code"]
    rows = [line for line in lines[1:] if not line.startswith(" ")]
    assert [row.split()[0] for row in rows] == list(one.diff(other))
    assert max(map(len, lines)) <= 120
    for row in rows:
        name, here, there = re.split(r"  +", row)[:3]
        assert (yaml.safe_load(here), yaml.safe_load(there)) == one.diff(other)[name]
    words = " ".join(" ".join(lines).split())
    assert "baseline: role_type (TRR++, paper Eq. 8), role_type_tokens (weighed" in words
    assert tables.diff_table(one, one) == "a and b have the same settings"


def test_configs_by_name(tmp_path):
    config = make_config("paper", seed=9)
    save_config(config, tmp_path / "config.yaml")
    assert tables.named_config(str(tmp_path)) == tables.named_config(str(tmp_path / "config.yaml")) == config
    assert tables.named_config("paper") == make_config("paper")
    with pytest.raises(ConfigError, match="neither a preset") as error:
        tables.named_config("quick")
    assert "\n" not in str(error.value)
    with pytest.raises(ConfigError, match="config.yaml does not exist"):
        tables.named_config(str(ROOT / "tests"))


def test_the_page_has_a_row_for_every_setting():
    rows = re.findall(r"(?m)^\| `(\w+)` \| .+ \|$", settings_page.reference_page())
    assert rows == list(NAMES)
    widths = {
        len(re.findall(r"(?<!\\)\|", row)) for row in settings_page.reference_page().splitlines() if row[:1] == "|"
    }
    assert widths == {6}


def test_the_page_of_settings_is_of_today():
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    page = text.partition(BEGIN)[2].partition(END)[0]
    assert page.strip() == settings_page.reference_page().strip(), (
        "run: python -m tools settings --into docs/settings.md"
    )


def test_writing_renews_the_page_and_nothing_else(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(f"before\n{BEGIN}\nyesterday\n{END}\nbehind\n")
    said = [renew(path, settings_page.reference_page(), BEGIN, END) for _ in range(2)]
    assert said == [f"{path}: renewed", f"{path}: up to date"]
    text = path.read_text()
    assert text.startswith("before\n") and text.endswith("\nbehind\n") and "yesterday" not in text
    assert settings_page.reference_page().strip() in text


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}\n{BEGIN}", 2 * f"{BEGIN}{END}"])
def test_a_file_without_its_markers_stays_as_it_is(text, tmp_path):
    path = tmp_path / "page.md"
    path.write_text(text)
    with pytest.raises(ConfigError, match="needs the line") as error:
        renew(path, "page", BEGIN, END)
    assert path.read_text() == text and "\n" not in str(error.value)


def test_the_command():
    done = call("config", "--diff", "paper", "released_code")
    assert done.returncode == 0 and "loss_aggregation" in done.stdout
    assert call("config", "paper").stdout == tables.settings_yaml(make_config("paper"))
    for wrong in (["quick"], ["--diff", "paper", "quick"], ["--diff", "paper"]):
        done = call("config", *wrong)
        assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1
