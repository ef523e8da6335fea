"""The process that hands messages over is killed again and again: nobody is texted twice, nobody is forgotten."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter

import pytest

from callboard.services import messages
from reach.twilio_peer import NUMBER, SID, TOKEN, TwilioPeer

pytestmark = pytest.mark.long
CUSTOMERS = 300
KILLS = 40

# A scheduler in a process of its own, whose clock is so far ahead that the leases of the one killed before have run out.
RUN = """
import asyncio, json, sys, time
from callboard.gateways import sms
from callboard.scheduler import messages
from callboard.scheduler.loop import Scheduler
from callboard.services.service import Desk
from callboard.settings import Settings

url, table, ahead = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
desk = Desk(Settings(database_url=url), clock=lambda: int(time.time()) + ahead)
async def run():
    carrier = sms.make("twilio", table, "http://localhost")
    await Scheduler(desk, [messages.duty(carrier)]).settle()
    await carrier.close()
asyncio.run(run())
desk.close()
"""


def test_kill_nine_texts_nobody_twice_and_forgets_nobody(office, clock):
    clock.now = int(time.time())
    peer = TwilioPeer()
    table = {"account_sid": SID, "auth_token": TOKEN, "from_number": NUMBER, "base_url": peer.url}
    wanted = [f"+1555{1000000 + n}" for n in range(CUSTOMERS)]
    for to in wanted:
        office.do(messages.send, to=to, body=f"hello {to}")
    chance = random.Random(5)
    url = office.desk.settings.database_url
    ended = 0
    try:
        for ahead in range(KILLS + 1):
            command = [sys.executable, "-c", RUN, url, json.dumps(table), str(ahead * 61)]
            process = subprocess.Popen(command, env=dict(os.environ))
            started, before = time.monotonic(), len(peer.messages)
            while process.poll() is None and len(peer.messages) == before and time.monotonic() - started < 10:
                time.sleep(0.001)  # from its first text on it may die at any moment
            if ahead < KILLS:
                time.sleep(chance.uniform(0, 0.08))
                process.kill()
            assert process.wait(60) in {0, -9}
            ended += process.returncode == -9
    finally:
        peer.close()
    print(f"\n{ended} killed, {len(peer.messages)} texts, {office.get(messages.count, status='sent')} recorded")  # noqa: T201 - the figures are the point
    assert ended >= KILLS // 4
    assert Counter(m["to"] for m in peer.messages) == Counter(wanted)
    assert office.get(messages.count, status="sent") == CUSTOMERS
