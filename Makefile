# Targets that run Python create or update the environment first.
VENV := .venv
BENCH_VENV := .venv-bench
PYTHON ?= python3
REGISTERED := mlflow-artifacts/.registered
absolute = $(if $(filter /%,$(1)),,$(CURDIR)/)$(1)

# stages call `python`, which must be the environment's
export PATH := $(call absolute,$(VENV))/bin:$(PATH)
export PYTHONUTF8 := 1
# no telemetry, no pickles in MLflow; `source .venv/bin/activate` sets these, too
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export MLFLOW_ALLOW_PICKLE_DESERIALIZATION := false
EXPORTED := DVC_NO_ANALYTICS MLFLOW_DISABLE_TELEMETRY MLFLOW_ALLOW_PICKLE_DESERIALIZATION

# one package comes without a wheel; it is built with the locked setuptools. The files list every package, so pip resolves nothing
install = sed -n '/^setuptools==/,/via/p' requirements.txt | $(pip) --requirement /dev/stdin && \
  $(pip) --no-build-isolation --no-deps $(2:%=--requirement %)
# uv, where it is installed, takes a third of pip's time; UV= to use pip
UV := $(shell command -v uv)
pip = $(if $(UV),"$(UV)" pip install --quiet --python "$(1)/bin/python","$(1)/bin/pip" install $(PIP_OPTIONS))
# Python compiles a module when it is first imported, and keeps the result; to compile all 22,000 here would take minutes
PIP_OPTIONS := --quiet --disable-pip-version-check --no-compile
unexport PYTHONDONTWRITEBYTECODE

SHELL := bash
export SHELL  # DVC runs stages by it, and a login shell may be nologin
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help venv images repro quick results sweep published register ui verify tidy ci-repro test lint format readme bench lock audit

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("error: Python 3.11 or newer is needed; set PYTHON=...")'
	$(PYTHON) -m venv "$(VENV)"
	$(call install,$(VENV),requirements.txt)
	@echo 'export $(foreach name,$(EXPORTED),$(name)=$($(name)))' >> "$(VENV)/bin/activate"
	@touch "$@"

venv: $(VENV)/.ready ## create the environment; then: source .venv/bin/activate

images: $(VENV)/.ready ## inspect your own images: IMAGES=path SIZE=64 CHANNELS=3
	@PYTHONPATH=src python -m hourglass.datasets "$(or $(IMAGES),images)" $(SIZE:%=--size %) $(CHANNELS:%=--channels %)

pipeline = PYTHONPATH=src python -m hourglass.runner $(if $(JOBS),--jobs "$(JOBS)")
summary = PYTHONPATH=src python -m hourglass.summary

repro: $(VENV)/.ready ## run all stages that are out of date, on all cores; JOBS=1 runs one at a time
	@exec env $(pipeline)
	@$(MAKE) --no-print-directory $(REGISTERED); status=$$?; $(summary) && exit $$status  # the table also without MLflow

# not a DVC stage: the best model depends on all runs in MLflow
$(REGISTERED): metrics/compare.json $(wildcard models/*.sha256)
	@python -m stages.register
	@mkdir -p $(@D) && touch $@

# A copy of this working tree without results, as a git repository. $(1): where, as a template of mktemp
copy = copy=$$(mktemp -d $(1))/hourglass && mkdir "$$copy" && git ls-files -z --cached --others --exclude-standard \
  ':!metrics/*.json' ':!metrics/*.md' ':!plots/answers' ':!plots/compare' ':!results' ':!settings' | \
  xargs -0 sh -c 'for file; do test ! -e "$$file" || printf "%s\0" "$$file"; done' sh | \
  tar --null -T - -cf - | tar -xf - -C "$$copy" && cd "$$copy" && git init --quiet

quick: $(VENV)/.ready ## a first look in about four minutes, in a copy below quick/: scikit-learn's digits; VARIANTS="strided vae", SHEET=lmu
	@mkdir -p quick && $(call copy,"$$PWD/quick/XXXX") && \
	PYTHONPATH=src python -m hourglass.runner.quick $(if $(SHEET),--sheet "$(SHEET)") $(VARIANTS) && \
	unset DVC_ROOT && $(pipeline) compare && $(summary)

DATASET := mnist
# test codes in the t-SNE embedding, as the exercise sheet on MNIST asks for
SAMPLES := 1000

results: $(VENV)/.ready ## the same pipeline on another data set, DATASET=mnist, in a temporary copy; results into results/
	@$(copy) && sed -e 's/^  dataset: [a-z0-9_]*/  dataset: $(DATASET)/' \
	  -e 's/^  samples: [0-9]*/  samples: $(SAMPLES)/' "$(CURDIR)/params.yaml" > params.yaml && \
	PYTHONPATH=src python -m hourglass.runner.restore "$(CURDIR)" && \
	export DVC_ROOT="$(CURDIR)" && $(pipeline) && python -m stages.register && $(summary) && \
	name=$$(python -c 'import json; print(json.load(open("settings/compare.json"))["dataset"])') && \
	results="$(CURDIR)/results" && new="$$results/.$$name.part" && rm -rf "$$new" && mkdir -p "$$new" && \
	tar -cf - --exclude 'sweep*' --exclude similarity.csv --exclude published.csv dvc.lock settings metrics plots/answers plots/compare plots/pictures | \
	  tar -xf - -C "$$new" && \
	rm -rf "$$results/$$name" && mv "$$new" "$$results/$$name" && \
	echo "Results are in results/$$name, all other outputs in $$copy"

$(VENV)/.sweep: sweep/requirements.txt $(VENV)/.ready
	$(call install,$(VENV),sweep/requirements.txt)
	@touch "$@"

$(VENV)/.server: requirements-server.txt $(VENV)/.ready
	$(call install,$(VENV),requirements-server.txt)
	@touch "$@"

sweep: $(VENV)/.sweep ## many small runs: here, or on the Ray cluster at RAY_ADDRESS; JOBS=1 uses one core
	@dvc repro sweep/dvc.yaml:train; status=$$?; dvc repro sweep-pictures && exit $$status

published: $(VENV)/.sweep ## train the runs that docs/published.md compares with published results; JOBS=1 uses one core
	@dvc repro sweep/dvc.yaml:published

register: $(VENV)/.ready ## complete MLflow's records from the files, and register the best models
	@python -m stages.register

ui: $(VENV)/.ready ## open MLflow on this machine; PORT=5000
	PYTHONPATH=src python -m hourglass.tracking

verify: $(VENV)/.ready ## hash all outputs and DVC's cache; report damaged files and how to restore them
	@PYTHONPATH=src python -m hourglass.runner.verify

tidy: $(VENV)/.ready ## remove outputs of variants that params.yaml no longer has
	@PYTHONPATH=src python -m hourglass.runner.prune

ci-repro: $(VENV)/.ready ## restore outputs, run what a change affects, report in ci-report/; BASE=main, CI_MINUTES=30
	@PYTHONPATH=src python -m hourglass.ci $(if $(JOBS),--jobs "$(JOBS)") -- "$$BASE"

test: $(VENV)/.sweep $(VENV)/.server ## all tests, on all cores
	OMP_NUM_THREADS=1 python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
	  --durations 20

lint: $(VENV)/.sweep ## style, types, imports, spelling
	ruff check
	ruff format --check
	mypy
	PYTHONPATH=src lint-imports
	codespell

format: $(VENV)/.ready ## format the code
	ruff check --fix
	ruff format

readme: $(VENV)/.ready ## write the last results into README.md
	python -m stages.readme

$(BENCH_VENV)/.ready: requirements.txt benchmarks/requirements.txt
	$(PYTHON) -m venv "$(BENCH_VENV)"
	$(call install,$(BENCH_VENV),requirements.txt benchmarks/requirements.txt)
	@touch "$@"

bench: $(BENCH_VENV)/.ready ## speed and models compared with other libraries; BENCH="epochs --variants linear" runs a part
	@export PATH="$(call absolute,$(BENCH_VENV))/bin:$$PATH" && \
	{ test -e data/prepared/images/train.safetensors -a -e data/classifier.safetensors || dvc repro classifier; } && \
	python -m benchmarks $(BENCH)

# a program in a temporary environment
tool = env=$$(mktemp -d) && trap 'rm -r "$$env"' EXIT && $(PYTHON) -m venv "$$env" && "$$env/bin/pip" install $(PIP_OPTIONS) $(1)

lock: ## pin all packages with hashes; UPGRADE=urllib3 upgrades one
	@$(call tool,uv==0.13.9) && for file in requirements requirements-server benchmarks/requirements sweep/requirements; do \
	  UV_CUSTOM_COMPILE_COMMAND='make lock' "$$env/bin/uv" pip compile --quiet --universal --python-version 3.11 \
	    --cache-dir "$$env/cache" --generate-hashes $(UPGRADE:%=--upgrade-package %) $$file.in --output-file $$file.txt || exit; \
	done

# without a fix so far: see docs/security.md
ACCEPTED := CVE-2025-69872

audit: ## look up known vulnerabilities of the locked packages; needs network access
	@$(call tool,pip-audit==2.10.1) && "$$env/bin/pip-audit" --strict --disable-pip --progress-spinner off \
	  $(ACCEPTED:%=--ignore-vuln %) --cache-dir "$$env/cache" --requirement requirements.txt \
	  --requirement requirements-server.txt --requirement benchmarks/requirements.txt --requirement sweep/requirements.txt
