"""Which addresses may be dialled: the ones that ``is_global`` lets by are in here too."""

from __future__ import annotations

import pytest

from callboard.domain.addresses import public

BAD = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9
192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1
64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 2001::1 2001:10::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1 5f00::1 fc00::1
fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 nonsense 127.1 2130706433
"""
GOOD = "1.1.1.1 8.8.8.8 93.184.216.34 ::ffff:8.8.8.8 2606:4700:4700::1111 2a00:1450:4001::1"


@pytest.mark.parametrize("address", BAD.split())
def test_not_public(address):
    assert not public(address)


@pytest.mark.parametrize("address", GOOD.split())
def test_public(address):
    assert public(address)
