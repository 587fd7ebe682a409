# Works with GNU Make 3.81. Only relative paths: the project's folder may have a space in its name.

PYTHON ?= python3

# make demo BROKER=amqp://... DATABASE=postgresql://... runs the story on real servers. Handed over as they are, a $ included.
ifdef BROKER
export PATCHWORK_DEMO_BROKER := $(value BROKER)
endif
ifdef DATABASE
export PATCHWORK_DEMO_DATABASE := $(value DATABASE)
endif

# Three workers, also on two cores: much of the system tests is waiting for programs. Each starts servers of its own; a file stays together.
PYTEST := .venv/bin/python -m pytest -q -n 3 --dist loadfile

# The suite starts our programs hundreds of times and collects itself in three workers: each would compile everything again if nobody kept it.
COMPILE := .venv/bin/python -m compileall -q mappings identity connectors gateway deploy
unexport PYTHONDONTWRITEBYTECODE

DATA ?= ../shared/data

.PHONY: help setup servers demo test check bench bulk decisions audit loading chaos soak evaluate scale docs openapi clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)$$/make \1|\2/p' Makefile | awk -F'|' '{ printf "  %-14s %s\n", $$1, $$2 }'

setup:  ## everything that is needed, in .venv (the targets below do this themselves)
	@"$(PYTHON)" -m deploy.bootstrap

servers: setup
	@.venv/bin/python -m deploy.servers

demo: setup  ## the story: every party as a process of its own, alerts delivered (BROKER=amqp://... DATABASE=postgresql://...)
	@.venv/bin/python -m deploy.demo

test: setup servers  ## all tests, against a real RabbitMQ and PostgreSQL too
	@$(COMPILE)
	@$(PYTEST)

check: setup servers  ## format, lint, types, import rules, then all tests
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m mypy
	@$(COMPILE)
	@.venv/bin/python -m pytest -q tests/architecture
	@$(PYTEST) --ignore tests/architecture

bench: setup servers  ## the pipeline against the leanest honest one, as JSON
	@.venv/bin/patchwork bench --json

bulk: setup  ## reading a million CSV rows and 300 MB of XML: rows a second, memory, and the ratio to a bare csv.reader, as JSON
	@.venv/bin/python -m deploy.bulk

decisions: setup  ## how many microseconds a sharing decision takes here, as JSON
	@.venv/bin/python -m gateway.bench.deciding

EVENTS ?= 1000000
ENGINE ?= both

audit: setup servers  ## how long verifying an audit takes, and in how much memory, as JSON (EVENTS=1000000 ENGINE=sqlite|postgresql)
	@.venv/bin/patchwork bench --audit "$(EVENTS)" --engine "$(ENGINE)" --json

CLIENTS ?= 10000

loading: setup  ## how fast a connector loads an agency's clients, beside a bare loop, as JSON (CLIENTS=100000; KILLED=yes: and goes on after kill -9)
	@.venv/bin/python -m tests.loading --clients "$(CLIENTS)" $(if $(KILLED),--killed)

MINUTES ?= 10

chaos: setup servers  ## programs killed at every bad moment and raced with each other, at full length (in the suite each has a short form)
	@TESTS_LENGTH=full .venv/bin/python -m pytest -q tests/chaos tests/system tests/gateway/test_any_order.py

soak: setup servers  ## enrol, rotate, suspend, resume and kill under load, and see that the rules hold (MINUTES=10 SEED=...)
	@.venv/bin/python -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

evaluate: setup .venv-referees/ready  ## how well matching does on labelled files (DATA=folder), beside Splink and recordlinkage
	@.venv/bin/python -m deploy.matching_page --data "$(DATA)"

.venv-referees/ready: deploy/referees.txt
	@"$(PYTHON)" -m venv .venv-referees
	@.venv-referees/bin/python -m pip install --quiet --disable-pip-version-check -r deploy/referees.txt
	@touch $@

SIZES ?= 10000 100000 1000000
SAMPLE ?= 2000

scale: setup servers  ## time, candidates and bytes as the register grows (SIZES="..." SAMPLE=...), written to deploy/docs/scaling.md
	@.venv/bin/python -m deploy.scaling --sizes $(SIZES) --sample $(SAMPLE)

docs: setup  ## write the pages that are made from code and tests anew: connector-lifecycle.md, formats.md, governance.md
	@.venv/bin/python -m deploy.lifecycle_page
	@.venv/bin/python -m deploy.formats_page
	@.venv/bin/python -m deploy.governance

openapi: setup  ## write deploy/openapi.json anew from the code
	@.venv/bin/python -m gateway.api.openapi > deploy/openapi.json.new
	@mv deploy/openapi.json.new deploy/openapi.json

clean:  ## remove what setting up and testing made
	rm -rf .venv .venv-referees .patchwork-setup.lock .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
