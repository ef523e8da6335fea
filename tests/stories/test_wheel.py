"""What a user installs: the wheel in an empty environment, run as a stranger would; themes and pages must be inside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ports import free_port, wait_until_served

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def _run(*command: str | Path, **more: object) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=240, check=False, **more)  # type: ignore[call-overload]
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return str(done.stdout)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an empty environment with the wheel in it."""
    uv = shutil.which("uv")
    assert uv, "uv is what the README installs first"
    folder = tmp_path_factory.mktemp("wheel")
    _run(uv, "build", "--wheel", "-o", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    _run(uv, "venv", "--python", sys.executable, folder / "env")
    _run(uv, "pip", "install", "--python", folder / "env" / "bin" / "python", wheel)
    return folder / "env" / "bin"


@contextmanager
def _serving(program: Path, data: Path) -> Iterator[str]:
    port = free_port()
    env = {**os.environ, "CALLBOARD_DATA_DIR": str(data)}
    server = subprocess.Popen([program, "serve", "--port", str(port)], env=env, cwd=data, stderr=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(f"{url}/healthz", server)
        yield url
    finally:
        server.terminate()
        assert server.wait(timeout=30) == 0, "SIGTERM ends it cleanly"
        if server.stderr:
            server.stderr.close()


def test_the_wheel_runs_alone(installed: Path, tmp_path: Path) -> None:
    env = {**os.environ, "CALLBOARD_DATA_DIR": str(tmp_path), "PYTHONPATH": ""}
    assert _run(installed / "callboard", "--version", env=env, cwd=tmp_path).strip() == "0.1.0"
    listed = "from callboard.console.themes import read_all; themes, bad = read_all(); print(len(themes), bad)"
    assert (
        _run(installed / "python", "-c", listed, env=env, cwd=tmp_path).strip()
        == f"{len(list((ROOT / 'themes').glob('*.toml')))} []"
    )
    _run(installed / "callboard", "organizations", "add", "Acme", "--timezone", "UTC", env=env, cwd=tmp_path)
    with _serving(installed / "callboard", tmp_path) as url:
        assert "Qubesheets" in httpx.get(f"{url}/").text
        assert httpx.get(f"{url}/join/static/room.css").status_code == 200
        forged = httpx.get(f"{url}/join/video-call/{'0' * 24}", params={"t": "forged"})
        assert (forged.status_code in {403, 404}, "<html" in forged.text) == (True, True)
