"""``callboard organizations``."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from cyclopts import App, Parameter

from callboard.cli.common import Database, Json, actor, desk, emit, table, uuid
from callboard.domain.errors import Invalid
from callboard.domain.organizations import Organization
from callboard.domain.zones import iso
from callboard.services import organizations

app = App(name="organizations", help="Organizations: add, list.")


def shape(organization: Organization) -> dict[str, Any]:
    """An organization as the command line prints it."""
    return {
        "id": uuid(organization.id),
        "name": organization.name,
        "timezone": organization.timezone,
        "display_name": organization.display_name,
        "policy": asdict(organization.policy),
        "branding": asdict(organization.branding),
        "created_at": iso(organization.created_at),
    }


@app.command
def add(
    name: str,
    /,
    *,
    timezone: Annotated[str, Parameter(help="IANA zone, e.g. America/New_York.")],
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Add an organization."""
    with desk(database_url) as opened:
        made = shape(opened.acting(actor()).do(organizations.add, name, timezone))
    emit(made) if json else sys.stdout.write(f"{made['id']}  {made['name']}\n")


@app.command(name="list")
def list_(*, json: Json = False, database_url: Database = None) -> None:
    """List organizations."""
    with desk(database_url) as opened:
        found = [shape(o) for o in opened.acting(actor()).get(organizations.all)]
    emit({"organizations": found}) if json else table(found, ("id", "name", "timezone"), "no organizations yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an organization books by; every field is a flag, and one that is not given stays as it is."""

    slot_interval_minutes: int | None = None
    minimum_notice_minutes: int | None = None
    maximum_advance_days: int | None = None
    buffer_before_minutes: int | None = None
    buffer_after_minutes: int | None = None
    customer_limit: Annotated[int | None, Parameter(help="Live calls of one customer in --customer-limit-days.")] = None
    customer_limit_days: int | None = None
    confirmation_timeout_minutes: int | None = None
    link_lifetime_hours: Annotated[int | None, Parameter(help="After the scheduled time.")] = None
    no_show_after_minutes: int | None = None
    default_duration_minutes: int | None = None
    reminder_minutes: Annotated[tuple[int, ...] | None, Parameter(help="Minutes before a call; may be given more than once.")] = (
        None
    )
    scheduling_enabled: bool | None = None
    keep_chat: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What customers see."""

    display_name: str | None = None
    colour: Annotated[str | None, Parameter(help="e.g. #F0B45B.")] = None
    support_phone: str | None = None
    default_country: Annotated[str | None, Parameter(help="How a number without a country code is read, e.g. US.")] = None


@app.command
def change(
    organization: Annotated[str, Parameter(help="Its name or id.")],
    /,
    *,
    name: str | None = None,
    timezone: str | None = None,
    rules: Annotated[Rules | None, Parameter(name="*")] = None,
    look: Annotated[Look | None, Parameter(name="*")] = None,
    no: Annotated[list[str] | None, Parameter(help="Switch off: slot-interval-minutes or customer-limit.")] = None,
    json: Json = False,
    database_url: Database = None,
) -> None:
    """Change an organization; what is not named stays."""
    with desk(database_url) as opened:
        session = opened.acting(actor())
        old = session.get(organizations.find, organization)
        policy = {k: v for k, v in asdict(rules or Rules()).items() if v is not None} | _off(no or [])
        branding = {k.removeprefix("display_"): v for k, v in asdict(look or Look()).items() if v is not None}
        changes: dict[str, Any] = {"name": name, "timezone": timezone}
        changes["policy"] = replace(old.policy, **policy) if policy else None
        changes["branding"] = replace(old.branding, **branding) if branding else None
        done = session.do(organizations.update, old.id, **{k: v for k, v in changes.items() if v is not None})
    emit(shape(done)) if json else sys.stdout.write(f"{uuid(done.id)}  {done.name}\n")


def _off(names: list[str]) -> dict[str, None]:
    """The policies that may be off, as asked."""
    found = {n.replace("-", "_"): None for n in names}
    if not set(found) <= {"slot_interval_minutes", "customer_limit"}:
        raise Invalid("no", "must be slot-interval-minutes or customer-limit")
    return found
