from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

from tests.services.ports import BLOCK
from tests.services.site import ROOT

#: A program whose process id always selects the same first block.
PROGRAM = f"""
import os
os.getpid = lambda: 7
from tests.services.ports import free_port
print(*(free_port() for _ in range({BLOCK})))
input()
"""


def test_parallel_processes_get_different_ports() -> None:
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
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
        ports = [set(process.stdout.readline().split()) for process in processes if process.stdout]
        for process in processes:
            process.communicate("\n", timeout=30)

    assert all(len(each) > BLOCK / 2 for each in ports)
    assert len(set.union(*ports)) == sum(map(len, ports))
