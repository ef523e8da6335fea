"""What the campaigns screen can do: the list, and inside a campaign the dial queue with a key for each outcome."""

from __future__ import annotations

from callboard.console.commands import Command

HINT = "any word  status:running  agent:dana  country:us  !status:finished"
COMMANDS: tuple[Command, ...] = (
    Command("campaigns.open", "o", "dial queue", "open", why_not="cannot_dial", help="Enter does the same."),
    Command("campaigns.start", "s", "start or pause", "start", why_not="needs_open"),
    Command("campaigns.new", "n", "new campaign", "new", why_not="needs_list"),
    Command("campaigns.edit", "e", "edit", "edit", why_not="needs_campaign"),
    Command("campaigns.import", "I", "import a list", "bring_in", why_not="needs_open"),
    Command("campaigns.leads", "L", "add leads", "add_leads", why_not="needs_open"),
    Command("campaigns.filter", "/", "filter", "open_filter", why_not="needs_list", help=HINT),
    Command("campaigns.finish", "F", "finish", "finish", why_not="needs_open"),
    Command("campaigns.next", "space", "next contact", "next", why_not="needs_dialling"),
    Command("campaigns.call", "c", "call", "call", why_not="needs_contact"),
    Command("campaigns.qualified", "q", "qualified: book", "qualified", why_not="needs_contact"),
    Command("campaigns.qualified_only", "Q", "qualified, nothing to book", "qualified_only", why_not="needs_contact"),
    Command("campaigns.not_interested", "i", "not interested", "not_interested", why_not="needs_contact"),
    Command("campaigns.callback", "k", "call back later", "callback", why_not="needs_contact"),
    Command("campaigns.no_answer", "a", "no answer", "no_answer", why_not="needs_contact"),
    Command("campaigns.busy", "u", "busy", "busy", why_not="needs_contact"),
    Command("campaigns.wrong", "w", "wrong number", "wrong_number", why_not="needs_contact"),
    Command("campaigns.never", "x", "never call again", "do_not_call", why_not="needs_contact"),
    Command("campaigns.skip", "v", "give back uncalled", "skip", why_not="needs_contact"),
    Command("campaigns.copy", "y", "copy the number", "copy", why_not="needs_contact"),
    Command("campaigns.leave", "escape b", "leave the dial queue, or take the filter away", "leave", why_not="cannot_leave"),
    Command("campaigns.pane", "tab", "the other pane", "other_pane"),
)
