SHELL := /bin/bash
.DEFAULT_GOAL := help

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export DOTNET_CLI_UI_LANGUAGE := en

GRANARY := artifacts/bin/Granary.Cli/release/granary
TOKENIZER_PEERS := artifacts/npm/tokenizer
# A hung test is named and ended; the longest one takes far less.
# The quick suites run beside each other: each of them waits for processes and files most of its time. Threads of libtorch
# that spin while they wait would take the processors from those that work: a step then costs three times as much.
TEST = OMP_WAIT_POLICY=passive dotnet test -c Release --no-build --nologo -m:$(or $(SUITES),1) --results-directory artifacts/test-results \
	--blame-hang-timeout 5m --blame-hang-dump-type none

help:  ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 20

setup:  ## Check what the build needs and install what is missing
	@scripts/setup.sh

setup-peers:  ## The same for golden numbers and peer benchmarks: PyTorch for Python, scikit-learn
	@scripts/setup.sh peers

setup-cluster:  ## The same for tests of the cluster: PostgreSQL, Slurm, Chromium
	@scripts/setup.sh cluster

demo: build  ## From raw text to an exported model on two CPU cores, in minutes; RANKS=2 trains on two processes
	$(GRANARY) run configs/demo.yaml $(if $(RANKS),--ranks $(RANKS))

demo-cluster: build  ## The demo through a coordinator and three workers on this machine, one of which is killed
	@scripts/demo-cluster.sh

mazes: build  ## Two small models learn to find the way through mazes, and what each finds is drawn
	$(GRANARY) mazes train configs/mazes.yaml
	$(GRANARY) mazes train configs/mazes/4x4-next-token.yaml
	@for run in mazes mazes-next-token; do $(GRANARY) mazes score --model runs/$$run; done
	@for run in mazes mazes-next-token; do $(GRANARY) mazes show --model runs/$$run --svg runs/$$run/maze.svg; done

build: setup  ## Compile everything; a warning is an error
	@scripts/build.sh

native: setup  ## Compile the native library alone
	native/build.sh artifacts/native

test: build  ## All tests that need no GPU, no server and no hour
	$(MAKE) --no-print-directory test-built SUITES=2

test-built:
	$(TEST) Training.sln --filter "TestCategory!=Gpu&TestCategory!=Slow&TestCategory!=Slurm"

smoke: setup  ## The unit tests that are quick, in under a minute
	dotnet build tests/Granary.Tests -c Release --nologo -v q
	$(TEST) tests/Granary.Tests --filter "TestCategory!=Gpu&TestCategory!=Slow&TestCategory!=Shared"

test-slow: build  ## The proofs that take long
	$(TEST) Training.sln --filter "TestCategory=Slow"

test-slurm: build setup-cluster  ## Runs under a real Slurm of one node, which needs root
	$(TEST) tests/Granary.EndToEnd.Tests --filter "TestCategory=Slurm"

test-gpu: build  ## The tests that need a GPU
	$(TEST) tests/Granary.Gpu.Tests --filter "TestCategory=Gpu"

gpu-bundle: setup  ## What is carried to a GPU machine without .NET: artifacts/gpu-bundle.tar.xz (docs/gpu.md)
	@scripts/gpu-bundle.sh

libtorch2:  ## Debian 13 in a folder, for libtorch and PyTorch 2.6: artifacts/libtorch2, or what GRANARY_DEBIAN13 names; needs root
	@scripts/libtorch2.sh make

test-libtorch2: build libtorch2  ## All tests with the native library built against libtorch 2.6; needs root
	scripts/libtorch2.sh run native/build.sh artifacts/libtorch2/native
	for project in Granary.Tests Granary.EndToEnd.Tests; do \
		scripts/libtorch2.sh run dotnet test artifacts/bin/$$project/release/$$project.dll --nologo --results-directory artifacts/test-results \
			--blame-hang-timeout 5m --blame-hang-dump-type none --filter "TestCategory!=Gpu&TestCategory!=Slow&TestCategory!=Slurm" \
			-- RunConfiguration.TreatNoTestsAsError=true || exit; \
	done

test-native: native  ## The native library without .NET
	cmake --build artifacts/native --target granary_abi_test --target granary_cuda_kernels_test
	ctest --test-dir artifacts/native --output-on-failure

check: test  ## What a change must pass before it is offered
	dotnet format Training.sln --verify-no-changes --no-restore

format:  ## Put the sources into their form
	dotnet format Training.sln

approve-surface: build  ## Accept the public surface as it stands
	APPROVE_SURFACE=1 dotnet test -c Release --no-build --nologo tests/Granary.Tests --filter "FullyQualifiedName~PublicSurfaceTests|FullyQualifiedName~CommandLineTests"

size:  ## Lines and public members by project
	@scripts/size.sh

bench-peers: build setup-peers  ## Granary's training step against every PyTorch that is here, interleaved; LLM_C=FOLDER adds llm.c
	python3 bench/peers/step.py $(if $(LLM_C),--llm-c $(LLM_C))

bench-operators: setup-peers libtorch2  ## The operators of libtorch 1.13 and 2.6 one by one, interleaved; needs root
	python3 bench/peers/operators.py

# The peers' versions and hashes stand in the lock file.
$(TOKENIZER_PEERS)/.installed: bench/tokenizer/package.json bench/tokenizer/package-lock.json
	mkdir -p $(TOKENIZER_PEERS)
	cp $^ $(TOKENIZER_PEERS)
	cd $(TOKENIZER_PEERS) && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

bench-tokenizer-exactness: build $(TOKENIZER_PEERS)/.installed  ## Every id against Hugging Face's tokenizers: text of each kind, and random strings
	node bench/tokenizer/exactness/exactness.mjs

bench-tokenizer: build $(TOKENIZER_PEERS)/.installed  ## Encoding and training against npm's tokenizers, interleaved
	node bench/peers/tokenizer.mjs

bench-corpus: build  ## Parquet beside DuckDB's own scan, and the peak memory of reading 20 GB of documents
	python3 bench/corpus/parquet.py
	bench/corpus/memory.sh

bench-lengths: build  ## Dataset decomposition beside its baselines: a step's time, a token's cost, what is learned
	python3 bench/dataset-decomposition/step_time.py
	python3 bench/dataset-decomposition/cost.py
	python3 bench/dataset-decomposition/learning.py

bench-mazes: build  ## MLM-U against next-token prediction on mazes: three seeds, hours
	python3 bench/objectives/mazes.py

bench-bf16: build  ## Loss curves of bf16 against fp32 on the CPU; three seeds, hours
	python3 bench/bf16/curves.py

bench-muon: build  ## Muon against AdamW to a given loss on the demo's text; three seeds, half an hour
	python3 bench/optimizers/muon.py

bench-kmeans: build  ## k-means against scikit-learn's, interleaved
	@scripts/setup.sh scikit-learn
	python3 bench/climb/kmeans.py

bench-climb: build  ## CLIMB against uniform, natural, random and RegMix on real transformer proxies; three seeds, hours
	python3 bench/climb/climb.py

bench-sequence: build  ## Schedules of attention over shaped links in network namespaces; needs root, half an hour
	python3 bench/sequence/sequence.py

bench-cluster: build setup-cluster  ## The ledger on PostgreSQL under 2,000 nodes, against fixed bounds
	artifacts/bin/Granary.Bench.ClusterLoad/release/Granary.Bench.ClusterLoad > bench/results/cluster-load.jsonl

bench-chaos: build setup-cluster  ## Five machines hurt at random, against what one does undisturbed, and the control; needs root
	python3 bench/cluster/chaos.py

bench-memory: build  ## The peak memory of a training step against the plan
	python3 bench/memory/peak.py

bench-rand-index: build  ## Clusters against the sources that documents came from
	python3 bench/climb/rand_index.py

bench-mix-pool: build  ## How busy a search keeps its places
	python3 bench/climb/pool.py

bench-shards: build  ## Tokens into shards and out of them, against the rates the design asks for
	python3 bench/shards/shards.py

bench-shards-memory: build  ## The peak memory of decomposing 20 GB of documents
	python3 bench/shards/memory.py

bench-decode: build  ## Writing text against the time its weights take to be read, and with guesses against without
	bench/decode/decode.sh

clean:  ## Remove what the build made
	rm -rf artifacts

.PHONY: help setup setup-peers setup-cluster demo demo-cluster mazes build native test test-built smoke test-slow test-slurm test-gpu gpu-bundle libtorch2 test-libtorch2 test-native check format approve-surface size \
	bench-peers bench-operators bench-corpus bench-lengths bench-mazes bench-bf16 bench-muon bench-kmeans bench-climb bench-sequence bench-cluster bench-chaos bench-memory bench-rand-index bench-mix-pool bench-shards bench-shards-memory bench-decode bench-tokenizer bench-tokenizer-exactness clean
