"""The house rules, held by machine: imports downward, no file or function grown past reading, the wheel whole."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
FILE_LINES, FUNCTION_LINES = 400, 40


def test_imports_go_downward_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_readable(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= FILE_LINES
    tree = ast.parse(source)
    assert ast.get_docstring(tree), "every module says what it is for"
    if "migrations" in path.parts:  # a migration is one list of columns, written once and never read again
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno
            # A cyclopts command's body is short, but its signature documents every flag on a line of its own.
            body = (node.end_lineno or 0) - node.body[0].lineno if "cli" in path.parts else length
            assert body <= FUNCTION_LINES, f"{node.name} has {body} lines"


DATABASES = re.compile(
    r"sqlite|postgres|psycopg|data_version|\bpg_|single_writer|backend\.name|connection\.dialect", re.IGNORECASE
)
# The engine holds the differences; columns and DDL are spelled for both where they stand; the rest are words for people.
MAY_KNOW = ("storage/engine.py", "storage/tables/", "storage/migrations/", "settings.py", "bootstrap.py", "cli/")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_engine_asks_which_database_it_is(path: Path) -> None:
    if path.relative_to(ROOT / "src" / "callboard").as_posix().startswith(MAY_KNOW):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]  # words about a database are not code that asks
    asking = [line for line in ast.unparse(tree).splitlines() if DATABASES.search(line)]
    assert not asking, asking


def test_nothing_else_stands_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-tree", "--name-only", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("needs a git checkout: clone the repository")
    names = {n for n in listed.stdout.split() if not n.startswith(".")}
    assert names <= {"pyproject.toml", "README.md", "LICENSE", "src", "tests", "themes"}


def test_the_wheel_carries_themes_and_pages(tmp_path: Path) -> None:
    """Built and opened: what the program reads at run time must be inside."""
    done = subprocess.run(
        [sys.executable, "-m", "uv", "build", "--wheel", "-o", str(tmp_path), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        done = subprocess.run(
            ["uv", "build", "--wheel", "-o", str(tmp_path), str(ROOT)], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for theme in (ROOT / "themes").iterdir():
        assert f"callboard/themes/{theme.name}" in names
    for asset in (ROOT / "src" / "callboard").rglob("*"):
        if asset.is_file() and asset.suffix in {".html", ".css", ".js", ".json", ".tcss", ".svg"}:
            assert str(asset.relative_to(ROOT / "src")) in names
