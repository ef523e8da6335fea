"""The base screen, which composes only the lines that changed.

Textual's compositor asks every widget that meets the rectangle around all changes for all of its lines, also the containers
that lie hidden behind it. Here changes that lie apart are composed apart, only the rows in question are asked for, and nothing
behind a widget that covers them: a key that moves a cursor by one row costs two lines, not eight widgets. It stands on private
methods of the pinned Textual; a test compares the result with Textual's own, cell by cell.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import lru_cache

from textual._compositor import ChopsUpdate, Compositor
from textual._styles_cache import StylesCache
from textual.color import Color
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

# Seconds in which the thread that writes to the terminal gets its turn. Without, it waits for the interpreter until all that
# follows a key is done: the paint is made in 2 ms and on the screen after 5.
HANDING_OVER = 0.0002
Rendered = tuple[Region, Region, list[Strip]]


def apart(regions: Iterable[Region]) -> list[list[Region]]:
    """Regions in groups that share no line, from the top."""
    groups: list[list[Region]] = []
    bottom = -1
    for region in sorted(regions, key=lambda r: r.y):
        if region.y >= bottom:
            groups.append([])
        groups[-1].append(region)
        bottom = max(bottom, region.bottom)
    return groups


class LeanCompositor(Compositor):
    """Renders no more than the part of each widget that can be seen inside what changed."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """What changed since the last paint, or None."""
        screen = self.size.region
        dirty = [r for region in self._dirty_regions if (r := region.intersection(screen))]
        self._dirty_regions.clear()
        if not dirty:
            return None
        lines: list[Mapping[int, Strip]] = [{}] * len(self.cuts)
        for group in apart(dirty):
            crop = Region.from_union(group)
            lines[crop.y : crop.bottom] = self._render_chops(crop, crop.line_range.__contains__)[crop.y : crop.bottom]
        return ChopsUpdate(lines, list(self._regions_to_spans(dirty)), [cuts[1:] for cuts in self.cuts])

    def _get_renders(self, crop: Region | None = None) -> Iterable[Rendered]:
        if not crop:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            if not seen.overlaps(crop):
                continue
            top, bottom = max(seen.y, crop.y), min(seen.bottom, crop.bottom)
            part = Region(seen.x, top, seen.width, bottom - top)
            yield region, part, widget.render_lines(part.translate((-region.x, -region.y)))
            if seen.contains_region(crop):
                return  # front to back: nothing behind this one shows


@lru_cache(1024)
def _styles(behind: Color, own: Color) -> tuple[Style, Style]:
    return Style(background=behind + own), Style(background=behind)


def _inner_outer(_: StylesCache, behind: Color, own: Color) -> tuple[Style, Style]:
    return _styles(behind, own)


# Textual remembers this together with whoever asked: the lines of the last thousand widgets of closed dialogs, 70 MB in a day.
StylesCache.get_inner_outer = _inner_outer  # type: ignore[assignment,method-assign]


class Canvas(Screen[None]):
    """The screen everything but dialogs stands on."""

    def __init__(self) -> None:
        super().__init__(id="_default")
        self._compositor = LeanCompositor()

    def paint_now(self, widget: Widget) -> None:
        """Paint what a key changed on a widget at once, not three messages and a timer later."""
        if widget._repaint_required and widget.display and self.is_current and not self._layout_required:  # noqa: SLF001
            widget._repaint_required = False  # noqa: SLF001 - Textual offers no way to ask for a paint
            self._dirty_widgets.add(widget)
            self._on_timer_update()
            time.sleep(HANDING_OVER)
