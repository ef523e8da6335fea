"""The page behind an upload link: a file field and what was sent so far.

Files are judged by their content, named by us, and lie in the data folder before their row exists, so that a row never points
at nothing.
"""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from callboard.domain import ids
from callboard.domain.errors import CallboardError, LinkDead, NotAllowed
from callboard.domain.events import Actor
from callboard.domain.projects import KINDS, sniff
from callboard.services import projects
from callboard.services.projects import OpenProject
from callboard.services.service import Desk, Session
from callboard.web.pages import page

MAX_FILES_AT_ONCE = 20
TOO_LARGE = 413
PATH = "/upload/"
FORM_BYTES = 64 * 1024  # the form around the files
_CHUNK = 256 * 1024
_CUSTOMER = Actor(kind="customer", name="upload link")


class Uploads:
    """GET shows the page, POST takes the files and shows it again."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def _session(self) -> Session:
        return self._desk.acting(_CUSTOMER)

    async def show(self, request: Request) -> Response:
        """The page, or why there is none."""
        try:
            opened = await self._open(request)
        except CallboardError as error:
            return _closed(error)
        return self._page(opened)

    async def take(self, request: Request) -> Response:
        """Keep the files of a form."""
        try:
            opened = await self._open(request)
        except CallboardError as error:
            return _closed(error)
        try:
            form = await request.form(max_files=MAX_FILES_AT_ONCE, max_fields=10)
        except HTTPException as error:  # what Starlette makes of a form it cannot read, or of one that is too long
            if error.status_code == TOO_LARGE:
                return self._too_large(opened)
            wrong = f"That did not arrive whole. Please try again, with at most {MAX_FILES_AT_ONCE} files at a time."
            return self._page(opened, wrong=wrong, status=400)
        try:
            return await self._keep(request, opened, form)
        finally:
            await form.close()

    async def refuse(self, request: Request) -> Response:
        """The page again for a form whose length says that it is too large: it is not read."""
        try:
            return self._too_large(await self._open(request))
        except CallboardError as error:
            return _closed(error)

    def _too_large(self, opened: OpenProject) -> Response:
        limit = self._desk.settings.upload_limit_mb
        return self._page(opened, wrong=f"That is more than {limit} MB. Please send fewer or smaller files.", status=TOO_LARGE)

    async def _open(self, request: Request) -> OpenProject:
        project_id = ids.from_hex(request.url.path.rsplit("/", 1)[1]) or ""
        return await self._session.read(projects.open_link, project_id, request.query_params.get("t", ""))

    async def _keep(self, request: Request, opened: OpenProject, form: FormData) -> Response:
        files = [f for _name, f in form.multi_items() if isinstance(f, UploadFile) and (f.filename or f.size)]
        if not files:
            return self._page(opened, wrong="Please choose a photo or a PDF first.", status=400)
        refused: list[str] = []
        kept = 0
        for file in files:
            try:
                await self._keep_one(opened, file)
                kept += 1
            except NotAllowed as error:
                refused.append(str(error))
        opened = await self._open(request)
        said = f"Thank you: {kept} {'file' if kept == 1 else 'files'} received." if kept else ""
        return self._page(opened, said=said, wrong=" ".join(dict.fromkeys(refused)), status=201 if kept else 415)

    async def _keep_one(self, opened: OpenProject, file: UploadFile) -> None:
        head = await file.read(16)
        kind = sniff(head)
        if kind is None:
            raise NotAllowed("Only photos (JPEG, PNG, GIF, WebP, HEIC) and PDFs can be left here.")
        limit = self._desk.settings.upload_limit_mb
        if (file.size or 0) > limit * 1024 * 1024:
            raise NotAllowed(f"A file may have at most {limit} MB.")
        project = opened.project
        await self._session.read(projects.check_room, project, 1)
        upload_id = ids.new(self._desk.clock())
        relative = f"projects/{project.id}/{upload_id}.{KINDS[kind]}"
        target = self._desk.settings.data_dir / relative
        await run_in_threadpool(_write, target, file, head)
        name = file.filename or "file"
        try:
            await self._session.run(projects.add_upload, project, upload_id, name, relative, kind, file.size or 0)
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def _page(self, opened: OpenProject, *, said: str = "", wrong: str = "", status: int = 200) -> Response:
        host = html.escape(opened.host)
        files = "".join(f"<li>{html.escape(f.name)} <span class='note'>{_size(f.size)}</span></li>" for f in opened.files)
        limit = self._desk.settings.upload_limit_mb
        body = (
            f"<h1>{host}</h1><p>Hello {html.escape(opened.project.customer_name)}, "
            "please send us photos of what the call is about.</p>"
            + (f'<p role="status"><b>{html.escape(said)}</b></p>' if said else "")
            + (f'<p role="alert" class="bad"><b>{html.escape(wrong)}</b></p>' if wrong else "")
            + '<form class="card" method="post" enctype="multipart/form-data"><label for="files"><b>Photos or PDFs</b></label>'
            '<input id="files" name="files" type="file" multiple required accept="image/*,application/pdf">'
            f'<button type="submit">Send</button>'
            f'<p class="note">Up to {limit} MB at a time, at most {MAX_FILES_AT_ONCE} files.</p></form>'
            + (f"<h2>Sent so far</h2><ul>{files}</ul>" if files else "")
        )
        return page(f"Photos for {opened.host}", body, status=status)


def _write(target: Path, file: UploadFile, head: bytes) -> None:
    """The file in place, whole or not at all, readable by its owner alone."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_suffix(".part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(head)
            while chunk := file.file.read(_CHUNK):
                out.write(chunk)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _size(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB" if size >= 1_048_576 else f"{max(1, size // 1024)} KB"


def _closed(error: CallboardError) -> Response:
    """A page of its own for a link that opens nothing."""
    if isinstance(error, LinkDead):
        words, status = "This link is no longer valid. Please ask for a new one.", 410
    elif error.code == "unavailable":
        words, status = "Please try again in a moment.", 503
    else:  # an unknown project and a forged token look the same
        words, status = "This link is not valid. Please open it exactly as it was sent to you.", 403
    return page("Link not valid", f'<h1>Sorry</h1><p role="alert">{words}</p>', status=status)


def limit_bytes(desk: Desk) -> int:
    """The longest body of a request for a page."""
    return desk.settings.upload_limit_mb * 1024 * 1024 + FORM_BYTES


def mount(pages: FastAPI, desk: Desk) -> None:
    """Add the upload page."""
    uploads: Any = Uploads(desk)
    pages.add_api_route(PATH + "{project_id}", uploads.show, methods=["GET"], include_in_schema=False)
    pages.add_api_route(PATH + "{project_id}", uploads.take, methods=["POST"], include_in_schema=False)


class Doorstep:
    """Around the pages' own limit, which knows one bare sentence: a customer who chose too much is told on the page."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._uploads = Uploads(desk)
        self._limit = limit_bytes(desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(PATH):
            length = Headers(scope=scope).get("content-length", "")
            if length.isdigit() and int(length) > self._limit:
                response = await self._uploads.refuse(Request(scope))
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
