"""Benchmarks of executions: rows to items, names that move, gold answers, and results as other tools read them."""

from __future__ import annotations

import gzip
import json
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.config import ConfigError
from azr_nb.evaluation.benchmarks import Benchmark, judge_execution, judgeable, load_benchmark
from azr_nb.evaluation.benchmarks.results import Scores, results_document, sample_lines, score_rows, score_table
from azr_nb.evaluation.held_out import interval
from azr_nb.programs.renaming import as_f, renamed
from azr_nb.tasks import Verdict

CRUX = {"code": "def f(a):\n    return a + [1]", "input": "[0]", "output": "[0, 1]", "id": "sample_7"}


def write(path, rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return path


# --- CRUXEval --------------------------------------------------------------------------------------------------------
def test_the_same_rows_are_asked_both_ways(tmp_path):
    path = write(tmp_path / "rows.jsonl", [CRUX, "nonsense", "", {"code": "x"}, CRUX | {"output": "g()"}, 3, [1]])
    for name, kind, words in (
        ("cruxeval-o", "deduction", "predict the output"),
        ("cruxeval-i", "abduction", "find an input"),
    ):
        found = load_benchmark(name, path)
        assert [(item.id, item.task.type, item.task.input) for item in found.items] == [("sample_7", kind, "[0]")]
        assert found.label == f"{name} ({kind}: {words})" and found.key == name
        assert [problem.split()[1] for problem in found.problems] == ["2", "4", "5", "6", "7"]
        assert found.extent == "1 of 6 rows" and found.source == str(path)


def test_an_input_that_is_code_is_shown_as_it_is(tmp_path, executor):
    rows = [
        CRUX | {"input": "list(range(2))", "output": "[0, 1, 1]"},
        CRUX | {"input": "1) + f(2"},
        CRUX | {"input": "[0] # )"},
    ]
    found = load_benchmark("cruxeval-i", write(tmp_path / "rows.jsonl", rows))
    assert [item.task.input for item in found.items] == ["list(range(2))", "[0]"] and len(found.problems) == 1
    verdicts = judge_execution(found.items[:1] * 3, ["list(range(2))", "[0, 1]", "__import__('os')"], executor)
    assert [verdict.ok for verdict in verdicts] == [True, True, False]


def test_gzip_and_a_limit(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join([json.dumps(CRUX)] * 5).encode()))
    assert load_benchmark("cruxeval-o", path, limit=2).extent == "2 of 5 rows"
    path.write_bytes(b"no gzip")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_benchmark("cruxeval-o", path)


@pytest.mark.parametrize(
    "arguments, said", [(("cruxeval",), "choose one of cruxeval-o"), (("cruxeval-o", None, 0), "number from 1")]
)
def test_what_cannot_be_asked_for(arguments, said):
    with pytest.raises(ConfigError, match=said):
        load_benchmark(*arguments)


def test_gold_answers_are_right_on_real_rows(shared_data, executor):
    path = shared_data / "cruxeval_dev.jsonl"
    if not path.is_file():
        pytest.skip("cruxeval_dev.jsonl is not beside the project")
    predict = load_benchmark("cruxeval-o", path)
    assert (len(predict.items), predict.problems) == (400, ())
    assert all(v.ok for v in judge_execution(predict.items, [i.task.output for i in predict.items], executor))
    find = load_benchmark("cruxeval-i", path)
    verdicts = judge_execution(find.items, [i.task.input for i in find.items], executor)
    # their inputs are lambdas, a range, and a name of the program: no plain values
    unfit = ["sample_258", "sample_344", "sample_364", "sample_522"]
    assert [item.id for item, verdict in zip(find.items, verdicts, strict=True) if not verdict.ok] == unfit
    left = judgeable(find, executor)
    assert left.extent == "396 of 400 rows" and [problem.split(":")[0] for problem in left.problems] == unfit
    swapped = judge_execution(predict.items[:50], [i.task.output + "0" for i in predict.items[:50]], executor)
    assert not any(verdict.ok for verdict in swapped)


# --- names -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "program, changed",
    [
        ("def g(n):\n    return g(n-1)  # g", "def f(n):\n    return f(n-1)  # g"),
        ("def g(n):\n    f = n\n    return f.g('g')", "def f(n):\n    f_1 = n\n    return f_1.g('g')"),
        ("f = 3\ndef g(n):\n    return f", "f_1 = 3\ndef f(n):\n    return f_1"),
        ("def g(f):\n    g = f\n    return g", "def f(f_1):\n    f = f_1\n    return f"),
        ("def g(n):\n    return h(g=n)\ndef h(**k):\n    return k", None),
        ("é = 'é'; g = 1\ndef g(é):\n    return é, g", "é = 'é'; f = 1\ndef f(é):\n    return é, f"),
    ],
)
def test_a_function_is_called_f_and_the_text_stays(program, changed):
    text = as_f(program, "g")
    assert text == changed or changed is None
    assert changed or ("h(g=n)" in text and text.startswith("def f(n)"))


def test_names_inside_f_strings_follow():
    space: dict = {}
    exec(as_f("def g(n):\n    return f'{g(n - 1)}!' if n else ''", "g"), space)  # our own text
    assert space["f"](2) == "!!"


@pytest.mark.parametrize(
    "program",
    [
        "from m import f\ndef g(): return f",
        "class A:\n    f = 1\ndef g(): pass",
        "def g(): return k(f=1)\ndef k(f): pass",
        "def h(): pass",
        "def g(:",
        "class g: pass",
    ],
)
def test_names_that_cannot_be_changed_are_refused(program):
    with pytest.raises(ValueError):
        as_f(program, "g")
    with pytest.raises(ValueError):
        renamed("a = b", "a", "b")


# --- the hub ---------------------------------------------------------------------------------------------------------
class Hub(types.ModuleType):
    """Stands in for `datasets`: a hub that cannot be reached, or that has these rows."""

    def __init__(self, rows=None):
        super().__init__("datasets")
        self.rows, self.asked = rows, []
        self.config = types.SimpleNamespace(HF_HUB_OFFLINE=False, HF_ENDPOINT="https://localhost:9")

    def load_dataset(self, path, config, split):
        self.asked.append((path, config, split, self.config.HF_HUB_OFFLINE))
        if self.rows is None:
            raise ConnectionError("no way\nout")
        return self.rows


def test_an_unreachable_hub_is_one_line(monkeypatch):
    for proxy in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    hub = Hub()
    monkeypatch.setitem(sys.modules, "datasets", hub)
    with pytest.raises(ConfigError) as caught:
        load_benchmark("cruxeval-o")
    assert "hub cannot be reached" in str(caught.value) and "--data FILE" in str(caught.value)
    assert "\n" not in str(caught.value)
    # only what is kept on this machine was looked at, and the switch is back where it was
    assert hub.asked == [("cruxeval-org/cruxeval", None, "test", True)] and not hub.config.HF_HUB_OFFLINE


def test_rows_of_the_hub(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", Hub([CRUX, CRUX | {"output": "x"}]))
    found = load_benchmark("cruxeval-o")
    assert found.source == "cruxeval-org/cruxeval, split test" and found.extent == "1 of 2 rows"


# --- results ---------------------------------------------------------------------------------------------------------
def benchmark(name="cruxeval-i", kind="abduction", n=4, rows=5) -> Benchmark:
    from azr_nb.evaluation.benchmarks.execution import cruxeval_item

    items = tuple(cruxeval_item(CRUX | {"id": f"row {i}"}, i, kind) for i in range(n))
    return Benchmark(name, kind, "rows.jsonl", items, rows, ("line 5 is not JSON",))


def test_pass_at_k_greedy_and_sampled_stay_apart():
    scores = [
        Scores(benchmark(), "greedy", (1, 0, 0, 1)),
        Scores(benchmark(), "sampled", (0, 1, 2, 4), 4),
        Scores(benchmark("cruxeval-o", "deduction"), "greedy", (0, 0, 0, 0)),
    ]
    document = json.loads(json.dumps(results_document(scores, "a/model", ks=(1, 2, 8), settings={"seed": 3})))
    cell = document["results"]["cruxeval-i"]
    assert cell["alias"] == "cruxeval-i (abduction: find an input)"
    assert cell["pass@1,greedy"] == 0.5 and cell["pass@1,sampled"] == pytest.approx(7 / 16)
    assert cell["pass@2,sampled"] == pytest.approx((0 + 1 / 2 + 5 / 6 + 1) / 4) and "pass@2,greedy" not in cell
    assert cell["pass@1_stderr,greedy"] == pytest.approx((1 / 3 / 4) ** 0.5) and "pass@8,sampled" not in cell
    assert document["n-samples"]["cruxeval-i"] == {"original": 5, "effective": 4}
    assert document["higher_is_better"]["cruxeval-i"] == {"pass@1": True, "pass@2": True}
    assert document["configs"]["cruxeval-o"]["metadata"]["direction"] == "deduction"
    assert document["model_name_sanitized"] == "a_model" and document["config"]["seed"] == 3
    low, high = document["intervals"]["cruxeval-o"]["pass@1,greedy"]
    assert low == 0 and 0.4 < high < 0.5  # four wrong answers are no proof of 0
    table = score_table(score_rows(scores))
    assert "4 of 5" in table and "deduction: predict the output" in table and "4 sampled" in table


def test_scores_that_cannot_be():
    with pytest.raises(ValueError, match="two scores"):
        results_document([Scores(benchmark(), "greedy", (1, 0, 0, 1))] * 2, "m")
    for bad in (("greedy", (1,), 1), ("greedy", (1,) * 4, 2), ("sampled", (3,) * 4, 2), ("other", (1,) * 4, 1)):
        with pytest.raises(ValueError):
            Scores(benchmark(), *bad)
    with pytest.raises(ValueError, match="same number"):
        Scores.of(benchmark(), "sampled", [[Verdict("ok")]] * 3 + [[]])


@given(st.integers(1, 4), st.data())
def test_an_interval_holds_its_mean_and_is_never_empty_where_nothing_or_all_was_solved(samples, data):
    values = [right / samples for right in data.draw(st.lists(st.integers(0, samples), min_size=1, max_size=200))]
    low, high = interval(values)
    mean = sum(values) / len(values)
    assert 0 <= low <= mean + 1e-12 and mean - 1e-12 <= high <= 1
    assert high > low or 0 < mean < 1


def test_intervals_by_hand():
    assert interval([0.0] * 60) == pytest.approx((0, 1.96**2 / (60 + 1.96**2)))
    assert interval([0.25, 0.75]) == pytest.approx((0.5 - 1.96 * 0.25, 0.5 + 1.96 * 0.25))
    assert interval([1.0]) == (0, 1)


def test_sample_lines():
    one = benchmark(n=2)
    verdicts = [[Verdict("ok", "right"), Verdict("wrong", "no")], [Verdict("wrong"), Verdict("not_plain")]]
    lines = sample_lines(one, "sampled", ["p", "q"], [["a", "b"], ["c", "\ud800"]], verdicts)
    rows = [json.loads(line) for line in lines]
    assert [row["pass@1"] for row in rows] == [0.5, 0] and rows[0]["resps"] == [["a", "b"]]
    assert rows[0]["doc"]["id"] == "row 0" and rows[1]["doc_id"] == 1 and rows[0]["filter"] == "sampled"
    assert rows[1]["verdicts"][1] == {"status": "not_plain", "reason": ""}
    assert Scores.of(one, "sampled", verdicts).right == (1, 0)
