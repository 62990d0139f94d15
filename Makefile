SHELL := /bin/bash
.DEFAULT_GOAL := help

help:  ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 20

build:  ## Compile everything; a warning is an error
	dotnet build Training.sln -c Release --nologo -v q

test: build  ## All tests that need no GPU, no server and no hour
	dotnet test Training.sln -c Release --no-build --nologo --filter "TestCategory!=Gpu&TestCategory!=Slow"

check: test  ## What a change must pass before it is offered
	dotnet format Training.sln --verify-no-changes --no-restore

.PHONY: help build test check
