"""The engine may have as many connections open as the system allows it at all."""

import subprocess
import sys

from tests.engine.process import ROOT

CODE = """
import resource
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, most))
from engine.descriptors import raise_limit
raise_limit()
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most))
"""


def test_the_soft_limit_becomes_the_hard_one() -> None:
    told = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert told.stdout == "True\n"
