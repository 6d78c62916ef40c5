#!/usr/bin/env bash
# Builds the image as the Dockerfile says, and runs both processes in it as compose.yaml does: tests/deploy/test_image.py.
#
# With docker, where it runs. Else with buildah and podman, as root, where no registry need be reached: unless PYTHON_IMAGE names
# a base, one is made of Debian's own packages, with the same release and the same Python as python:3.13-slim-trixie.
#   PYTHON=.venv/bin/python deploy/try_image.sh
# Ends with 3 where no builder can be had: none is installed, or this machine does not let it run containers.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
image=localhost/punchline:try

make_base() { # joined by &&: set -e does not hold in what || follows
  local folder container
  folder=$(mktemp -d) &&
    mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates trixie "$folder/base.tar" &&
    container=$(buildah from scratch) &&
    buildah add --quiet "$container" "$folder/base.tar" / > /dev/null &&
    buildah run --isolation chroot "$container" -- sh -c \
      'ln -s /usr/bin/python3 /usr/local/bin/python && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED' &&
    # Behind a proxy that inspects TLS, pip must trust what this machine trusts.
    buildah copy --quiet "$container" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt > /dev/null &&
    buildah config --env PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
      --env PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container" &&
    buildah commit --quiet --rm "$container" "$1" > /dev/null &&
    rm -rf "$folder"
}

have() {
  local tool
  for tool; do command -v "$tool" > /dev/null || return 1; done
}

no_builder() {
  echo "The image was not tried: $1." >&2
  exit 3
}

if docker info > /dev/null 2>&1; then
  runner=docker
  docker build --tag "$image" ${PYTHON_IMAGE:+--build-arg PYTHON_IMAGE="$PYTHON_IMAGE"} .
elif have buildah podman runc mmdebstrap; then
  runner='podman --runtime runc'
  base=${PYTHON_IMAGE:-localhost/python-from-debian:trixie}
  if [ -z "${PYTHON_IMAGE:-}" ] && ! buildah inspect "$base" > /dev/null 2>&1; then
    make_base "$base" || no_builder "no base could be made"
  fi
  # A machine that lets nobody raise limits lets podman run what has lower ones, as the tests do.
  $runner run --rm --ulimit nofile=4096:4096 --ulimit nproc=4096:4096 "$base" true || no_builder "this machine does not let podman run containers"
  # "docker": the other format has no HEALTHCHECK.
  buildah bud --quiet --format docker --isolation chroot --network host --build-arg PYTHON_IMAGE="$base" --tag "$image" .
else
  no_builder "docker, or buildah, podman, runc and mmdebstrap, are not installed"
fi
PUNCHLINE_IMAGE=$image PUNCHLINE_RUNNER=$runner "$python" -m pytest -q -m soak tests/deploy/test_image.py
