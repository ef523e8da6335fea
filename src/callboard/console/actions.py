"""What the app's own commands do: opening, going, the palette, help, undo, zones, themes, jumping."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Any

from callboard.console import mouse, words
from callboard.console import themes as theme_files
from callboard.console.background import told
from callboard.console.badges import EACH, Badges
from callboard.console.screens import all_commands, entries, entry
from callboard.console.widgets.choices import Choice
from callboard.console.widgets.header import zone_label
from callboard.domain.zones import local

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp
    from callboard.console.troubles import Troubles

JUMP_LETTERS = "asdfghjklqwertyuiopzxcvbnm"
THEME = "theme:"
UNANSWERED = 30  # twentieths of a second


class Actions:
    """The app's handlers, apart from the app so that it stays thin."""

    def __init__(self, app: CallboardApp) -> None:
        self.app = app
        self._watched: tuple[str, float] = ("", 0.0)
        self.badges = Badges(app)
        self.count_badges = self.badges.count_badges
        self.alert = self.badges.alert
        self.mouse = partial(mouse.turn, app)
        self._troubles: Troubles | None = None
        self._final: frozenset[int] = frozenset()  # audit rows of which the person knows that they cannot be undone

    def handler(self, action: str) -> Callable[[], Any]:
        """The method of that name; ``go_<screen>`` goes there."""
        if action.startswith("go_"):
            return partial(self.app.go, action[3:])
        found: Callable[[], Any] = getattr(self, action)
        return found

    def needs_desk(self) -> str:
        """Why a command that asks the database cannot run yet."""
        return "" if self.app.is_open else "the database is not open"

    # --- opening ----------------------------------------------------------------------------------------------------
    async def opened(self, wanted: str) -> None:
        """Choose the organization: the one named, the last one, the first; none yet: ask for it."""
        from callboard.services import organizations

        app = self.app
        if wanted:
            found = await app.session.read(organizations.find, wanted)
        else:
            known = await app.session.read(organizations.all)
            if not known:
                from callboard.console.dialogs.setup import set_up

                made = await set_up(app)
                if made is None:
                    app.exit(0)
                    return
                known = [made]
            found = next((o for o in known if o.id == app.state.organization_id), known[0])
        if app.state.organization_id != found.id or not app.state.zone:
            app.zone = found.timezone
        await self.read_organization(found.id)
        app.refresh_header()
        if app.page is not None:
            app.page.reload()
        await self.count_badges()
        await self.calls()

    async def calls(self) -> None:
        """A call rings or ended: the strip over every screen."""
        from callboard.console.phone import pop

        await pop.look(self.app)

    def needs_call(self) -> str:
        """Why the keys of the strip do nothing."""
        from callboard.console.phone import pop

        return "" if pop.current(self.app) is not None else "nobody is calling"

    async def call_take(self) -> None:
        """Answer, or hang up."""
        from callboard.console.phone import pop

        await pop.take(self.app)

    async def call_missed(self) -> None:
        """Nobody picked up."""
        from callboard.console.phone import pop

        await pop.missed(self.app)

    async def call_open(self) -> None:
        """Everything about who it is."""
        from callboard.console.phone import pop

        await pop.open_person(self.app)

    async def read_organization(self, organization_id: str) -> None:
        """Read the organization and its agents again."""
        from callboard.services import agents, organizations

        app = self.app
        app.organization = await app.session.read(organizations.get, organization_id)
        app.agents = tuple(await app.session.read(agents.all, organization_id))
        app.refresh_header()

    def prepare(self) -> None:
        """In a thread, after everything is up: import the other screens, check keys and theme files, say once what is wrong."""
        for _ in range(UNANSWERED):  # what the person waits for comes first
            if not self.app.is_running or self.app.page is None or self.app.page.answered:
                break
            sleep(0.05)
        for commands in all_commands().values():
            self.app.call_from_thread(self.app.keymap.add, commands)
        warnings = self.app.keymap.warnings()
        if warnings:
            self.app.call_from_thread(self.app.say, "\n".join(warnings), "warning")
        _, bad = theme_files.read_all()
        if bad:
            self.app.call_from_thread(self.app.say, "theme files skipped\n" + "\n".join(bad), "warning")
        self.app.call_from_thread(self.app.set_interval, 1.0, self._watch_theme)
        self.app.call_from_thread(self.app.set_interval, EACH, self.badges.later)
        _warm_up(self.app.zone)

    def _watch_theme(self) -> None:
        """Repaint when the file of the theme in force was edited."""
        path = self.app.inks.theme.path
        if path is None:
            return
        try:
            changed = path.stat().st_mtime
        except OSError:
            return
        before, self._watched = self._watched, (str(path), changed)
        if before[0] == str(path) and before[1] != changed:
            try:
                self.app.use_theme(theme_files.read(path), remember=False)
            except theme_files.BadTheme as error:
                self.app.say(f"{path.name}: {error}", "warning")

    @property
    def troubles(self) -> Troubles:
        """What went wrong so far (imported with the first)."""
        if self._troubles is None:
            from callboard.console.troubles import Troubles

            self._troubles = Troubles(self.app)
        return self._troubles

    def trouble(self) -> None:
        """The last error, to read and copy."""
        self.troubles.show()

    def no_trouble(self) -> str:
        """Why there is none to show."""
        return "" if self._troubles is not None and self._troubles.known else "nothing went wrong so far"

    # --- habits -----------------------------------------------------------------------------------------------------
    def back(self) -> None:
        """The screen before."""
        if not self.app.back():
            self.app.say("this is where you began")

    def leave(self) -> None:
        """The end."""
        self.app.exit(0)

    def how_to_leave(self) -> None:
        """Nothing is lost by a reflex."""
        self.app.say(f"{self.app.keymap.shown('app.quit')} leaves callboard")

    def reload(self) -> None:
        """Ask again; try again to open a database that did not."""
        if self.app.live.desk is None:
            self.app.run_worker(self.app.live.open, thread=True, group="desk", exclusive=True, exit_on_error=False)
        elif self.app.page is not None:
            self.app.page.reload()

    async def undo(self) -> None:
        """Take back what this console did last; what cannot be is said once, and the next time looked past."""
        from callboard.services import undo

        try:
            entry_ = await self.app.session.run(undo.undo_last, self.app.organization.id, self._final)
        except undo.Final as final:
            self._final |= final.seqs
            self.app.say(f"{final}. {self.app.keymap.shown('app.undo', first=True)} again takes back what was before", "warning")
        else:
            self.app.say(undo.told(entry_))

    def _choices(self, *, everything: bool) -> list[Choice]:
        """Every command as a line: for the palette recent ones first, for the help by screen."""
        app = self.app
        for commands in all_commands().values():
            app.keymap.add(commands)
        found = [
            Choice(
                c.id,
                c.title if (reason := app.dispatch.why_not(c)) or not c.help else f"{c.title}: {c.help}",
                app.keymap.shown(c.id),
                reason,
                _place(c.scope),
                c.help,
            )
            for c in app.keymap.commands.values()
        ]
        if everything:
            here = [c for c in found if c.id.split(".")[0] == app.page_id]
            return here + [c for c in found if c not in here]
        recent = {name: at for at, name in enumerate(app.state.recent)}
        return sorted(found, key=lambda c: recent.get(c.id, len(recent)))

    async def palette(self) -> None:
        """Find a command by typing; themes are previewed under the cursor."""
        files, _ = theme_files.read_all()
        looks = [Choice(f"{THEME}{n}", f"theme: {f.title}", group="themes", words="colours look") for n, f in files.items()]
        await self._choose("Commands", self._choices(everything=False) + looks, files)

    async def help(self) -> None:
        """Every key, this screen's first; searching finds, Enter runs."""
        here = _place(self.app.page_id)
        await self._choose(f"Help: {here} first, then everything", self._choices(everything=True), {})

    async def themes(self) -> None:
        """Choose a theme while looking at it."""
        files, _ = theme_files.read_all()
        await self._choose("Themes", [Choice(f"{THEME}{n}", f.title, n) for n, f in files.items()], files)

    async def _choose(self, title: str, choices: list[Choice], files: dict[str, theme_files.ThemeFile]) -> None:
        from callboard.console.dialogs.dialog import ChoiceDialog

        app = self.app
        before = app.inks.theme

        def preview(choice_id: str) -> None:
            wanted = files.get(choice_id.removeprefix(THEME), before) if choice_id.startswith(THEME) else before
            if wanted is not app.inks.theme:
                app.use_theme(wanted, remember=False)

        chosen = await app.push_screen_wait(ChoiceDialog(title, choices, preview=preview if files else None))
        if chosen is not None and chosen.startswith(THEME):
            app.use_theme(files[chosen.removeprefix(THEME)])
            return
        if app.inks.theme is not before:
            app.use_theme(before, remember=False)
        if chosen is not None:
            app.state.used(chosen)
            app.run_command(chosen)

    def jump(self) -> None:
        """Put a letter on every place of the screen; in plain mode, list them."""
        from callboard.console import places
        from callboard.console.dialogs.jump import JumpDialog

        page = self.app.page
        if self.app.settings.plain:
            told(self.app, "command", places.choose, self.app)
        elif page is not None:
            targets = page.targets()[: len(JUMP_LETTERS)]
            if targets:
                self.app.push_screen(JumpDialog(list(zip(JUMP_LETTERS, targets, strict=False))))
            else:
                self.app.say("there is nothing to jump to here")

    async def views(self) -> None:
        """What this screen shows, by name."""
        from callboard.console import views

        await views.choose(self.app)

    def views_why_not(self) -> str:
        """Why there are none here."""
        from callboard.console import views

        return views.why_not(self.app)

    # --- zones, organizations, the log ------------------------------------------------------------------------------
    def _zones(self) -> list[str]:
        app = self.app
        names = [app.organization.timezone, *(a.timezone for a in app.agents if a.active), "UTC"]
        return list(dict.fromkeys(names))

    def next_zone(self) -> None:
        """The next zone in use: the organization's, each agent's, UTC."""
        zones = self._zones()
        self.app.zone = zones[(zones.index(self.app.zone) + 1 if self.app.zone in zones else 0) % len(zones)]
        self.app.say(f"times in {zone_label(self.app.zone)}")
        self._zones_changed()

    def next_second_zone(self) -> None:
        """A second column: the next zone in use, and after the last one none."""
        zones = ["", *(z for z in self._zones() if z != self.app.zone)]
        at = zones.index(self.app.second_zone) if self.app.second_zone in zones else 0
        self.app.second_zone = second = zones[(at + 1) % len(zones)]
        self.app.say(f"the calendar shows {zone_label(second)} too" if second else "no second time zone")
        self._zones_changed()

    async def any_zone(self) -> None:
        """A zone by name: a customer's, a colleague's."""
        from callboard.console.dialogs.dialog import ChoiceDialog
        from callboard.domain.zones import zone_names

        now = self.app.now()
        names = list(dict.fromkeys([*self._zones(), *zone_names()]))
        choices = [Choice(n, n.replace("_", " "), f"{local(now, n):%a %H:%M}") for n in names]
        chosen = await self.app.push_screen_wait(ChoiceDialog("Times in", choices, placeholder="tokyo"))
        if chosen is not None:
            self.app.zone = chosen
            self._zones_changed()

    def _zones_changed(self) -> None:
        self.app.repaint()
        if self.app.page is not None:
            self.app.page.reload()

    async def organizations(self) -> None:
        """Show another organization."""
        from callboard.console.dialogs.dialog import ChoiceDialog
        from callboard.services import organizations

        known = await self.app.session.read(organizations.all)
        choices = [Choice(o.id, o.name, zone_label(o.timezone)) for o in known]
        chosen = await self.app.push_screen_wait(ChoiceDialog("Organizations", choices))
        if chosen is not None:
            self.app.state.organization_id = chosen
            self.app.zone = next(o.timezone for o in known if o.id == chosen)
            self.badges.forget()
            await self.read_organization(chosen)
            await self.count_badges()
            self.app.repaint()
            for item in entries():
                if self.app.page_id == item.id:
                    self.app.page_of(item.id).reload()

    async def log(self) -> None:
        """What was really done; Enter takes a line back."""
        from callboard.console.dialogs.dialog import ChoiceDialog
        from callboard.services import undo

        app = self.app
        found = await app.session.read(undo.log, app.organization.id, 100)
        choices = [
            Choice(
                str(e.seq),
                f"{local(e.at, app.zone):%b %d %H:%M:%S}  {undo.spoken(e.action)}{f': {e.about}' if e.about else ''}",
                words.who(e.actor),
                "undone" if e.undone else e.why_not and f"cannot be undone: {e.why_not}",
                words=e.reason or "",
            )
            for e in found
        ]
        chosen = await app.push_screen_wait(ChoiceDialog("What was done; Enter takes it back", choices))
        if chosen is not None:
            done = await app.session.run(undo.undo, app.organization.id, int(chosen))
            app.say(undo.told(done))

    def picture(self) -> None:
        """Save the screen as SVG."""
        folder = self.app.settings.data_dir / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        self.app.say(f"picture saved: {self.app.save_screenshot(path=str(folder))}")

    def browse(self, url: str) -> None:
        """Open a URL in a browser; where there is none, copy it instead."""
        try:
            opened = webbrowser.open(url)
        except webbrowser.Error:
            opened = False
        if opened:
            self.app.say("opened in the browser")
        else:
            self.app.copy(url, "no browser here; the link was")


def _warm_up(zone: str) -> None:
    """Load what would make the first typed date or phone number wait: a fifth of a second nobody should feel."""
    from callboard.console.dates import understand
    from callboard.domain.phones import pretty_phone

    understand("tomorrow 9", 0, zone)
    pretty_phone("+14155551212")


def _place(scope: str) -> str:
    found = entry(scope)
    return found.title if found else "lists" if scope == "table" else "everywhere"
