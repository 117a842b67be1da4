"""What a test needs from the machine it runs on: skipped with the reason, but never in CI."""

from __future__ import annotations

import os
import shutil

import pytest


def need_program(name: str) -> str:
    """The path of a program. Skips the test where it is missing; fails it where CI=true."""
    path = shutil.which(name)
    if path is not None:
        return path
    reason = f"needs the program {name}, which is not on this machine's PATH"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
