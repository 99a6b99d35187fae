# `make demo` and `make test` do all their own set-up. `make help` lists the rest.

SHELL := /bin/bash
ENV := source scripts/env.sh
# Modules side by side, each process in a ROS domain of its own; those that take longest first.
TEST_ALL := python -m pytest -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder \
  test/launch test/loop test/nodes test/core

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-failure demo-mobility test lint packages bench clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

setup:  ## install what is missing and build the workspace
	@scripts/setup.sh

demo: setup  ## dress an arm in simulation (GARMENT= ELBOW= SIDE= SEED= HEADLESS=)
	@./valet demo \
	  $(if $(GARMENT),--garment $(GARMENT)) \
	  $(if $(ELBOW),--elbow $(ELBOW)) \
	  $(if $(SIDE),--side $(SIDE)) \
	  $(if $(SEED),--seed $(SEED)) \
	  $(if $(filter-out 0 false no,$(HEADLESS)),--headless)

demo-failure: setup  ## a garment gets caught, and an alarm stops the robot (SEED=)
	@./valet demo-failure $(if $(SEED),--seed $(SEED))

demo-mobility: setup  ## drive a base in simulation (EMBODIMENT= SCENE= SEED= CONTROLLER=)
	@./valet demo-mobility \
	  $(if $(EMBODIMENT),--embodiment $(EMBODIMENT)) \
	  $(if $(SCENE),--scene $(SCENE)) \
	  $(if $(SEED),--seed $(SEED)) \
	  $(if $(CONTROLLER),--controller $(CONTROLLER))

test: setup  ## run all tests (ARGS= for pytest, such as ARGS='-k gate')
	@$(ENV) && $(if $(ARGS),python -m pytest $(ARGS),$(TEST_ALL))

lint: setup  ## ruff, mypy on the library, codespell
	@$(ENV) && ruff check . && mypy && codespell

packages: setup  ## check that colcon finds every package
	@$(ENV) && diff --label 'package.xml files' --label 'colcon list' -u \
	  <(sed -n 's:.*<name>\(.*\)</name>.*:\1:p' package.xml src/*/package.xml | sort) \
	  <(colcon list --names-only | sort) && echo 'colcon finds every package'

bench: setup  ## print the speed of the simulation and of the whole graph
	@./valet bench sim

clean:  ## remove all that set-up and builds have made
	rm -rf .venv build install log
