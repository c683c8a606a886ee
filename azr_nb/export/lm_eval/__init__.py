"""The held-out suites as tasks of lm-evaluation-harness. Give the harness this folder, which

    python -m azr_nb.export.lm_eval

prints: lm_eval run --model hf --model_args pretrained=MODEL --tasks azr_own,azr_harder --include_path FOLDER
"""
