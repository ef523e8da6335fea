"""What only becomes known after the commit, waited for briefly: whether a carrier took a message."""

from __future__ import annotations

import asyncio

from callboard.domain.messages import Message
from callboard.services import messages
from callboard.services.service import SYSTEM, Desk

PATIENCE_SECONDS = 3.0
_STEP_SECONDS = 0.1


async def settled(desk: Desk, org: str, message_id: str | None) -> Message | None:
    """The message once a carrier has taken or refused it, or as it stands after a short wait; None with nothing to wait for.

    Without a carrier nothing will change soon, so nobody waits.
    """
    if message_id is None or desk.settings.sms_gateway == "outbox":
        return None
    session = desk.acting(SYSTEM)
    ends = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        message = await session.read(messages.get, org, message_id)
        if message.settled or message.delivered or asyncio.get_running_loop().time() >= ends:
            return message
        await asyncio.sleep(_STEP_SECONDS)
