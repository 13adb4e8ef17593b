# Every target makes the environment first, where it is missing or older than requirements.txt.
VENV := $(CURDIR)/.venv
BENCH_VENV := $(CURDIR)/.venv-bench
PYTHON ?= python3
JOBS ?= 1
CORES := $(shell getconf _NPROCESSORS_ONLN)
# stages call `python` through the shell: it must be the environment's
export PATH := $(VENV)/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true

.DEFAULT_GOAL := help
.PHONY: help venv repro quick test lint format ui readme bench

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(0 if sys.version_info >= (3, 11) else \
	  f"error: Python 3.11 or newer is needed, but this is {v}; name another one with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

venv: $(VENV)/.ready ## the environment alone; then: source .venv/bin/activate

# What can run side by side does with JOBS=2, each with its share of the cores; `--single-item` keeps the stages off
# each other's locks. The last line runs what is left, and nothing twice.
side_by_side = dvc stage list --name-only | grep -E '^($(1))@' | \
  OMP_NUM_THREADS=$$(( $(CORES) > $(JOBS) ? $(CORES) / $(JOBS) : 1 )) \
  xargs -P $(JOBS) -I '{}' dvc repro --quiet --single-item '{}'

repro: $(VENV)/.ready ## fetch the data and run whatever is out of date; JOBS=2 runs two stages at a time
ifneq ($(JOBS),1)
	dvc repro preprocess-noise judge
	$(call side_by_side,train)
	$(call side_by_side,evaluate|latent-analysis)
endif
	dvc repro
	@cat metrics/compare.md

quick: $(VENV)/.ready ## a first look: the whole graph on scikit-learn's digits, in a temporary copy, without a network
	@copy=$$(mktemp -d)/hourglass && mkdir $$copy && \
	git ls-files --cached --others --exclude-standard | while read -r file; do test -e "$$file" && echo "$$file"; done | \
	  tar -cf - -T - | tar -xf - -C $$copy && \
	sed 's/^  dataset: [a-z_]*/  dataset: digits/' params.yaml > $$copy/params.yaml && \
	cd $$copy && git init --quiet && \
	env -u DVC_ROOT $(MAKE) --no-print-directory repro VENV=$(VENV) JOBS=$(CORES) && \
	echo "Everything of this run, pictures under plots/, is in $$copy"

test: $(VENV)/.ready ## every test
	python -m pytest

lint: $(VENV)/.ready ## style and types
	ruff check
	ruff format --check
	mypy

format: $(VENV)/.ready ## put the code in the house's style
	ruff check --fix
	ruff format

ui: $(VENV)/.ready ## open MLflow's pages on this machine; PORT=5000
	PYTHONPATH=src python -m hourglass.tracking

readme: $(VENV)/.ready ## put the results of the last run into README.md
	python -m stages.readme

# the trainers compared with are no business of the project's own environment
$(BENCH_VENV)/.ready: requirements.txt benchmarks/requirements.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/pip install --quiet --disable-pip-version-check \
	  --requirement requirements.txt --requirement benchmarks/requirements.txt
	@touch $@

bench: $(BENCH_VENV)/.ready ## speed against other trainers, into benchmarks/; BENCH="epochs --variants linear" runs a part
	@export PATH=$(BENCH_VENV)/bin:$$PATH && \
	{ test -e data/prepared/images/train.safetensors || dvc repro preprocess-noise; } && python -m benchmarks $(BENCH)
