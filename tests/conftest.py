"""Shared fixtures: one executor and one bundled policy per test session."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# the same examples at every run, so that a change and not chance makes a test fail; HYPOTHESIS_PROFILE=default searches
# and no deadline: a machine that does something else as well is slow, not wrong
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
os.environ.setdefault("MPLBACKEND", "Agg")
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


# modules whose tests take long, and therefore come first: the longest that has to stay together at the very front
HEAVY = """test_two_processes test_runs test_site test_notebooks test_baseline test_sick_runs test_differential
    test_sweep test_training test_reference_update test_language_models test_rewards test_attacks test_executor_world
    test_balance test_browser""".split()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """The tests of a module stay in one worker, for they share its fixtures; those of two long ones are spread.

    xdist's own groups do nothing with pytest 9.2: it reads them from names of tests, which cannot be changed any more.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module, _, name = nodeid.partition("::")
            alone = module.endswith("test_sick_runs.py") or (
                module.endswith("test_notebooks.py") and "end_to_end" in name
            )
            return nodeid if alone else module

    return ByModule(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """The longest modules first; real weights and slow tests only where they are asked for."""
    last = len(HEAVY)
    items.sort(key=lambda item: HEAVY.index(name) if (name := item.module.__name__) in HEAVY else last)
    for mark, reason in (("models", "needs real weights: make test-models"), ("slow", "takes minutes: make test-slow")):
        if mark not in config.option.markexpr:
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="module", autouse=True)
def rewards_as_before():
    """A reward that one module's runs registered is not there for the next module."""
    from azr_nb.rewards import registry

    before = dict(registry._REWARDS)
    yield
    registry._REWARDS.clear()
    registry._REWARDS.update(before)


@pytest.fixture(scope="session")
def executor():
    from azr_nb.executor import Executor, Limits

    with Executor(limits=Limits(seconds=1.0)) as one:
        yield one


@pytest.fixture()
def environment():
    from azr_nb.environments.python_programs.environment import PythonPrograms

    one = PythonPrograms()
    yield one
    one.close()


@pytest.fixture(scope="session")
def policy():
    """The bundled policy; tests that train load their own."""
    from azr_nb.policy.load import load_policy

    return load_policy("tiny")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED.is_dir():
        pytest.skip("real data is not beside the project (../shared/data)")
    return SHARED
