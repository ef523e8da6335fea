"""What breaks servers, in every body field of every operation: the dialect's own 4xx, nothing written, never a 500."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from callboard.storage import trail
from callboard.web.contract import FORM, JSON, MULTIPART
from dialects.house import House, Tenant
from dialects.walks import BODIES, STEPS, Step, fields

MARK = "@@killer@@"
# Tokens that no JSON value may hold, written where a field's value stands.
KILLERS = (
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9223372036854775808", "-9223372036854775809", "9" * 5000,
    r'"\ud800"', r'"a\udfffb"', r'"\u0000"', r'"a\u0000b"', r'{"\u0000":1}', '{"a":1,"a":2}', "[" * 40 + "]" * 40,
    "[" * 20_000, "01", "'x'", '"\x01"', "nul",
)  # fmt: skip
# Values of the wrong kind or beyond sense: never a 5xx, whatever a field makes of them.
ODDITIES: tuple[Any, ...] = (
    True, 0, -1, 2**62, 1.5, [], {}, [[]], "", " ", "x" * 5000, "\u202e\u2066", "\ufeff", "é" * 300, "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "Mars/Olympus", "../../etc/passwd", "%00", "' OR 1=1 --", "{}", None,
)  # fmt: skip


def seq(house: House) -> int:
    return int(house.desk.store.read(lambda c: trail.last_seq(_work(house, c))).result())


def _work(house: House, connection: Any) -> Any:
    from callboard.domain.events import Actor
    from callboard.storage.unit_of_work import Work

    return Work(connection, house.desk.store.backend, 0, Actor())


def placed(example: Any, way: tuple[str, ...], value: Any) -> Any:
    """The example with one field replaced."""
    body = json.loads(json.dumps(example if isinstance(example, dict) else {}))
    place = body
    for part in way[:-1]:
        if not isinstance(place.get(part), dict):
            place[part] = {}
        place = place[part]
    place[way[-1]] = value
    return body


def refused(step: Step, answer: Any, *, exactly: int | None = None) -> None:
    assert 400 <= answer.status_code < 500, (step.name, answer.status_code, answer.text)
    if exactly is not None:
        assert answer.status_code == exactly
    step.dialect.error.model_validate(answer.json())


def dealt(values: tuple[Any, ...], hand: int, index: int) -> list[Any]:
    """A few of the values a field, in turn, so that enough fields meet them all; ``hand`` 0 deals everything."""
    return [values[(index * hand + n) % len(values)] for n in range(hand or len(values))]


HANDS = [pytest.param(3, id="some"), pytest.param(0, id="all", marks=pytest.mark.long)]


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("step", [s for s in BODIES if JSON in s.operation.media], ids=lambda s: s.name)
def test_json_killers_in_every_field(step: Step, hand: int, house: House, tenant: Tenant) -> None:
    http = tenant.client()
    before = seq(house)
    assert step.operation.body is not None
    for index, way in enumerate((*fields(step.operation.body), ("undeclared",))):
        text = json.dumps(placed(step.operation.example, way, MARK))
        for killer in dealt(KILLERS, hand if index else 0, index):
            refused(step, step.raw(http, text.replace(f'"{MARK}"', killer).encode()))
    assert seq(house) == before


@pytest.mark.parametrize("step", [s for s in BODIES if JSON in s.operation.media], ids=lambda s: s.name)
def test_bodies_that_are_no_json_object(step: Step, house: House, tenant: Tenant) -> None:
    http = tenant.client()
    before = seq(house)
    good = json.dumps(step.operation.example or {}).encode()
    for body in (
        b"{", b"null", b"[]", b"7", b'"x"', b"{}}", b"\xff\xfe{}", b"\xef\xbb\xbf" + good, good.decode().encode("utf-16"),
        b'{"a":"\xff"}', b"{" + b",".join(b'"k%d":1' % i for i in range(20_000)) + b"}", b"<xml/>", b"a=b", b"\0",
    ):  # fmt: skip
        refused(step, step.raw(http, body))
    if step.operation.body_required:
        refused(step, step.raw(http, b""))
    assert seq(house) == before


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("step", BODIES, ids=lambda s: s.name)
def test_oddities_in_every_field_are_no_fault_of_ours(step: Step, hand: int, tenant: Tenant) -> None:
    http = tenant.client()
    assert step.operation.body is not None
    for index, way in enumerate(fields(step.operation.body)):
        for value in dealt(ODDITIES, hand and 2 * hand, index):
            answer = step.send(http, body=placed(step.operation.example, way, value))
            assert answer.status_code < 500, (way, value, answer.text)


@pytest.mark.parametrize("step", BODIES, ids=lambda s: s.name)
def test_other_content_types(step: Step, house: House, tenant: Tenant) -> None:
    http = tenant.client()
    before = seq(house)
    for media in ("text/plain", "application/xml", "application/x-ndjson", "text/json; charset=utf-16", "", "nonsense"):
        refused(step, step.raw(http, b'{"a":1}', media or "x"))
    if JSON in step.operation.media:
        for parameters in ("charset=utf-16", "foo=bar; charset=utf-16", 'charset="utf-16"'):
            refused(step, step.raw(http, b"{}", f"application/json; {parameters}"), exactly=415)
        packed = {"content-type": JSON, "content-encoding": "gzip"}
        good = json.dumps(step.operation.example or {}).encode()
        answer = http.request(step.operation.method, step.path(), content=good, headers=packed)
        refused(step, answer, exactly=415)  # what a proxy unpacks would not be what is read here
    for media in {FORM, MULTIPART} - set(step.operation.media):
        refused(step, step.raw(http, b"a=b", media))
    assert seq(house) == before


@pytest.mark.parametrize("step", [s for s in BODIES if FORM in s.operation.media], ids=lambda s: s.name)
def test_hostile_multipart(step: Step, house: House, tenant: Tenant) -> None:
    """Parts that two readers would read differently, around an example that is good but for them."""
    http = tenant.client()
    before = seq(house)
    example = {"appointment_at": "2026-08-19T16:50:00", "claimant[name]": "John", "claimant[phone_number]": "+442071234567"}
    field = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}'
    good = [field.format(name, value) for name, value in example.items()]
    for odd in (
        "Content-Disposition: form-data; name*=utf-8''a; name*0=b\r\n\r\nv",  # breaks the standard library's reader
        "Content-Disposition: form-data; name*0=department\r\n\r\nv",
        f"Content-Disposition: form-data; name*{'9' * 5000}=a\r\n\r\nv",
        'Content-Disposition: form-data; name="department"\r\n' + field.format("reference", "v"),
        'Content-Disposition: attachment; name="department"\r\n\r\nv',
        'Content-Disposition: form-data; name="department"; filename="a.txt"\r\n\r\nv',
        "Content-Disposition: form-data; name=\"department\"; filename*=utf-8''a\r\n\r\nv",
        "X: y\r\n\r\nv",
        good[0],
        field.format("claimant", "v"),
        field.format("department", "a\0b"),
    ):
        body = "".join(f"--x\r\n{part}\r\n" for part in (*good, odd)) + "--x--\r\n"
        refused(step, step.raw(http, body.encode(), "multipart/form-data; boundary=x"), exactly=400)
    cut = "".join(f"--x\r\n{part}\r\n" for part in good)
    refused(step, step.raw(http, cut.encode(), "multipart/form-data; boundary=x"), exactly=400)
    assert seq(house) == before


@pytest.mark.parametrize("step", [s for s in BODIES if FORM in s.operation.media], ids=lambda s: s.name)
def test_hostile_forms(step: Step, house: House, tenant: Tenant) -> None:
    http = tenant.client()
    before = seq(house)
    for body in (
        b"a=%00",
        b"a=%ff",
        b"a=%ed%a0%80",
        b"a[b=1",
        b"a=1&a[b]=2",
        b"a=1&a=2",
        b"&".join(b"k%d=1" % i for i in range(5000)),
    ):
        refused(step, step.raw(http, body, FORM))
    for body in (b"", b"--x", b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n'):
        refused(step, step.raw(http, body, "multipart/form-data; boundary=x"))
    refused(step, step.raw(http, b"--x", "multipart/form-data"))
    assert seq(house) == before


@pytest.mark.parametrize("step", BODIES, ids=lambda s: s.name)
def test_too_large_a_body(step: Step, tenant: Tenant) -> None:
    http = tenant.client()
    size = step.operation.body_limit + 1
    refused(step, step.raw(http, b" " * size), exactly=413)

    def endless() -> Any:
        for _ in range(size // 1000 + 1):
            yield b" " * 1000

    answer = http.request(
        step.operation.method, step.path(), content=endless(), headers={"content-type": step.operation.media[0]}
    )
    refused(step, answer, exactly=413)


@pytest.mark.parametrize("step", [s for s in STEPS if s.operation.query is not None], ids=lambda s: s.name)
def test_hostile_queries(step: Step, tenant: Tenant) -> None:
    http = tenant.client()
    assert step.operation.query is not None
    for way in fields(step.operation.query):
        for value in (
            "%00",
            "%ff",
            "%ed%a0%80",
            "9223372036854775808",
            "-1",
            "1e400",
            "x" * 9000,
            "",
            "NaN",
            "0001-01-01",
            "9999-12-31",
        ):
            answer = http.request(step.operation.method, f"{step.path()}?{way[0]}={value}")
            assert answer.status_code < 500, (way, value, answer.text)
        for bad in (f"{way[0]}=%00", f"{way[0]}=%ff", f"{way[0]}=1&{way[0]}=2"):
            refused(step, http.request(step.operation.method, f"{step.path()}?{bad}"))


@pytest.mark.parametrize("step", [s for s in STEPS if "{" in s.operation.path], ids=lambda s: s.name)
def test_hostile_ids(step: Step, tenant: Tenant) -> None:
    http = tenant.client()
    for bad in (
        "%00",
        "%ff",
        "x" * 3000,
        "..%2f..%2fetc",
        "{id}",
        "%F0%9F%92%A5",
        "'",
        "0",
        "-1",
        "65f1b2c3d4e5f6a7b8c9d0e",
        "None",
    ):
        path = step.dialect.base + step.operation.path.replace("{", "\0").split("\0")[0] + bad
        tail = step.operation.path.rsplit("}", 1)[1]
        answer = step.send(http, path=path + tail)
        refused(step, answer)


def test_headers_that_two_readers_read_differently(house: House, tenant: Tenant) -> None:
    """Sent by hand: no client library would."""
    base = f"GET /toy/slots/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {tenant.text}\r\n"
    for extra in (
        f"Authorization: Bearer {tenant.text}\r\n\r\n",
        "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 99999999999999999999\r\n\r\n",
        "Content-Length: +4\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Host: y\r\n\r\n",
        "X : y\r\n\r\n",
        "X\0: y\r\n\r\n",
        " folded: y\r\n\r\n",
    ):
        status = send_raw(house.port, (base + extra).encode("latin-1"))
        assert 400 <= status < 500, extra


def send_raw(port: int, data: bytes) -> int:
    """The status that bytes on a socket are answered with; 0 when the server only hung up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(data)
        sock.settimeout(10)
        head = sock.recv(64)
    return int(head.split(b" ")[1]) if head else 0
