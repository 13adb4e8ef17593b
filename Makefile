# Every target makes the environment first, where it is missing or older than requirements.txt.
VENV := $(CURDIR)/.venv
BENCH_VENV := $(CURDIR)/.venv-bench
PYTHON ?= python3
REGISTERED := mlflow-artifacts/.registered
# stages call `python` through the shell: it must be the environment's
export PATH := $(VENV)/bin:$(PATH)
# DVC and MLflow bear folders with any letters in their names, whatever the locale, as long as Python does
export PYTHONUTF8 := 1
# nobody is told of what runs here, and MLflow loads no pickle; `source .venv/bin/activate` sets the same
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export MLFLOW_ALLOW_PICKLE_DESERIALIZATION := false
QUIET := DVC_NO_ANALYTICS MLFLOW_DISABLE_TELEMETRY MLFLOW_ALLOW_PICKLE_DESERIALIZATION

# the one package that comes without a wheel is built with the locked setuptools, not with the newest that there is
install = sed -n '/^setuptools==/,/via/p' requirements.txt | $(1)/bin/pip install $(PIP) --requirement /dev/stdin && \
  $(1)/bin/pip install $(PIP) --no-build-isolation $(2:%=--requirement %)
PIP := --quiet --disable-pip-version-check

# a pipe fails with any of its commands
SHELL := bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help venv repro sweep register experiments quick results verify tidy ci-repro test lint format ui readme map lock audit bench

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(0 if sys.version_info >= (3, 11) else \
	  f"error: Python 3.11 or newer is needed, but this is {v}; name another one with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(call install,$(VENV),requirements.txt)
	@echo 'export $(foreach name,$(QUIET),$(name)=$($(name)))' >> $(VENV)/bin/activate
	@touch $@

venv: $(VENV)/.ready ## the environment alone; then: source .venv/bin/activate

pipeline = PYTHONPATH=src python -m hourglass.runner $(if $(JOBS),--jobs $(JOBS)) $(if $(REPORT),--report $(REPORT))
closing = PYTHONPATH=src python -m hourglass.runner.summary

# One thread a stage, as many stages as the cores and the memory allow; `dvc repro` runs the same one after another.
repro: $(VENV)/.ready ## fetch the data and run whatever is out of date, on all cores; JOBS=1 runs one stage at a time
	@exec env $(pipeline)
	@$(MAKE) --no-print-directory $(REGISTERED)
	@env $(closing)

# what is best depends on all that MLflow has on record, so that this is no stage; done anew where the comparison is, or
# where a training has come to the same bytes, of which no later stage is told: its run in MLflow lacks what they found
$(REGISTERED): metrics/compare.json $(wildcard models/*.sha256)
	@python -m stages.register
	@mkdir -p $(@D) && touch $@

# Ray is installed where it is wanted first
$(VENV)/.sweep: sweep/requirements.txt $(VENV)/.ready
	$(call install,$(VENV),sweep/requirements.txt)
	@touch $@

# the driver of PostgreSQL, for the tests of a team's server
$(VENV)/.server: requirements-server.txt $(VENV)/.ready
	$(call install,$(VENV),requirements-server.txt)
	@touch $@

sweep: $(VENV)/.sweep ## many small trainings: here, or on the Ray cluster at RAY_ADDRESS; JOBS=1 takes one core
	@dvc repro sweep/dvc.yaml; status=$$?; dvc repro sweep-pictures && exit $$status

register: $(VENV)/.ready ## name the best models on record in MLflow; make repro does it after a run
	@python -m stages.register

experiments: $(VENV)/.ready ## what DVC's experiments on this commit changed: a variant a row, an experiment a column
	@PYTHONPATH=src python -m hourglass.runner.experiments

# what git has, or would have, in a new folder, but for $(2), with a params.yaml that $(1) writes: a run there leaves the
# results here alone
copy = copy=$$(mktemp -d)/hourglass && mkdir $$copy && \
  git ls-files --cached --others --exclude-standard $(2:%=':!%') | \
    while read -r file; do if test -e "$$file"; then echo "$$file"; fi; done | tar -cf - -T - | tar -xf - -C $$copy && \
  $(1) && cd $$copy && git init --quiet

# results of the last run: those of variants that are not in the copy would stay there
RESULTS := metrics/[!s]* metrics/sgd* plots/[!s]* plots/sgd* results settings

quick: $(VENV)/.ready ## a first look in two minutes: four variants on scikit-learn's digits, in a temporary copy
	@$(call copy,PYTHONPATH=src python -m hourglass.runner.quick $$copy,$(RESULTS)) && \
	{ trap : INT TERM; unset DVC_ROOT; $(pipeline) compare && $(closing); status=$$?; \
	  echo "This run, whole or not, is in $$copy: open $$copy/plots/compare/index.html"; exit $$status; }

DATASET := mnist
# codes on a map: as many as the sheet on MNIST asks for
SAMPLES := 1000

# The copy has DVC's cache, its remotes and MLflow's records in common with this folder, and begins with what the last run
# on that data set has left: what has run before is not run again. That is replaced by what a whole new run says, and by
# nothing else.
results: $(VENV)/.ready ## the same run on another data set, DATASET=mnist, in a copy; its figures and pictures into results/
	@there=$(CURDIR)/results/$(DATASET) && \
	$(call copy,sed -e 's/^  dataset: [a-z_]*/  dataset: $(DATASET)/' \
	  -e 's/^  samples: [0-9]*/  samples: $(SAMPLES)/' params.yaml > $$copy/params.yaml) && \
	PYTHONPATH=src python -m hourglass.runner.restore $(CURDIR) $(DATASET) && \
	env DVC_ROOT=$(CURDIR) $(MAKE) --no-print-directory repro VENV=$(VENV) && \
	new=$(CURDIR)/results/.$(DATASET).part.$$$$ && mkdir -p $$new && \
	{ git ls-files --others --exclude-standard dvc.lock metrics plots settings ':!*sweep*' && \
	  echo plots/compare/index.html; echo plots/pictures; } | tar -cf - -T - | tar -xf - -C $$new && \
	rm -rf $$there && mv $$new $$there && echo "Its figures, pictures and page are in $$there, the rest in $$copy"

verify: $(VENV)/.ready ## hash all results and DVC's cache anew: what is damaged, and what mends it
	@PYTHONPATH=src python -m hourglass.runner.verify

tidy: $(VENV)/.ready ## remove what variants that are no longer in params.yaml have left: results and records
	@PYTHONPATH=src python -m hourglass.runner.prune

# CI calls this and no more; it stops before it would work for longer than CI_MINUTES
ci-repro: $(VENV)/.ready ## restore, rerun what a change concerns, report in ci-report/; BASE=main, CI_MINUTES=30
	@PYTHONPATH=src python -m hourglass.ci $(if $(JOBS),--jobs $(JOBS)) -- "$$BASE"

test: $(VENV)/.sweep $(VENV)/.server ## every test, on all cores
	OMP_NUM_THREADS=1 python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
	  --durations 20

lint: $(VENV)/.sweep ## style, types, spelling
	ruff check
	ruff format --check
	mypy
	codespell

format: $(VENV)/.ready ## put the code in the house's style
	ruff check --fix
	ruff format

ui: $(VENV)/.ready ## open MLflow's pages on this machine; PORT=5000
	PYTHONPATH=src python -m hourglass.tracking

readme: $(VENV)/.ready ## put the results of the last runs, and the graph, into README.md
	python -m stages.readme

map: $(VENV)/.ready ## write the map into CONTRIBUTING.md, and which stages a change makes run into docs/ci.md
	python tests/repository_map.py
	PYTHONPATH=src python tests/ci/changes.py

# a program in an environment of its own, which is gone afterwards
tool = env=$$(mktemp -d) && trap "rm -r $$env" EXIT && $(PYTHON) -m venv $$env && $$env/bin/pip install $(PIP) $(1)

lock: ## pin every package that requirements.in brings, with hashes; UPGRADE=urllib3 takes the newest of that one
	@$(call tool,uv==0.13.9) && for file in requirements requirements-server benchmarks/requirements sweep/requirements; do \
	  UV_CUSTOM_COMPILE_COMMAND='make lock' $$env/bin/uv pip compile --quiet --universal --python-version 3.11 \
	    --cache-dir $$env/cache --generate-hashes $(UPGRADE:%=--upgrade-package %) $$file.in --output-file $$file.txt || exit; \
	done

# has no remedy yet: see docs/packages.md
ACCEPTED := CVE-2025-69872

audit: ## look the locked packages up among the known vulnerabilities; wants the network
	@$(call tool,pip-audit==2.10.1) && $$env/bin/pip-audit --strict --disable-pip --progress-spinner off \
	  $(ACCEPTED:%=--ignore-vuln %) --cache-dir $$env/cache --requirement requirements.txt \
	  --requirement requirements-server.txt --requirement benchmarks/requirements.txt --requirement sweep/requirements.txt

# the trainers compared with are no business of the project's own environment
$(BENCH_VENV)/.ready: requirements.txt benchmarks/requirements.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(call install,$(BENCH_VENV),requirements.txt benchmarks/requirements.txt)
	@touch $@

bench: $(BENCH_VENV)/.ready ## speed against other trainers, into benchmarks/; BENCH="epochs --variants linear" runs a part
	@export PATH=$(BENCH_VENV)/bin:$$PATH && \
	{ test -e data/prepared/images/train.safetensors || dvc repro preprocess-noise; } && python -m benchmarks $(BENCH)
