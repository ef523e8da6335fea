"""Server programs of the engines tier, each in a folder and on a port of its own."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ports import free_port


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


def wait_for(port: int, program: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 60
    while not answers(port):
        assert program.poll() is None, "the program ended"
        assert time.monotonic() < ends, "the program does not listen"
        time.sleep(0.05)


def run_janus(tmp_path: Path) -> Iterator[dict[str, str]]:
    if shutil.which("janus") is None:
        pytest.skip("janus is not installed")
    port, folder = free_port(), tmp_path / "janus"
    folder.mkdir()
    found = next(Path("/usr/lib").glob("*/janus"))
    for kind, name in (("plugins", "videoroom"), ("transports", "websockets")):  # nothing else: it starts in 0.1 s
        (folder / kind).mkdir()
        (folder / kind / f"libjanus_{name}.so").symlink_to(found / kind / f"libjanus_{name}.so")
    (folder / "janus.jcfg").write_text(
        'general: { debug_level = 4, api_secret = "api-secret", session_timeout = 60,\n'
        f'  plugins_folder = "{folder}/plugins", transports_folder = "{folder}/transports" }}\n'
        'media: { rtp_port_range = "20000-20200" }\nnat: { full_trickle = false }\n'
    )
    (folder / "janus.plugin.videoroom.jcfg").write_text('general: { admin_key = "room-maker" }\n')
    (folder / "janus.transport.websockets.jcfg").write_text(
        f'general: {{ ws = true, ws_port = {port}, ws_ip = "127.0.0.1", wss = false }}\nadmin: {{ admin_ws = false }}\n'
    )
    command = ["janus", "-F", str(folder), "-C", str(folder / "janus.jcfg"), "-N"]
    with (tmp_path / "janus.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as program:
        try:
            wait_for(port, program)
            yield {
                "url": f"ws://127.0.0.1:{port}",
                "api_secret": "api-secret",
                "room_secret": "ours",
                "admin_key": "room-maker",
            }
        finally:
            program.terminate()
            program.wait(60)
