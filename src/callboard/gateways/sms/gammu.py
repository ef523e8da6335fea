"""Texts through a phone or modem of one's own, by the ``gammu`` program. It sends; what customers write stays on the phone."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callboard.domain.errors import Invalid
from callboard.domain.messages import Message, Outcome
from callboard.gateways.sms.base import Abilities, SmsGateway

TIMEOUT = 45  # seconds; a modem is slow, and the lease is a minute
_REFERENCE = re.compile(r"reference[ =]+(-?\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Gammu(SmsGateway):
    """One phone; ``config`` is a gammurc. Only one program may talk to a phone, hence the lock."""

    program: str
    config: str
    name: str = "gammu"
    can: Abilities = Abilities(sends=True)  # noqa: RUF009 - frozen
    _lock: asyncio.Lock | None = None

    @classmethod
    def configured(cls, table: Mapping[str, Any]) -> Gammu:
        """From ``[gateways.gammu]``: ``config`` (a gammurc) and, if it is not on the path, ``program``."""
        program = str(table.get("program") or shutil.which("gammu") or "")
        if not program:
            raise Invalid("gateways.gammu.program", "gammu is not installed")
        if not table.get("config"):
            raise Invalid("gateways.gammu.config", "must name the gammurc of your phone")
        return cls(program=program, config=str(table["config"]))

    async def send(self, message: Message) -> Outcome:
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            return await self._run(message)

    async def _run(self, message: Message) -> Outcome:
        # The text goes in by standard input: an argument would be seen by every user of the machine.
        call = (self.program, "-c", self.config, "sendsms", "TEXT", message.to_number or "", "-unicode", "-autolen", "1600")
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(*call, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
        except OSError as error:
            return Outcome(status="retry", gateway=self.name, reason=f"gammu does not start ({error.strerror})")
        try:
            out, _ = await asyncio.wait_for(process.communicate(message.body.encode()), TIMEOUT)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            return Outcome(status="unknown", gateway=self.name, reason="the phone did not answer; it may have been sent")
        said = out.decode("utf-8", "replace").strip()
        if process.returncode == 0:
            found = _REFERENCE.search(said)
            return Outcome(status="sent", gateway=self.name, provider_id=f"{message.id}:{found[1] if found else ''}")
        return Outcome(status="retry", gateway=self.name, reason=f"gammu: {said.splitlines()[-1][:200] if said else 'failed'}")

    def hints(self) -> list[str]:
        return ["A phone sends only; what customers write stays on it, and it reports no delivery."]
