"""Chromium with fake devices, and what tests ask of a page."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
QUIET = [
    *("--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run", "--host-resolver-rules=MAP call.test 127.0.0.1"),
]
DEVICES = [
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection"),
    *("--auto-accept-this-tab-capture", "--auto-select-desktop-capture-source=Entire screen"),
]
# The page's connections, seen from outside: the page itself keeps no hook for anybody.
SPY = """
  window.spied = [];
  const Real = window.RTCPeerConnection;
  if (Real) window.RTCPeerConnection = class extends Real { constructor(...all) { super(...all); window.spied.push(this); } };
"""
FLOW = """async () => {
  const sum = { sent: 0, packets: 0, decoded: 0 };
  for (const pc of window.spied) {
    if (pc.signalingState === 'closed') continue;
    for (const one of (await pc.getStats()).values()) {
      if (one.type === 'outbound-rtp') sum.packets += one.packetsSent;
      if (one.type === 'outbound-rtp' && one.kind === 'video') sum.sent += one.framesEncoded;
      if (one.type === 'inbound-rtp' && one.kind === 'video') sum.decoded += one.framesDecoded;
    }
  }
  return sum;
}"""


def open_page(browser: Browser, width: int = 1280, height: int = 800, **options: Any) -> Page:
    """A page of its own, whose errors are the test's."""
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.problems = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
    page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)  # type: ignore[attr-defined]
    page.add_init_script(SPY)
    return page


def until(true: Callable[[], Any], seconds: float = 60) -> Any:
    """Ask again and again: a page's policy refuses the driver's own way of waiting."""
    ends = time.monotonic() + seconds
    while True:
        try:
            found = true()
        except Error:  # the page was just going somewhere else
            found = None
        if found:
            return found
        assert time.monotonic() < ends, f"it did not happen: {inspect.getsource(true).strip()}"
        time.sleep(0.05)


def flow(page: Page) -> dict[str, int]:
    """Video frames encoded and decoded, packets sent, over all live connections."""
    return page.evaluate(FLOW)


def shown(page: Page, id_: str) -> bool:
    return page.locator(f"#{id_}").is_visible()


def says(page: Page, text: str) -> bool:
    """Whether a sighted person can read it."""
    return page.evaluate("() => document.body.innerText").find(text) >= 0


def sideways(page: Page) -> int:
    """Pixels one would have to scroll sideways."""
    return page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")


def axe(folder: Path) -> str | None:
    """axe-core's script from the npm registry, or None where there is none to be had."""
    if shutil.which("npm") is None:
        return None
    command = ["npm", "pack", "axe-core@4.14.1", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, timeout=60, cwd=folder, check=False)
    packed = next(folder.glob("axe-core-*.tgz"), None)
    if done.returncode or packed is None:
        return None
    with tarfile.open(packed) as tar:
        file = tar.extractfile("package/axe.min.js")
        return file.read().decode() if file else None


# The same questions in short, for machines without a registry: names, labels, headings, contrast, ids, language.
OWN_CHECK = r"""() => {
  const bad = [];
  const seen = (e) => e.checkVisibility({ opacityProperty: false, visibilityProperty: true }) && e.getClientRects().length;
  const words = (i) => document.getElementById(i)?.textContent ?? '';
  const by = (e) => (e.getAttribute('aria-labelledby') || '').split(' ').map(words);
  const name = (e) => (e.getAttribute('aria-label') || by(e).join(' ')
    || [...(e.labels ?? [])].map((l) => l.textContent).join(' ') || e.innerText || e.title || '').trim();
  if (!document.documentElement.lang) bad.push('no language');
  if (!document.title) bad.push('no title');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  if (new Set(ids).size !== ids.length) bad.push('double ids');
  if ([...document.querySelectorAll('main')].filter(seen).length !== 1) bad.push('not one main');
  const heads = [...document.querySelectorAll('h1,h2,h3')].filter(seen);
  if (!heads.length) bad.push('no heading');
  for (const e of document.querySelectorAll('button,a[href],input,select,textarea,video,[role=toolbar],meter')) {
    if (seen(e) && !name(e)) bad.push('no name: ' + e.outerHTML.slice(0, 90));
  }
  for (const e of document.querySelectorAll('button,select')) {
    const b = e.getBoundingClientRect();
    if (seen(e) && (b.width < 24 || b.height < 24)) bad.push('too small: ' + e.id);
  }
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (c) => {
    paint.clearRect(0, 0, 1, 1); paint.fillStyle = c; paint.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const lum = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const back = (e) => {
    for (; e; e = e.parentElement) {
      const s = getComputedStyle(e);
      if (s.backgroundImage !== 'none') return null;
      const c = rgb(s.backgroundColor);
      if (c[3] > 0.99) return c;
      if (c[3] > 0) return null;
    }
    return [255, 255, 255, 1];
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !seen(e) || e.closest('.sr,script,style,[disabled],option')) continue;
    const b = back(e); if (!b) continue;
    const [x, y] = [lum(rgb(getComputedStyle(e).color)), lum(b)].sort((p, q) => q - p);
    const size = parseFloat(getComputedStyle(e).fontSize); const bold = Number(getComputedStyle(e).fontWeight) >= 700;
    const least = size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5;
    const ratio = (x + 0.05) / (y + 0.05);
    if (ratio < least - 0.01) bad.push(`contrast ${ratio.toFixed(2)}: ${walk.currentNode.data.trim().slice(0, 40)}`);
  }
  return bad;
}"""


def complaints(page: Page, script: str | None) -> list[str]:
    """What is wrong for people who cannot see, hear or point well."""
    found: list[str] = page.evaluate(OWN_CHECK)
    if script:
        # evaluate runs beside the page's own scripts, so the page's policy does not stop it
        page.evaluate(f"() => {{ {script} }}")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        report = page.evaluate("(tags) => window.axe.run({ runOnly: tags })", tags)
        found += [f"{v['id']}: {n['html'][:120]} {n['any'][:1]}" for v in report["violations"] for n in v["nodes"]]
    return found
