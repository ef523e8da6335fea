"""The README's curls as pasted: a real server, a real shell, a real curl."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callboard.domain.hours import parse_hours
from ports import free_port, wait_until_served

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
PART = README[README.index("<!-- dialects -->") : README.index("<!-- /dialects -->")]
SETUP = re.findall(r"```sh\n(.*?)```", PART, re.DOTALL)[0]
CURLS = re.findall(r"\| `(curl .*)` \|$", PART, re.MULTILINE)
FIRST_DAY = [  # the commands that come before the curls in the README, as far as they make what the curls need
    shlex.split(line.split("callboard ", 1)[1])
    for line in README[README.index("## A first day") :].splitlines()
    if line.startswith(("uv run callboard organizations add", "uv run callboard agents add"))
]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The desk of the README's first day, `callboard serve` on it, and a shell's environment."""
    port = free_port()
    env = {**os.environ, "CALLBOARD_DATA_DIR": str(tmp_path), "CALLBOARD_PORT": str(port)}
    command = [sys.executable, "-m", "callboard"]
    for words in FIRST_DAY:
        subprocess.run([*command, *words], env=env, check=True, capture_output=True, timeout=60)
    server = subprocess.Popen([*command, "serve"], env=env, stderr=subprocess.DEVNULL)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/healthz", server)
        yield {**env, "PORT": str(port)}
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl: apt-get install curl")
def test_every_dialects_curl_works_as_pasted(served: dict[str, str]) -> None:
    assert len(CURLS) == 5
    setup = SETUP.replace("uv run callboard", f"{sys.executable} -m callboard").replace(":8080", f":{served['PORT']}")
    # the setup once, then one curl after the other, as a reader does
    script = f"set -e\n{setup}\n" + "".join(f"{curl}\nprintf '\\036'\n" for curl in CURLS)
    done = subprocess.run(["bash", "-c", script], env=served, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    answers = done.stdout.split("\036")
    assert answers.pop() == ""
    assert [answer.startswith("{") for answer in answers] == [True] * 5, answers


@pytest.mark.parametrize("tuesday", [date(2027, 1, 5), date(2027, 7, 6)], ids=["winter", "summer"])
def test_the_curls_times_are_working_hours_all_year(tuesday: date) -> None:
    """They are UTC, the agent's hours are New York's: what is open in one season must not be lunch in the other."""
    (agent,) = [words for words in FIRST_DAY if words[0] == "agents"]
    hours = parse_hours(agent[agent.index("--hours") + 1])
    times = [re.search(r"T(\d\d):(\d\d):00\.0", curl) for curl in CURLS]
    found = [(int(time[1]), int(time[2])) for time in times if time is not None]
    assert len(found) == len(set(found)) == 3
    for hour, minute in found:
        local = datetime.combine(tuesday, clock(hour, minute), UTC).astimezone(ZoneInfo("America/New_York"))
        begin = local.hour * 60 + local.minute
        assert any(first <= begin and begin + 30 <= last for first, last in hours.days[local.weekday()]), hour
