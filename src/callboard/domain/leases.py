"""A lease: what a claimed row carries, so that its outcome is recorded by whoever holds it and by nobody else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One claim's terms: ``token`` marks its rows, ``seconds`` how long they are its own, ``limit`` how many it may take.

    ``hands`` is how many the claimer can have under way in all, for a claim that shares them out. ``steal`` is False for a
    while after the wall clock jumped: a lease that looks run out may then be a living one's. ``holder`` is what all tokens of
    one claimer begin with; it may take ``ahead`` times what a lane allows while nobody else has any of the lane's rows, since
    it then sees to the limit itself.
    """

    token: str
    seconds: int
    limit: int
    hands: int = 0
    steal: bool = True
    holder: str = ""
    ahead: int = 1
