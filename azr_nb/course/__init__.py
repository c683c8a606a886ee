"""What the notebooks draw and check with: figures, widgets, exercises, recorded runs, and values recorded for tests.

The class report for teachers is here too (`class_report`, `class_page`).
"""

from azr_nb import lazily

_NAMES = {
    "differences": "DIFFERENCES",
    "exercises": "check",
    "exercises.notebook_01": "impostors",
    "exercises.notebook_09": "classmate",
    "loop_figure": "pipeline",
    "views.advantages": (
        "baseline_view cosine dead_chance dead_figure estimate group_table groups_figure moments score surrogate_figure"
    ),
    "views.diagnosis": ("MYSTERY causes_table first_signs mystery_view own_and_held_out ward_bands"),
    "views.executor": (
        "COUNTER agreement counter_verdicts engines gallery_counts gallery_families gallery_table layers "
        "memory_table race set_order stops try_proposal"
    ),
    "views.language": "beside_figure early_and_late repeated",
    "views.proposing": "copying distinct_share family gates_figure settings_view shares trade_off",
    "views.replay": "descent_page lineage_figure new_tasks proposal_page step_page",
    "views.rewards": "SHAPES SIZES best_rate chances expected pay_rows reward_view shapes_figure sizes_figure",
    "views.studies": (
        "bootstrap_view changes_figure interval_of pass_at_k_curve pass_at_k_figure resampled_means reward_card "
        "reward_curve sign_bands"
    ),
    "views.tasks": (
        "HIDDEN as_program ask comparison costs costs_picture judged library outputs_of pair_marks pairs_picture "
        "preimages programs_tried prompt safe_run tasks_of"
    ),
    "views.update": (
        "MOVED REFERENCE beta_view captured clip_view estimator_rows exact_kl rank_figure singular_values "
        "trainer_gradients"
    ),
    "views.weak": "PROGRAM SHOWN TASKS both_judges weak_verdict",
    "views.weak_judge": "judge",
    "widgets": "answers_table explore live player proposals_table shown_task strip table",
    "azr_nb.runs.catalogue": "CATALOGUE FAULTS STUDY",
    "azr_nb.runs.metric_dictionary": "entries entry_of explanation",
    "azr_nb.runs.notebooks": "record",
    "azr_nb.runs.plots": "funnel health learning_curves solve_rate_histogram",
    "azr_nb.runs.replay": "line_of_descent open_replay",
    "azr_nb.runs.shipped": "open_recorded recorded_metrics",
    "azr_nb.runs.study": "change changes command_of difference metrics_of scores variants",
    "azr_nb.runs.train": "quiet",
    "azr_nb.runs.vitals_figure": "moves_table vitals_figure",
    "azr_nb.runs.vitals": "SIGNS bands moves running signs",
}
__all__ = [name for names in _NAMES.values() for name in names.split()]
__getattr__, __dir__ = lazily(__name__, {module: names.split() for module, names in _NAMES.items()})
