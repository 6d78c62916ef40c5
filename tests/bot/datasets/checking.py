"""Checks a training file as the bot's process does, without the process."""

import io

from bot.datasets.checker import Checker
from bot.datasets.files import Source
from bot.datasets.findings import FileCheck


def checked(content: bytes) -> FileCheck:
    checker = Checker()
    checker.feed(Source(io.BytesIO(content)).blocks())
    return checker.result()
