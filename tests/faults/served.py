"""A real ``callboard serve`` in a process of its own, to be killed; and a crowd that books on it without pause."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

import httpx

from callboard.domain.hours import parse_hours
from callboard.services import agents, keys, organizations, webhooks
from callboard.services.service import SYSTEM, Desk
from callboard.settings import Settings
from faults.nursery import Child, Nursery
from ports import free_port, wait_until_served

AGENTS = 12
FIRST = (int(time.time()) // 86400 + 7) * 86400  # a midnight to come: the servers run on the real clock


class Served:
    """Starts, kills and starts again; the database and the port stay."""

    def __init__(self, database_url: str, folder: Path, *, quick: bool = False) -> None:
        self.database_url = database_url
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {k: v for k, v in os.environ.items() if not k.startswith("CALLBOARD_")}
        self._env = env | {"CALLBOARD_ALLOW_PRIVATE_WEBHOOKS": "1", "XDG_CONFIG_HOME": str(folder / "config")}
        self._nursery = Nursery(self._env, folder / "server.log") if quick else None
        self._process: subprocess.Popen[bytes] | Child | None = None

    def prepare(self, *hook_urls: str) -> str:
        """An organization that is always open, with endpoints; its API key."""
        desk = Desk(Settings(database_url=self.database_url, data_dir=self.folder))
        session = desk.acting(SYSTEM)
        org = session.do(organizations.add, "Acme", "UTC").id
        for n in range(AGENTS):
            session.do(agents.add, org, f"Agent {n}", hours=parse_hours("mon-sun 00:00-24:00"))
        for url in hook_urls:
            session.do(webhooks.add, org, url)
        _, text = session.do(keys.add, org, "crowd", rate_limit=10_000_000)
        desk.close()
        return text

    def start(self) -> None:
        words = ["serve", "--port", str(self.port), "--database-url", self.database_url, "--data-dir", str(self.folder)]
        if self._nursery is not None:
            self._process = self._nursery.start(*words)
        else:
            with (self.folder / "server.log").open("ab") as log:
                command = [sys.executable, "-m", "callboard", *words]
                self._process = subprocess.Popen(command, env=self._env, stdout=log, stderr=log)
        wait_until_served(f"{self.url}/healthz", self._process, told=lambda: self.log)

    @property
    def log(self) -> str:
        """The end of what the servers wrote."""
        return (self.folder / "server.log").read_text()[-3000:]

    def kill(self) -> None:
        """The hard way: nothing is flushed, nothing is said."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def pause(self) -> None:
        """It lives and does nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """The polite way; the exit status."""
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(timeout=120)
        if self._nursery is not None:
            self._nursery.close()
        return status


class Crowd:
    """Threads that book one time after another; ``kept`` are the ids the server acknowledged."""

    def __init__(self, url: str, key: str, threads: int = 4) -> None:
        self.kept: list[str] = []
        self.refused: list[tuple[int, str]] = []
        self.troubles: list[str] = []  # what neither an answer nor a dead server explains
        self._url = url
        self._key = key
        self._slot = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._book, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _next(self) -> tuple[int, int]:
        with self._lock:
            self._slot += 1
            return FIRST + (self._slot // AGENTS) * 1800, self._slot

    def _book(self) -> None:
        try:
            self._book_on()
        except Exception:  # noqa: BLE001 - told by the test, not lost with its thread
            self.troubles.append(traceback.format_exc())

    def _book_on(self) -> None:
        with httpx.Client(base_url=self._url, headers={"authorization": f"Bearer {self._key}"}, timeout=10) as client:
            while not self._over.is_set():
                at, n = self._next()
                body = {
                    "scheduledFor": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "timezone": "UTC",
                    "customerName": f"Customer {n}",
                    "customerPhone": f"+1215555{n % 10000:04}",
                }
                try:
                    answer = client.post("/qubesheets/api/external/video-calls", json=body)
                except httpx.TransportError:
                    time.sleep(0.02)  # it is dead just now
                    continue
                if answer.status_code == 201:
                    self.kept.append(answer.json()["videoCall"]["id"])
                else:
                    self.refused.append((answer.status_code, answer.text[:200]))

    def leave(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        self.troubles += [f"{thread.name} does not end" for thread in self._threads if thread.is_alive()]
