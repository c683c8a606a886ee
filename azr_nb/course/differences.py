"""Paper and released code side by side: sixteen points, with the settings that stand for them here.

Fourteen are departures; in points 13 and 15 the two agree.

Read from arXiv 2505.03335 (version 2) and the authors' code (LeapLabTHU/Absolute-Zero-Reasoner, June 2025). The presets
`paper` and `released_code` differ in these settings and in no others.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """One point: what the paper says, what the code does, and the fields of `SelfPlayConfig` that choose."""

    number: int
    topic: str
    paper: str
    released: str
    fields: tuple[str, ...] = ()


DIFFERENCES = (
    Difference(
        1,
        "reward of extremes",
        "a task never or always solved earns its proposer 0 (Eq. 4 and 6)",
        "it earns -0.5: a learnability of zero is replaced",
        ("extreme_reward",),
    ),
    Difference(
        2,
        "mean of what",
        "baseline over responses (Eq. 8), loss over sequences (Eq. 9)",
        "both over tokens, so that long completions weigh more",
        ("advantage", "loss_aggregation"),
    ),
    Difference(
        3,
        "new tasks",
        "the solver trains on the tasks of this step (Algorithm 1)",
        "on those of the step before, because its batch is built first",
        ("new_tasks",),
    ),
    Difference(
        4,
        "solve-rate samples",
        "drawn at temperature 1",
        "at 1 on its branch paper, which its authors name for replication and the preset follows; greedy on its "
        "branch master, as we read it (not run), so that a solve rate is 0 or 1 (set solve_rate_temperature=0)",
    ),
    Difference(
        5,
        "an evaluation suite",
        "LiveCodeBench-Execution counts as deduction",
        "it is asked as abduction (here: azr-nb eval --suite FILE --ask deduction or abduction)",
    ),
    Difference(
        6,
        "determinism",
        "independent runs must agree",
        "two calls in one process, so that what the first call leaves behind counts",
        ("determinism",),
    ),
    Difference(
        7,
        "forbidden words",
        "forbidden in any form, comments included",
        "looked for in import statements, where the dotted names can never match",
        ("forbidden_scan",),
    ),
    Difference(
        8,
        "several functions",
        "the prompt invites nested functions and classes",
        "more than one def is refused",
        ("nested_functions",),
    ),
    Difference(
        9, "seeds", "four batches of 64 in all experiments", "four batches, and one for Llama alone (set seed_tasks=64)"
    ),
    Difference(10, "full buffers", "are not discussed; here the oldest goes", "drop the newcomers", ("buffer_drop",)),
    Difference(
        11,
        "raise statements",
        "the word is forbidden",
        "forbidden while seeding; the list never reaches the rewards",
        ("forbid_raise",),
    ),
    Difference(
        12,
        "terms of the loss",
        "entropy bonus 0.001, clip range not given (here 0.2)",
        "on branch master, as in the preset, no entropy bonus, clip range 0.2 below and 0.28 above, dual clip "
        "at 3; on branch paper 0.001, 0.2 and no dual clip",
        ("entropy_weight", "clip_high", "dual_clip"),
    ),
    Difference(
        13,
        "difficulty in the prompts",
        "the abduction proposer is to make outputs hard to predict, the deduction proposer inputs",
        "the same; the compact prompt format has no such sentences",
    ),
    Difference(
        14,
        "weight between the roles",
        "a factor before the solver's reward (Eq. 3), without a value",
        "no factor: both roles weigh 1 (here propose_weight, 1 in both presets)",
    ),
    Difference(
        15,
        "the zero case of Eq. 4",
        "version 2 names solve rates 0 and 1; a later version names 0 only",
        "no difference in value, since 1 - 1 = 0",
    ),
    Difference(
        16, "judging induction", "Fig. 12 shows all pairs", "the hidden pairs alone decide", ("induction_check",)
    ),
)


# what differs from paper and released code in every preset, and cannot be switched off
ALWAYS = (
    "an induction proposal whose outputs are all equal is refused, and so is one of which more than half of the inputs "
    "repeat others; single repeats are left out, so that fewer pairs than asked for may remain",
    "a buffer holds a task once, where the released code adds what comes again to its lists and so draws it more often",
    "values of different types are different (True is not 1, a list is not a tuple), where the released code asks ==; "
    "nan equals nan",
    "a proposal may not use names with double underscores, nor modules outside a list of allowed ones",
    "each call has a process of its own, twice with different hash seeds; what depends on chance is refused",
    "outputs and inputs have a longest text (max_output_chars, max_input_chars) above which a task is refused; the "
    "released code cuts outputs after 400 characters",
    "an answer is a literal value that is parsed and compared, never evaluated",
    "a seed of induction shows half of its six pairs, as in the released code, whatever num_inputs says",
)


def differences_text() -> str:
    """The sixteen points as text, and what differs from both, for `azr-nb config --differences`."""
    lines = []
    for d in DIFFERENCES:
        lines.append(f"{d.number:2}. {d.topic}" + (f" ({', '.join(d.fields)})" if d.fields else ""))
        lines += [f"    paper: {d.paper}", f"    released code: {d.released}"]
    return "\n".join([*lines, "", "In every preset, other than both:", *(f"  - {text}" for text in ALWAYS)])
