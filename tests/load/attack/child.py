"""Runs a module as a child process that prints its figures as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from tests.services import children
from tests.services.site import ROOT, environment


async def run(module: str, arguments: Sequence[str], timeout_seconds: float) -> dict[str, Any]:
    """Return the figures. Raise RuntimeError if it fails, and TimeoutError if it is too slow."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=ROOT,
        env=environment({}),
        stdout=asyncio.subprocess.PIPE,
    )
    children.watch(process.pid)
    try:
        async with asyncio.timeout(timeout_seconds):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"{module} ended with status {process.returncode}")
    figures: dict[str, Any] = json.loads(output)
    return figures
