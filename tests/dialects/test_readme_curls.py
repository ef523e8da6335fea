"""The README's curls as pasted: a real server, a real shell, a real curl."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
PART = README[README.index("<!-- dialects -->") : README.index("<!-- /dialects -->")]
SETUP = re.findall(r"```sh\n(.*?)```", PART, re.DOTALL)[0]
CURLS = re.findall(r"\| `(curl .*)` \|$", PART, re.MULTILINE)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A desk with two agents who always work, `callboard serve` on it, and a shell's environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "CALLBOARD_DATA_DIR": str(tmp_path), "CALLBOARD_PORT": str(port)}
    command = [sys.executable, "-m", "callboard"]
    for words in (
        ["organizations", "add", "Acme Moving", "--timezone", "America/New_York"],
        ["agents", "add", "Dana", "--hours", "mon-sun 00:00-24:00"],
    ):
        subprocess.run([*command, *words], env=env, check=True, capture_output=True, timeout=60)
    server = subprocess.Popen([*command, "serve"], env=env, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield {**env, "PORT": str(port)}
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl: apt-get install curl")
def test_every_dialects_curl_works_as_pasted(served: dict[str, str]) -> None:
    assert len(CURLS) == 5
    setup = SETUP.replace("uv run callboard", f"{sys.executable} -m callboard").replace(":8080", f":{served['PORT']}")
    for curl in CURLS:
        script = f"set -e\n{setup}\n{curl}\n"
        done = subprocess.run(["bash", "-c", script], env=served, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (curl, done.stdout, done.stderr)
        assert done.stdout.startswith("{"), curl
