"""Nouns and rules. Standard library, phonenumbers and tz data only; frozen values; ``now`` is always an argument; no I/O.

Every instant is an ``int``: UTC seconds since the epoch. Two 01:30s of an autumn night compare equal as aware datetimes
and differ as integers, so integers are what the whole house carries; faces turn them into words at the very edge.
"""
