"""Phone numbers: E.164 inside, read with a default country outside (ITU-T E.164, through phonenumbers)."""

from __future__ import annotations

import importlib.resources
from functools import lru_cache

from callboard.domain.errors import Invalid


@lru_cache(maxsize=4096)
def parse_phone(text: str, country: str = "US", field: str = "phone") -> str:
    """``5551234567`` → ``+15551234567``. Possible numbers are taken, not only assigned ones: carriers know better than we do."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise Invalid(field, "must be a phone number, with its country code unless it is local") from error
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise Invalid(field, "must be a phone number of possible length")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def pretty_phone(e164: str) -> str:
    """``+14155551212`` → ``+1 415-555-1212``; any other text stays as it is."""
    import phonenumbers

    try:
        return phonenumbers.format_number(phonenumbers.parse(e164, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return e164


@lru_cache(maxsize=64)
def country_of_zone(zone: str) -> str | None:
    """The ISO 3166 country a time zone belongs to (IANA's zone.tab): where a new organization's local numbers are dialled."""
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((row[0] for row in rows if row[2] == zone), None)


def phone_country(e164: str) -> str | None:
    """The ISO 3166 country of a number, or None when it is not known."""
    import phonenumbers

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return None
