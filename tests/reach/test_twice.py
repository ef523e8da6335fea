"""Two schedulers on one database, in two processes' stead two desks: every customer is texted once."""

from __future__ import annotations

import asyncio
from collections import Counter

from callboard.gateways import sms
from callboard.scheduler import messages as duties
from callboard.scheduler.loop import Scheduler
from callboard.services import messages
from callboard.services.service import Desk
from reach.twilio_peer import NUMBER, SID, TOKEN, TwilioPeer


def test_two_schedulers_text_everybody_once(office, clock):
    peer = TwilioPeer(now=clock)
    table = {"account_sid": SID, "auth_token": TOKEN, "from_number": NUMBER, "base_url": peer.url}
    for n in range(60):
        office.do(messages.send, to=f"+1555{1000000 + n}", body=f"hello {n}")
    second = Desk(office.desk.settings, clock=clock)
    try:

        async def both() -> None:
            carriers = [sms.make("twilio", table, "http://localhost") for _ in range(2)]
            loops = [Scheduler(d, [duties.duty(c)]) for d, c in zip((office.desk, second), carriers, strict=True)]
            # A busy machine may not even connect in time: what did not leave is tried again when it is due.
            while due := [at for at in await asyncio.gather(*(loop.settle() for loop in loops)) if at is not None]:
                clock.now = max(clock.now, min(due))
            for carrier in carriers:
                await carrier.close()

        asyncio.run(both())
    finally:
        second.close()
        peer.close()
    assert Counter(m["to"] for m in peer.messages) == Counter(f"+1555{1000000 + n}" for n in range(60))
    assert office.get(messages.count, status="sent") == 60
