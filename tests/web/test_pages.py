"""The front door, health, readiness, counters, and the upload page."""

from __future__ import annotations

import contextlib
import json
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from callboard.domain.projects import display_name, sniff
from callboard.services import projects
from callboard.web import dialects as registry
from dialects.house import House, Tenant

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
JPEG = b"\xff\xd8\xff\xe0" + b"1" * 100
PDF = b"%PDF-1.7\n" + b"2" * 100


def test_the_front_door_lists_the_dialects_for_programs_and_people(house: House, tenant: Tenant) -> None:
    http = tenant.client("")
    listed = http.get("/").json()["dialects"]
    assert {d["name"]: d["base_url"] for d in listed} == {d.name: house.url + d.base for d in registry.load()}
    for entry in listed:
        assert http.get(entry["openapi"]).json()["openapi"] == "3.1.0"
        assert http.get(entry["docs"]).status_code == 200
    page = http.get("/", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert all(d.base in page.text for d in registry.load())
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_health_and_readiness(tenant: Tenant) -> None:
    http = tenant.client("")
    assert http.get("/healthz").json()["status"] == "ok"
    ready = http.get("/readyz")
    assert ready.status_code == 200
    checks = ready.json()["checks"]
    assert checks["database_write"]
    assert checks["migrations"]
    assert checks["oldest_due_seconds"] >= 0


def test_readiness_fails_when_the_database_takes_no_write(folder: Path) -> None:
    house = House(folder)
    with contextlib.closing(house):
        house.desk.store.close()
        answer = httpx.get(house.url + "/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["database_write"] is False
        assert httpx.get(house.url + "/healthz").status_code == 200


def test_readiness_says_how_late_background_work_is(folder: Path) -> None:
    house = House(folder)
    with contextlib.closing(house):
        tenant = house.tenant()
        tenant.client().post("/qubesheets/api/external/projects", json={"customerName": "Jane", "phone": "5551234567"})
        house.clock.pass_(500)
        checks = httpx.get(house.url + "/readyz").json()["checks"]
        assert checks["oldest_due_seconds"] == 500
        assert checks["late_seconds"] == {"messages": 500}
        tenant.close()


def test_metrics_are_off_unless_turned_on(folder: Path, tenant: Tenant) -> None:
    tenant.client().get("/qubesheets/api/external/video-calls")
    time.sleep(0.7)
    text = tenant.client("").get("/metrics").text
    assert 'callboard_requests_total{dialect="qubesheets",operation="list_calls",status="200"}' in text
    house = House(folder)
    with contextlib.closing(house):
        assert httpx.get(house.url + "/metrics").status_code == 404


# --- uploads ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def project(tenant: Tenant) -> dict[str, Any]:
    answer = tenant.client().post("/qubesheets/api/external/projects", json={"customerName": "Jane", "phone": "5551234567"})
    return answer.json()["project"]


def send(link: str, *files: tuple[str, bytes, str]) -> httpx.Response:
    return httpx.post(link, files=[("files", file) for file in files])


def test_photos_and_pdfs_land_in_the_data_folder_named_by_us(house: House, tenant: Tenant, project: dict[str, Any]) -> None:
    page = httpx.get(project["uploadLink"])
    assert 'type="file"' in page.text
    assert tenant.org.name in page.text
    answer = send(
        project["uploadLink"],
        ("../../etc/passwd.png", PNG, "image/png"),
        ("<b>kitchen</b>.jpg", JPEG, "text/plain"),
        ("plan.pdf", PDF, "application/pdf"),
    )
    assert answer.status_code == 201
    found = tenant.session.get(projects.uploads, tenant.org.id, project["id"])
    assert {(f.name, f.content_type, f.size) for f in found} == {
        ("passwd.png", "image/png", len(PNG)),
        ("b_.jpg", "image/jpeg", len(JPEG)),
        ("plan.pdf", "application/pdf", len(PDF)),
    }
    folder = house.settings.data_dir / "projects" / project["id"]
    assert sorted(p.name for p in folder.iterdir()) == sorted(Path(f.path).name for f in found)
    for upload in found:
        path = house.settings.data_dir / upload.path
        assert path.read_bytes() == {"image/png": PNG, "image/jpeg": JPEG, "application/pdf": PDF}[upload.content_type]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "plan.pdf" in httpx.get(project["uploadLink"]).text


def test_the_console_and_the_command_line_list_what_was_sent(house: House, tenant: Tenant, project: dict[str, Any]) -> None:
    from callboard.services import timeline

    assert send(project["uploadLink"], ("plan.pdf", PDF, "application/pdf")).status_code == 201
    person = tenant.session.get(projects.get, tenant.org.id, project["id"]).person_id
    sent = [e for e in tenant.session.get(timeline.of_person, tenant.org.id, person).entries if e.kind == "upload"]
    assert [(e.title, e.state) for e in sent] == [("sent plan.pdf, 1 KB", "received")]
    assert (house.settings.data_dir / sent[0].detail).read_bytes() == PDF
    url = f"sqlite:///{house.settings.data_dir / 'callboard.db'}"

    def listed(*words: str) -> Any:
        command = [sys.executable, "-m", "callboard", "projects", *words, "--organization", tenant.org.id]
        command += ["--json", "--database-url", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    assert [(p["customer_name"], p["files"]) for p in listed("list")["projects"]] == [("Jane", 1)]
    assert [(f["name"], f["path"]) for f in listed("files", project["id"])["files"]] == [("plan.pdf", sent[0].detail)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("photo.png", b"<html><script>alert(1)</script>"),
        ("a.jpg", b"MZ\x90"),
        ("a.pdf", b"%!PS"),
        ("a.svg", b"<svg/>"),
        ("e.png", b""),
    ],
)
def test_what_is_no_photo_by_its_content_is_refused(house: House, tenant: Tenant, project: dict, name: str, data: bytes) -> None:
    answer = send(project["uploadLink"], (name, data, "image/png"))
    assert answer.status_code in {400, 415}
    assert tenant.session.get(projects.uploads, tenant.org.id, project["id"]) == []
    assert not (house.settings.data_dir / "projects" / project["id"]).exists()


def test_forged_revoked_expired_and_foreign_links(house: House, tenant: Tenant, project: dict[str, Any]) -> None:
    link = project["uploadLink"]
    other = tenant.client().post("/qubesheets/api/external/projects", json={"customerName": "Ann", "phone": "5551234568"})
    other_id = other.json()["project"]["id"]
    base, token = link.split("?t=")
    for forged in (
        f"{base}?t={token[:-2]}",
        base,
        f"{base}?t=",
        link.replace(project["id"], other_id),
        link.replace(project["id"], "0" * 24),
    ):
        assert httpx.get(forged).status_code == 403
        assert send(forged, ("a.png", PNG, "image/png")).status_code == 403
    tenant.session.do(projects.revoke_link, tenant.org.id, project["id"])
    assert httpx.get(link).status_code == 410


def test_an_upload_link_lives_a_month(folder: Path) -> None:
    house = House(folder)
    with contextlib.closing(house):
        tenant = house.tenant()
        answer = tenant.client().post("/qubesheets/api/external/projects", json={"customerName": "Jane", "phone": "5551234567"})
        link = answer.json()["project"]["uploadLink"]
        house.clock.pass_(30 * 86400 - 1)
        assert httpx.get(link).status_code == 200
        house.clock.pass_(1)
        assert httpx.get(link).status_code == 410
        tenant.close()


def test_too_large_a_file_is_413(folder: Path) -> None:
    house = House(folder, upload_limit_mb=1)
    with contextlib.closing(house):
        tenant = house.tenant()
        answer = tenant.client().post("/qubesheets/api/external/projects", json={"customerName": "Jane", "phone": "5551234567"})
        link = answer.json()["project"]["uploadLink"]
        large = ("a.png", PNG + b"0" * 2_000_000, "image/png")
        form = httpx.Request("POST", link, files=[("files", large)])
        body = form.read()

        def unannounced() -> Iterator[bytes]:
            yield from (body[at : at + 50_000] for at in range(0, len(body), 50_000))

        kind = {"content-type": form.headers["content-type"]}
        for answer in (send(link, large), httpx.post(link, content=unannounced(), headers=kind)):
            assert answer.status_code == 413
            assert "more than 1 MB" in answer.text  # on the page, where the next choice is made
            assert 'type="file"' in answer.text
        assert send(link[:-1], large).status_code == 403
        assert send(link, ("a.png", PNG + b"0" * 900_000, "image/png")).status_code == 201
        tenant.close()


def test_a_form_that_cannot_be_read_is_answered_on_the_page(tenant: Tenant, project: dict[str, Any]) -> None:
    link, one = project["uploadLink"], ("a.png", PNG, "image/png")
    many = send(link, *[one] * 21)
    odd = httpx.post(
        link, content=b"--x\r\nX: y\r\n\r\nv\r\n--x--\r\n", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    for answer in (many, odd):
        assert answer.status_code == 400
        assert "at most 20 files" in answer.text.split('role="alert"')[1]
        assert 'type="file"' in answer.text
    assert tenant.session.get(projects.uploads, tenant.org.id, project["id"]) == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a.png", "a.png"),
        ("..", "file"),
        ("", "file"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("C:\\x\\y.pdf", "y.pdf"),
        ("x" * 500, "x" * 120),
    ],
)
def test_names_are_made_fit_to_be_shown(given: str, shown: str) -> None:
    assert display_name(given) == shown


def test_types_are_told_by_content() -> None:
    assert sniff(b"RIFF\0\0\0\0WEBPVP8 ") == "image/webp"
    assert sniff(b"\0\0\0\x18ftypheic\0\0\0\0") == "image/heic"
    assert sniff(b"GIF89a") == "image/gif"
    assert sniff(b"RIFF\0\0\0\0WAVE") is None
    assert sniff(b"") is None
