# One image for both processes: `python -m bot` (the default) and `python -m engine`. See docs/deploying.md.
#   docker build -t punchline .                                  the bot and the engine, without torch
#   docker build -t punchline --build-arg TORCH=torch==2.13.0 .  so that the engine can tune language models as well
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
RUN python -m venv --without-pip /venv
COPY requirements.txt requirements-model.txt requirements-lora.txt ./
# simcord serves the playground alone, which is not in the image.
RUN python -m pip --python /venv/bin/python install --quiet --no-compile --no-deps --require-hashes \
      -r requirements.txt -r requirements-model.txt \
    && python -m pip --python /venv/bin/python uninstall --quiet --yes simcord
# Which build of torch is right depends on the machine, so no lock with hashes can name it (see the Makefile).
ARG TORCH=
RUN if [ -n "$TORCH" ]; then \
      python -m pip --python /venv/bin/python install --quiet --no-compile $TORCH \
      && python -m pip --python /venv/bin/python install --quiet --no-compile --no-deps --require-hashes \
           -r requirements-lora.txt; \
    fi
# Root owns the code, and the file system may be read-only, so the bytecode must be here. "unchecked-hash": no start compares
# it with its source, whatever the builder does to the files' times. Some packages carry sources that do not compile.
RUN python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash /venv/lib > /dev/null || true
COPY LICENSE ./
COPY data data
COPY deploy/health.py deploy/health.py
COPY bot bot
COPY cogs cogs
COPY engine engine
RUN python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash bot cogs engine

FROM ${PYTHON_IMAGE}
# llama.cpp needs libgomp; everything else comes with the wheels.
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends libgomp1 > /dev/null \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 punchline \
    && useradd --uid 10001 --gid punchline --home-dir /data --no-create-home --shell /usr/sbin/nologin punchline \
    && install -d -m 700 -o punchline -g punchline /data
COPY --from=build /venv /venv
COPY --from=build /app /app
# The bot's /health listens on loopback inside the container alone; the HEALTHCHECK asks there. MPLCONFIGDIR: what matplotlib
# knows of fonts, which the first chart writes.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    DATABASE_URL=sqlite:////data/punchline.db \
    METRICS_PORT=9464
WORKDIR /app
USER 10001:10001
VOLUME /data
STOPSIGNAL SIGTERM
# Either process answers at its own address, and a container runs one of them.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "/app/deploy/health.py", "http://127.0.0.1:9464/health", "http://127.0.0.1:8080/health"]
CMD ["python", "-m", "bot"]
