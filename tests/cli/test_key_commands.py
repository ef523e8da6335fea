"""``callboard keys`` where a mistake would be dear: rights nobody asked for, arguments that are no text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "callboard"]


MEANT_OTHERWISE: tuple[tuple[list[str | bytes], str], ...] = (
    (["x", "--scopes", ""], "scopes"),  # an unset variable of a script
    (["x", "--scopes", " , "], "scopes"),
    (["x", "--scopes", "scheduling:fly"], "scopes"),
    (["x", "--flavour", "toy"], "flavour"),
    (["x", "--rate-limit", "0"], "rate_limit"),
    ([b"x\xff"], "no text"),
)


def test_a_key_that_was_not_meant_is_not_made(tmp_path: Path) -> None:
    env = {**os.environ, "CALLBOARD_DATA_DIR": str(tmp_path), "CALLBOARD_CONFIG_FILE": str(tmp_path / "config.toml")}

    def run(*words: str | bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([*COMMAND, *words], env=env, capture_output=True, check=False)

    assert run("organizations", "add", "Acme", "--timezone", "UTC").returncode == 0
    for words, said in MEANT_OTHERWISE:
        done = run("keys", "add", *words)
        assert (done.returncode, done.stdout) == (2, b"")
        assert said in done.stderr.decode()
        assert len(done.stderr.splitlines()) == 1
    assert b"no keys" in run("keys", "list").stdout
