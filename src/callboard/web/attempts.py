"""Wrong keys from one address: answered with 429 once there were too many of them in a minute.

Only refusals are counted and only refusals are changed by it: a right key from the same address (an office behind one router)
is never hindered. In memory, per process: what is guessed at has 256 bits, so this spares the log and the database, no more.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

from callboard.domain.errors import CallboardError
from callboard.web.faults import TooManyRequests, Unauthenticated

WINDOW_SECONDS = 60
MOST_ADDRESSES = 10_000
IPV6_NETWORK = 64  # one customer's line; single addresses cost nothing there


class Attempts:
    """How many wrong keys each address has shown in its window, which begins with the first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()  # address → (how many, when its window ends), oldest first

    def judge(self, error: CallboardError, client: tuple[str, int] | None, now: int) -> CallboardError:
        """The refusal to answer with: the given one, or TooManyRequests for one wrong key too many. ``now`` in UTC seconds."""
        if self._most <= 0 or not isinstance(error, Unauthenticated):
            return error
        address = _address(client)
        count, ends_at = self._seen.get(address, (0, 0))
        if ends_at <= now:
            self._seen.pop(address, None)
            while len(self._seen) >= MOST_ADDRESSES:  # in constant time: whoever has many addresses must not make each dearer
                self._seen.popitem(last=False)
            count, ends_at = 0, now + WINDOW_SECONDS
        self._seen[address] = (count + 1, ends_at)
        return error if count < self._most else TooManyRequests(ends_at - now, self._most, ends_at)


def _address(client: tuple[str, int] | None) -> str:
    """Whom to count: the address, of IPv6 its network; everybody without one together."""
    if client is None:
        return ""
    try:
        found = ipaddress.ip_address(client[0])
    except ValueError:
        return client[0]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False))
