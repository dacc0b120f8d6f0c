from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

from tests.services.ports import BLOCK
from tests.services.site import ROOT

#: Of processes that would all begin with the same block.
PROGRAM = f"""
import os
os.getpid = lambda: 7
from tests.services.ports import free_port
print(*(free_port() for _ in range({BLOCK})))
input()
"""


def test_processes_side_by_side_are_given_different_ports() -> None:
    with ExitStack() as ending:
        processes = [
            ending.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", PROGRAM],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(3)
        ]
        given = [set(process.stdout.readline().split()) for process in processes if process.stdout]
        for process in processes:
            process.communicate("\n", timeout=30)

    assert all(len(ports) > BLOCK / 2 for ports in given)
    assert len(set.union(*given)) == sum(map(len, given))
