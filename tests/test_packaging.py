"""The packaging files agree with each other, and the repository has the shape that the README promises."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PINNING_FILES = ["pyproject.toml", "requirements.lock", "environment.yml"]
PACKAGING_FILES = [*PINNING_FILES, "Makefile", ".ci/run", ".ci/lock.py"]
TARGETS = {
    "setup",
    "run",
    "test",
    "lab",
    "notebooks",
    "site",
    "bench",
    "clean",
    "clean-runs",
    "distclean",
    "lock",
    "help",
}
TOP_LEVEL_FILES = [*PACKAGING_FILES, "README.md", "LICENSE", "CONTRIBUTING.md", ".gitignore", "data_out/README.md"]
TOP_LEVEL_FOLDERS = ["azr_nb", "data_out", "notebooks", "tests"]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def pins_of(lines):
    """`name==version` lines as {canonical name: version text}; any other form fails."""
    pins = {}
    for line in lines:
        match = re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!_]+)", line)
        assert match, f"not an exact, public pin: {line!r}"
        name = canonicalize_name(match[1])
        assert name not in pins, f"pinned twice: {name}"
        pins[name] = match[2]
    return pins


def lock_lines():
    return [line for line in read("requirements.lock").splitlines() if line and not line.startswith("#")]


PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [Requirement(text) for text in PROJECT["dependencies"] + EXTRAS["dev"]]


@pytest.fixture(scope="module")
def lock():
    return pins_of(lock_lines())


def test_the_hashed_lock_has_the_same_versions_and_a_hash_for_each(lock):
    text = re.sub(r"\\\n\s*", "", read("requirements.hashed.lock"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = {}
    for line in lines:
        match = re.match(r"([A-Za-z0-9._-]+)==(\S+)", line)
        assert match and "--hash=sha256:" in line and "http" not in line.partition("--hash")[0].partition("==")[2], line
        found.setdefault(canonicalize_name(match[1]), set()).add(match[2])
    for name, version in lock.items():
        assert name in ("setuptools", "wheel") or version in found[name], name


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load(read("environment.yml"))


@pytest.fixture(scope="module")
def environment_pip_lines(environment):
    (section,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    return section


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_lock_satisfies_every_range(requirement, lock):
    name = canonicalize_name(requirement.name)
    assert name in lock, f"{name} is in pyproject.toml but not in requirements.lock; run make lock"
    assert requirement.specifier.contains(Version(lock[name]), prereleases=True)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_ranges_have_a_lower_bound_and_are_no_pins(requirement):
    operators = {specifier.operator for specifier in requirement.specifier}
    assert ">=" in operators
    assert not operators & {"==", "===", "~="}


def test_lock_has_only_sorted_exact_pins(lock):
    assert len(lock) > len(REQUIREMENTS)
    assert list(lock) == sorted(lock)


def test_lock_fits_every_system():
    """No CPU- or CUDA-only build: torch brings the right libraries wherever it is installed."""
    for line in lock_lines():
        assert "+" not in line
        assert not re.match(r"(nvidia|cuda)-|triton==", line), line


def test_lock_tells_how_to_make_it_again():
    first_lines = read("requirements.lock").splitlines()[:3]
    assert first_lines[0].startswith("#")
    assert any("make lock" in line for line in first_lines if line.startswith("#"))


def test_teaching_extra_stays_out_of_the_lock(lock):
    assert any(Requirement(text).name == "nbgrader" for text in EXTRAS["teach"])
    assert "nbgrader" not in lock


def test_site_extra_stays_out_of_the_lock_and_is_what_make_site_installs(lock):
    extra = {Requirement(text).name: text for text in EXTRAS["site"]}
    assert {"sphinx", "myst-nb", "sphinx-book-theme", "sphinx-revealjs", "latex2mathml"} == set(extra) - set(lock)
    recipe = re.search(r"(?m)^site:.*\n\t(.*)$", read("Makefile"))[1]
    assert set(re.findall(r'"([a-z0-9-]+>=[^"]+)"', recipe)) == {extra[name] for name in set(extra) - set(lock)}


def test_environment_pins_equal_the_lock(environment_pip_lines, lock):
    pins = pins_of(line for line in environment_pip_lines if line != "-e .")
    assert pins == {name: lock.get(name) for name in pins}
    assert set(pins) == {canonicalize_name(requirement.name) for requirement in REQUIREMENTS}


def test_environment_installs_this_project_on_a_supported_python(environment, environment_pip_lines):
    assert environment["name"] == "azr-nb"
    assert environment_pip_lines[-1] == "-e ."
    (python,) = [entry for entry in environment["dependencies"] if str(entry).startswith("python=")]
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))


@pytest.mark.parametrize("name", [*PACKAGING_FILES, "CONTRIBUTING.md", "data_out/README.md"])
def test_no_hosts_and_no_machine_paths(name):
    text = read(name)
    assert not re.search(r"(?i)\b[a-z][a-z+]*://", text), "an address"
    assert not re.search(r"(?i)\b[a-z0-9-]+\.(org|com|io|net|dev)\b", text), "a host"
    assert not re.search(r"(?<![\w.)~])/(home|root|work|Users|opt|tmp|var|mnt)\b", text), "a machine's path"
    assert not re.search(r"(?m)(^|\s)(--index-url|--extra-index-url|--find-links)\b", text), "an index"


def test_makefile_has_every_target():
    makefile = read("Makefile")
    targets = set(re.findall(r"(?m)^([a-z][a-z-]*):(?!=)", makefile))
    assert TARGETS <= targets
    phony = set(re.search(r"(?m)^\.PHONY:(.*)$", makefile)[1].split())
    assert TARGETS <= phony, "a target that shares its name with a folder would never run"
    assert re.search(r"(?m)^\.DEFAULT_GOAL := help$", makefile)
    described = set(re.findall(r"(?m)^([a-z-]+):.*## \S", makefile))
    assert TARGETS <= described, "make help would not list it"


def test_makefile_works_below_a_path_with_spaces():
    """No absolute folder enters a recipe, and no script is called whose first line would hold one."""
    makefile = read("Makefile")
    assert not re.search(r"\$\((CURDIR|PWD|abspath|realpath)", makefile)
    assert not re.search(r"\.venv[\w-]*/bin/(?!python\b)", makefile)


def test_setup_is_renewed_when_the_lock_or_the_project_changes():
    assert re.search(r"(?m)^\.venv/\.stamp: requirements\.lock pyproject\.toml$", read("Makefile"))


def test_ci_script_runs_the_tests():
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines[-4:-1] == ["make test", "make teach", "make site"]


@pytest.mark.parametrize("name", TOP_LEVEL_FILES)
def test_top_level_file_exists(name):
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("name", TOP_LEVEL_FOLDERS)
def test_top_level_folder_exists(name):
    assert (ROOT / name).is_dir()


def test_license_is_apache():
    assert PROJECT["license"] == "Apache-2.0"
    text = read("LICENSE")
    assert "Apache License" in text and "Version 2.0, January 2004" in text
    assert "Copyright The azr-nb authors" in text


def test_command_line_entry_point():
    assert PROJECT["scripts"] == {"azr-nb": "azr_nb.cli.app:main"}
    assert PROJECT["name"] == "azr-nb"


def test_only_the_page_of_data_out_is_tracked():
    rules = read(".gitignore").splitlines()
    assert rules.index("data_out/*") < rules.index("!data_out/README.md")
