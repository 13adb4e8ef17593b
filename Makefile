# Every target makes the environment first, where it is missing or older than requirements.txt.
VENV := .venv
# stages call `python` through the shell: it must be the environment's
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
PYTHON ?= python3
JOBS ?= 1
CORES := $(shell getconf _NPROCESSORS_ONLN)

.DEFAULT_GOAL := help
.PHONY: help repro quick test lint format ui readme clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

.PHONY: $(VENV)
$(VENV): $(VENV)/.ready ## (the environment alone)

# Independent trainings run side by side with JOBS=2: each gets its share of the cores, and `--single-item` keeps them
# off each other's locks. What is up to date is not run again, here or by the last line.
repro: $(VENV)/.ready ## fetch the data and run whatever is out of date; JOBS=2 trains two variants at a time
ifneq ($(JOBS),1)
	dvc repro preprocess-noise
	dvc stage list --name-only | grep '^train@' | OMP_NUM_THREADS=$$(( $(CORES) > $(JOBS) ? $(CORES) / $(JOBS) : 1 )) \
	  xargs -P $(JOBS) -I '{}' dvc repro --quiet --single-item '{}'
endif
	dvc repro
	@cat metrics/compare.md

quick: $(VENV)/.ready ## a first look in two minutes: the whole graph on scikit-learn's digits, in a temporary copy
	@copy=$$(mktemp -d)/hourglass && mkdir $$copy && \
	git ls-files --cached --others --exclude-standard -z | xargs -0 ls -d 2>/dev/null | tar -cf - -T - | tar -xf - -C $$copy && \
	cd $$copy && git init --quiet && git add --all && \
	git -c user.name=hourglass -c user.email=hourglass@localhost commit --quiet --message "Copy for a quick look" && \
	DVC_ROOT= dvc exp run --quiet --set-param data.dataset=digits && cat metrics/compare.md && \
	echo "Everything of this run, pictures under plots/, is in $$copy"

test: $(VENV)/.ready ## every test
	python -m pytest

lint: $(VENV)/.ready ## style, types
	ruff check
	ruff format --check
	mypy

format: $(VENV)/.ready ## put the code in the house's style
	ruff check --fix
	ruff format

ui: $(VENV)/.ready ## open MLflow's pages on this machine; PORT=5000
	PYTHONPATH=src python -m hourglass.tracking
