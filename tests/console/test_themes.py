"""Themes: readable by calculation, checked whole, repainted while edited, and true to NO_COLOR."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from acme import Acme
from drive import opened

from callboard.console import themes
from callboard.console.inks import Inks, contrast
from callboard.services.service import Desk
from callboard.settings import config_dir
from support import Clock

# What xterm shows for the sixteen on black: an ansi theme has no colours of its own to compute with.
XTERM = {
    "default": "#E5E5E5", "black": "#000000", "red": "#CD0000", "green": "#00CD00", "yellow": "#CDCD00", "blue": "#0000EE",
    "magenta": "#CD00CD", "cyan": "#00CDCD", "white": "#E5E5E5", "bright_black": "#7F7F7F", "bright_red": "#FF0000",
    "bright_green": "#00FF00", "bright_yellow": "#FFFF00", "bright_blue": "#5C5CFF", "bright_magenta": "#FF00FF",
    "bright_cyan": "#00FFFF", "bright_white": "#FFFFFF",
}  # fmt: skip
SIXTEEN = {*XTERM, *(f"color({n})" for n in range(16))}
GROUNDS = ("background", "surface")
SHIPPED = {path.stem: themes.read(path) for path in sorted(themes.folders()[0].glob("*.toml"))}


def test_the_six_are_shipped() -> None:
    assert {"backstage", "matinee", "high-contrast", "colour-blind", "ansi", "fjord"} <= set(SHIPPED)
    assert SHIPPED["matinee"].dark is False
    assert SHIPPED["ansi"].ansi


@pytest.mark.parametrize("name", SHIPPED)
def test_every_role_can_be_read(name: str) -> None:
    theme = SHIPPED[name]
    needed = 7.0 if name == "high-contrast" else 4.5
    inks = Inks(theme)
    for role, value in theme.roles.items():
        if role in GROUNDS:
            continue
        if theme.ansi:
            assert contrast(XTERM[value], XTERM["black"]) >= needed, role
            continue
        for ground in (theme.roles["background"], theme.roles["surface"]):
            assert contrast(value, ground) >= needed, f"{role} on {ground}"
        soft = inks.colour(f"soft.{role}")
        assert contrast(theme.roles["text"], soft) >= needed, f"text on soft.{role}"
        assert contrast(value, soft) >= 4.5, f"{role} on its own wash"
        assert contrast(theme.roles["dim"], soft) >= 4.5, f"dim on soft.{role}"
    if not theme.ansi:
        assert contrast(theme.roles["text"], inks.colour("select")) >= needed
        assert contrast(theme.roles["background"], theme.roles["accent"]) >= needed


def test_colour_blind_roles_differ_in_lightness() -> None:
    from callboard.console.inks import luminance

    roles = SHIPPED["colour-blind"].roles
    for one, other in (("scheduled", "pending"), ("in_call", "on_hold"), ("clash", "done"), ("scheduled", "clash")):
        assert contrast(roles[one], roles[other]) > 1.1, (one, other, luminance(roles[one]))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title = 'x'", "roles"),
        ("[roles]\nbackground = '#12151C'", "role surface is missing"),
        ("[roles]\nbackgruond = '#12151C'", "unknown role backgruond"),
        ("colour = 1\n[roles]\n", "unknown key colour"),
        ("dark = 'yes'\n[roles]\n", "dark must be true or false"),
        ("[roles]\nbackground = 'red'", "'red' is not #RRGGBB"),
        ("ansi = true\n[roles]\nbackground = '#000000'", "not one of the sixteen"),
        ("[roles", "Expected"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(themes.BadTheme, match=problem):
        themes.read(path)


def own_folder() -> Path:
    folder = config_dir() / "themes"
    folder.mkdir(parents=True)
    return folder


async def test_bad_files_are_named_in_one_toast_and_mine_is_repainted_while_edited(sqlite_desk: Desk, clock: Clock) -> None:
    acme = Acme(sqlite_desk, clock)
    folder = own_folder()
    (folder / "broken.toml").write_text("[roles]\n")
    (folder / "worse.toml").write_text("not toml")
    source = (themes.folders()[0] / "backstage.toml").read_text()
    mine = folder / "mine.toml"
    mine.write_text(source)
    async with opened(acme, "calendar") as drive:
        await drive.until(lambda: "broken.toml" in drive.said, "the toast")
        toasts = [str(n.message) for n in drive.app._notifications]
        assert [("broken.toml" in t, "worse.toml" in t) for t in toasts if "theme files skipped" in t] == [(True, True)]
        await drive.press(",")
        assert "choose a theme" in drive.app.query_one("#footer").render_line(0).text
        await drive.press("t")
        dialog = await drive.asked("ChoiceDialog")
        while dialog.choices.current.id != "theme:mine":
            await drive.press("down")
        assert drive.app.inks.theme.name == "mine"
        await drive.press("enter")
        await drive.answered()
        assert drive.app.state.theme == "mine"
        drive.app.actions._watch_theme()
        mine.write_text(source.replace("#F0B45B", "#FFFFFF"))
        os.utime(mine, (1, 1))
        drive.app.actions._watch_theme()
        assert drive.app.inks.theme.roles["accent"] == "#FFFFFF"
        mine.write_text("[roles]\n")
        os.utime(mine, (2, 2))
        drive.app.actions._watch_theme()
        assert drive.app.inks.theme.roles["accent"] == "#FFFFFF"
        await drive.until(lambda: "mine.toml: role background is missing" in drive.said, "the reason")


async def test_a_preview_is_taken_back_by_escape(sqlite_desk: Desk, clock: Clock) -> None:
    async with opened(Acme(sqlite_desk, clock), "calendar") as drive:
        await drive.press(",", "t")
        await drive.asked("ChoiceDialog")
        await drive.press("down", "down", "down", "down", "down")
        assert drive.app.inks.theme.name == "matinee"
        assert drive.app.current_theme.dark is False
        await drive.press("escape")
        await drive.answered()
        assert drive.app.inks.theme.name == "backstage"


def colours(drive: object) -> set[str]:
    """Every colour on the terminal, after the filters."""
    found: set[str] = set()
    for strip in drive.app.screen._compositor.render_strips():  # type: ignore[attr-defined]
        for segment in strip:
            if segment.style is not None:
                found |= {str(c.name) for c in (segment.style.color, segment.style.bgcolor) if c is not None and not c.is_default}
    return found


async def test_no_color_means_none_at_all(sqlite_desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(Acme(sqlite_desk, clock).week(), "calendar") as drive:
        assert colours(drive) == set()
        reversed_ = [s for line in drive.app.screen._compositor.render_strips() for s in line if s.style and s.style.reverse]
        assert reversed_, "the cursor must still be seen"
        await drive.press("?")
        await drive.asked("ChoiceDialog")
        assert colours(drive) == set()


async def test_ansi_uses_the_sixteen_and_nothing_else(sqlite_desk: Desk, clock: Clock) -> None:
    async with opened(Acme(sqlite_desk, clock).week(), "calendar") as drive:
        drive.app.use_theme(SHIPPED["ansi"])
        await drive.pilot.pause()
        assert colours(drive) <= SIXTEEN
        await drive.press("n")
        await drive.asked("BookingDialog")
        assert colours(drive) <= SIXTEEN


def test_an_unknown_theme_falls_back_with_a_reason() -> None:
    theme, problem = themes.read_named("nowhere")
    assert theme.name == "backstage"
    assert "no theme 'nowhere'" in problem
