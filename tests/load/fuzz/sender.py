"""Send the input of a seed from its own process: ``python -m tests.load.fuzz.sender``.

It prints how much was sent as one line of JSON. Each connection has its own address, so that the
limits of one network do not keep the input away from the parsers.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import deque

from tests.load.attack.attacker import NICENESS
from tests.load.attack.lines import Line, Lines
from tests.load.attack.target import Target, agent
from tests.load.fuzz import frames, requests

IN_FLIGHT, IN_FLIGHT_IN_A_HURRY = 50, 100
#: Pause between two pieces, so that the server reads them one by one.
PIECE_SECONDS = 0.01
#: How long a connection stays after its last piece.
STAY_SECONDS = 0.2
#: The server collects garbage in quiet moments. Without rests, a run would need as much memory as
#: its longest time without such a moment, by chance.
SEND_SECONDS, REST_SECONDS = 0.5, 0.5
#: A connection without a response for this time is dropped.
PATIENCE_SECONDS = 10.0


class Sender(Lines):
    """Sends sessions until it has sent ``count`` frames or requests."""

    def __init__(
        self, kind: str, target: Target, seed: int, count: int, *, in_a_hurry: bool = False
    ) -> None:
        super().__init__()
        self._in_a_hurry = in_a_hurry
        self._in_flight = IN_FLIGHT_IN_A_HURRY if in_a_hurry else IN_FLIGHT
        self._kind, self._target, self._seed, self._count = kind, target, seed, count
        self.sent = 0
        #: the pieces of each connection, with the time of the next
        self._pieces: dict[Line, deque[bytes]] = {}
        self._due: dict[Line, float] = {}

    def run(self) -> None:
        number = 0
        while self.sent < self._count or self.open:
            while self.sent < self._count and self._may_begin:
                self._begin(number)
                number += 1
            self.pump(PIECE_SECONDS)
            for line in list(self._due):
                if line.ended:
                    self._forget(line)
                elif self._due[line] <= time.monotonic():
                    self._continue(line)

    @property
    def _may_begin(self) -> bool:
        is_resting = time.monotonic() % (SEND_SECONDS + REST_SECONDS) > SEND_SECONDS
        return len(self.open) < self._in_flight and (self._in_a_hurry or not is_resting)

    def _begin(self, number: int) -> None:
        rng = random.Random(f"{self._kind}-{self._seed}-{number}")
        source = f"127.{16 + number % 100}.{number // 100 % 250 + 1}.{number % 250 + 1}"
        if self._kind == "frames":
            session = frames.session(rng)
            pieces, self.sent = frames.pieces(rng, session), self.sent + len(session)
            first = self._target.handshake(user_agent=agent(number))
        else:
            pieces, first, self.sent = (
                [],
                requests.request(rng, self._target.ports[0]),
                self.sent + 1,
            )
        line = self.dial(self._target.ports[0], source, first, on_open=self._continue)
        self._pieces[line] = deque(pieces)
        is_done = self._kind == "requests"
        self._due[line] = time.monotonic() + (STAY_SECONDS if is_done else PATIENCE_SECONDS)

    def _continue(self, line: Line) -> None:
        """Send the next piece. After the last one, stay for a moment and drop the connection."""
        now, pieces = time.monotonic(), self._pieces[line]
        if pieces and line.status is not None:
            self._due[line] = now + (PIECE_SECONDS if len(pieces) > 1 else STAY_SECONDS)
            self.send(line, pieces.popleft())
        elif self._due[line] <= now:
            self.hang_up(line)
            self._forget(line)

    def _forget(self, line: Line) -> None:
        del self._due[line], self._pieces[line]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.fuzz.sender")
    parser.add_argument("kind", choices=("frames", "requests"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--in-a-hurry", action="store_true", help="send faster and without rests")
    arguments = parser.parse_args()
    os.nice(NICENESS)
    target = Target((arguments.port,))
    sender = Sender(
        arguments.kind, target, arguments.seed, arguments.count, in_a_hurry=arguments.in_a_hurry
    )
    sender.run()
    print(json.dumps({"sent": sender.sent, **sender.as_json()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
