"""What an operator does to a call's room: a message on both pages, hold with words, mute, the side room, recordings, new links.

One key and a list instead of eight keys: these are rare, and each says in the list why it cannot be done just now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.console.dialogs.dialog import Ask, ChoiceDialog, Message
from callboard.console.widgets.choices import Choice
from callboard.domain.bookings import Status
from callboard.domain.rooms import MAX_TEXT, Room, RoomState
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.queue.screen import Queue

WORDS = {"agent": "the agent", "customer": "the customer"}


def choices(room: Room) -> list[Choice]:
    """The list, with what cannot be done greyed and why."""
    over = "the call is over" if room.state is RoomState.ENDED else ""
    status = room.booking.status
    silent = over or ("" if status in {Status.IN_PROGRESS, Status.ON_HOLD} else "the call has not begun")
    side = over or ("" if room.booking.features.breakout_room else "this call has no side room")
    held = status is Status.ON_HOLD
    found = [
        Choice("message", "show a message on both pages", reason=over),
        Choice("resume" if held else "hold", "go on" if held else "hold with a message", reason=silent),
    ]
    for role, who in WORDS.items():
        on = role in room.muted
        found.append(Choice(f"mute {role}", f"let {who} speak" if on else f"mute {who}", reason=over))
    for role, who in WORDS.items():
        away = role in room.breakout
        found.append(Choice(f"breakout {role}", f"bring {who} back" if away else f"move {who} to the side room", reason=side))
    return [
        *found,
        Choice("recordings", "recordings and chat", words="film"),
        Choice("revoke", "make new links: the old ones stop working", reason=over),
    ]


class RoomVerbs:
    """The command and what each line of its list does."""

    def __init__(self, page: Queue) -> None:
        self.page = page

    async def open(self) -> None:
        """Choose, then do it."""
        from callboard.services import rooms

        booking, app = self.page.booking, self.page.console
        if booking is None:
            return
        room = await app.session.read(rooms.state, app.organization.id, booking.id)
        title = f"Room of {booking.customer_name or booking.kind}: {room.state.value.replace('_', ' ')}"
        chosen = await app.push_screen_wait(ChoiceDialog(title, choices(room)))
        if not chosen:
            return
        verb, _, role = chosen.partition(" ")
        if verb in {"message", "hold"}:
            await self._worded(verb, room)
        elif verb == "recordings":
            await self._left_behind(room)
        elif verb in {"mute", "breakout"}:
            on = role not in (room.muted if verb == "mute" else room.breakout)
            await self._do(getattr(rooms, verb), room, f"{WORDS[role]}: {'done' if on else 'undone'}", role, on=on)
        else:
            done = "on it goes" if verb == "resume" else "the old links are dead; copy the new ones with y and Y"
            await self._do(rooms.resume if verb == "resume" else rooms.revoke_links, room, done)

    async def _do(self, verb: Any, room: Room, done: str, *more: Any, **named: Any) -> None:
        app = self.page.console
        if await self.page.perform(verb, app.organization.id, room.booking.id, *more, **named) is not None:
            app.say(done)

    async def _worded(self, verb: str, room: Room) -> None:
        from callboard.services import rooms

        title = "Show on both pages" if verb == "message" else "Hold, and show meanwhile"
        value = room.note if verb == "message" else "Back in a moment."
        note = "empty takes the message away" if verb == "message" else "nobody is seen or heard until you go on"
        typed = await self.page.console.push_screen_wait(
            Ask(
                title,
                value=value,
                note=note,
                check=lambda text: "" if len(text) <= MAX_TEXT else f"at most {MAX_TEXT} characters",
            )
        )
        if typed is not None:
            done = "both pages show it" if verb == "message" else "on hold"
            await self._do(rooms.message if verb == "message" else rooms.hold, room, done, typed)

    async def _left_behind(self, room: Room) -> None:
        """Recordings with where they lie, and chat, where it is kept."""
        from callboard.services import recordings, rooms

        app = self.page.console
        org, id_ = app.organization.id, room.booking.id
        films = await app.session.read(recordings.listing, org, id_)
        lines = [
            f"{local(f.created_at, app.zone):%H:%M}  {f.size / 1e6:,.1f} MB  {'whole' if f.complete else 'under way'}  "
            f"{app.settings.data_dir / f.path}"
            for f in films
        ]
        said = await app.session.read(rooms.chat, org, id_)
        lines += ["", *(f"{local(c['at'], app.zone):%H:%M}  {c['role']}: {c['text']}" for c in said)] if said else []
        await app.push_screen_wait(
            Message("Recordings and chat", "\n".join(lines) or "Nothing was recorded and no chat is kept.")
        )
