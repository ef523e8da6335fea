"""The sample day's traffic: endpoints and what they answered, messages sent and written, calls, voicemails, two campaigns.

Carriers and receivers are not there, so what they would have said is recorded through the same verbs the background work uses.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from callboard.domain.campaigns import ContactWish
from callboard.domain.leases import Lease
from callboard.domain.messages import Outcome
from callboard.domain.webhooks import Reply
from callboard.services import calls, campaigns, carriage, deliveries, messages, requests, voicemails, webhooks

if TYPE_CHECKING:
    from callboard.services.deliveries import Job
    from callboard.services.sample import Sample

MINUTE, HOUR, DAY = 60, 3600, 86400
LEASE = Lease(token="sample", seconds=60, limit=400, hands=400)  # noqa: S106 - a mark, not a secret
# names that lead nowhere by design (RFC 2606): a demonstration must not knock at anybody's door
GOOD, SHAKY, GONE = "https://crm.acme.example/hook", "https://hooks.flows.example/t/9f2c", "https://old.acme.example/x"
TRANSCRIPTS = (
    "Hi, this is about the move on Friday. The lift is being repaired that week, so it will be the stairs. Please call me back.",
    "Hello, you have tried to reach me twice. I am free after four. Thanks, bye.",
)
SCRIPT = """Hello, this is {agent} from Acme Moving. You asked us about {interest}.

1. Is the date fixed, or may it move by a week?
2. How many rooms, and is there a lift at both ends?
3. A video call of half an hour gives you a fixed price. When would suit you?

No time now: when may we call back?  Not interested: thank them, and do not insist."""


def before(sample: Sample) -> None:
    """What must be there before anything happens: who is told of it."""
    long_ago = sample.now - 28 * DAY
    sample.do(long_ago, webhooks.add, GOOD)
    sample.do(long_ago, webhooks.add, SHAKY, dialect="qtvoice")
    sample.do(long_ago, webhooks.add, GONE, event_types=("appointment.created",))


def after(sample: Sample) -> None:
    """What happened around the bookings."""
    _calls(sample)
    _campaigns(sample)
    _asked(sample)
    for hours in range(30 * 24, 0, -6):
        _settle(sample, sample.now - hours * HOUR)
    _conversations(sample)
    _settle(sample, sample.now - 2 * MINUTE)
    _late(sample)


def _plain(sample: Sample, at: int, verb: Any, *args: Any, **kwargs: Any) -> Any:
    """A verb that knows no organization, at an instant."""
    return sample.do(at, lambda work, _org: verb(work, *args, **kwargs))


# --- carriers and receivers -----------------------------------------------------------------------------------------
def _settle(sample: Sample, at: int) -> None:
    """Everything due by then is handed over, and answered as such a carrier and such receivers would."""
    for parcel in _plain(sample, at, carriage.claim, LEASE):
        sent = Outcome(status="sent", gateway="twilio", provider_id=f"SM{parcel.message.id}", sender="+12125550100")
        _plain(sample, at, carriage.record, parcel, sent)
        if sample.random.random() < 0.9:
            _plain(sample, at + 4, carriage.receipt, gateway="twilio", status="delivered", provider_id=f"SM{parcel.message.id}")
    for _ in range(8):
        jobs = _plain(sample, at, deliveries.claim, LEASE)
        if not jobs:
            return
        for job in jobs:
            _plain(sample, at, deliveries.record, job, _reply(sample, job))


def _reply(sample: Sample, job: Job) -> Reply:
    view = job.view
    body = json.dumps({"id": f"evt_{view.event_id}", "type": view.type, "created": view.at, "data": view.nouns}, default=str)
    sent = {"content-type": "application/json", "webhook-id": f"dlv_{job.id}", "x-qualifybase-event": view.type}
    took = sample.random.randint(18, 95)
    if job.webhook.url == GONE:
        return Reply(
            error_class="gone",
            error="it answered 410",
            status=410,
            milliseconds=took,
            body="gone",
            request_headers=sent,
            payload=body,
        )
    if job.webhook.url == SHAKY and sample.random.random() < 0.02:
        return Reply(error_class="blocked", error="the address is not allowed", request_headers=sent, payload=body)
    if job.webhook.url == SHAKY and sample.random.random() < 0.3:
        return Reply(
            error_class="http", error="it answered 503", status=503, milliseconds=380 + took, retry_after=30,
            headers={"retry-after": "30", "content-type": "application/json"}, body='{"error": "busy"}',
            request_headers=sent, payload=body,
        )  # fmt: skip
    headers = {"content-type": "application/json", "server": "nginx"}
    return Reply(status=200, milliseconds=took, headers=headers, body='{"ok": true}', request_headers=sent, payload=body)


def _late(sample: Sample) -> None:
    """What went wrong within the last half hour, for Today: a message no carrier took, a delivery given up."""
    at = sample.now - 10 * MINUTE
    sample.do(at, messages.send, to="+13125550178", body="Your inventory list is ready; shall we go through it at 11?")
    for parcel in _plain(sample, at, carriage.claim, LEASE):
        refused = Outcome(status="failed", gateway="twilio", reason="the carrier says: unreachable handset (30003)")
        _plain(sample, at, carriage.record, parcel, refused)


# --- people ---------------------------------------------------------------------------------------------------------
def _conversations(sample: Sample) -> None:
    for minutes, phone, body in (
        (190, "+12125550123", "Hello! Could we do the survey a little later today?"),
        (34, "+14155550112", "Running five minutes late, sorry"),
        (21, "+420602123456", "Děkuji, budu tam."),
    ):
        at = sample.now - minutes * MINUTE
        given = {"gateway": "twilio", "from_number": phone, "to_number": "+12125550100", "body": body, "organization": sample.org}
        _plain(sample, at, carriage.receive, **given)
    sample.do(
        sample.now - 180 * MINUTE, messages.send, to="+12125550123", body="Of course: 11:40 is free. I have moved you there."
    )


def _calls(sample: Sample) -> None:
    from callboard.services.sample import CUSTOMERS

    for day in range(8, -1, -1):
        for _ in range(sample.random.randint(5, 10)):
            at = sample.now - day * DAY - sample.random.randint(20, 280) * MINUTE
            _name, phone, *_rest = sample.random.choice(CUSTOMERS)
            (_called if sample.random.random() < 0.45 else _dialled)(sample, at, phone)
    for minutes, (phone, words) in ((150, ("+16175550155", TRANSCRIPTS[0])), (40, ("+17185550190", TRANSCRIPTS[1]))):
        at = sample.now - minutes * MINUTE
        call = sample.do(
            at, calls.incoming, from_number=phone, to_number="+12125550100", gateway="twilio", provider_id=f"CA{minutes}"
        )
        seconds = len(words) // 13
        sample.do(at + 20, voicemails.leave, call.id, duration_seconds=seconds, transcript=words)


def _called(sample: Sample, at: int, phone: str) -> None:
    given = {"from_number": phone, "to_number": "+12125550100", "gateway": "twilio", "provider_id": f"CA{at}{phone[-4:]}"}
    call = sample.do(at, calls.incoming, **given)
    if sample.random.random() < 0.25:
        sample.do(at + 25, calls.missed, call.id)
        return
    sample.do(at + 8, calls.answered, call.id, sample.agents[2].id)
    sample.do(at + 8 + sample.random.randint(40, 600), calls.ended, call.id)


def _dialled(sample: Sample, at: int, phone: str) -> None:
    call = sample.do(at, calls.initiate, to=phone, agent_id=sample.agents[0].id)
    if sample.random.random() < 0.35:
        sample.do(at + 30, calls.missed, call.id)
        return
    sample.do(at + 15, calls.answered, call.id)
    sample.do(at + 15 + sample.random.randint(30, 500), calls.ended, call.id)
    outcome = sample.random.choice(("booked", "call back", "not now", "answered a question"))
    sample.do(at + 700, calls.set_outcome, call.id, outcome=outcome)


def _campaigns(sample: Sample) -> None:
    made = sample.now - 6 * DAY
    dana = sample.agents[0]
    autumn = sample.do(
        made, campaigns.add, "Autumn movers", target_country="US", agent_id=dana.id, script=SCRIPT, pace_per_hour=30,
        window="mon-sun 00:00-24:00", spacing_minutes=120,
    )  # fmt: skip
    sample.do(made, campaigns.add_contacts, autumn.id, [_wish(sample, n) for n in range(64)])
    sample.do(made, campaigns.start, autumn.id)
    _work(sample, autumn.id, 34)
    again = sample.do(made, campaigns.add, "Storage, second call", target_country="US", agent_id=dana.id, script=SCRIPT)
    sample.do(made, campaigns.add_contacts, again.id, [_wish(sample, n, "storage") for n in range(100, 120)])


def _wish(sample: Sample, n: int, interest: str = "") -> ContactWish:
    first = ("Ava", "Liam", "Zoe", "Owen", "Mila", "Eli", "Ruth", "Sam", "Iris", "Max", "Nina", "Leo")[n % 12]
    last = ("Hart", "Cole", "Reed", "Shaw", "Wells", "Ford", "Lane", "Page", "Stone", "West", "Young")[n % 11]
    area = ("212", "646", "917", "718")[n % 4]
    wanted = interest or sample.random.choice(("local move", "long distance", "storage", "office move"))
    return ContactWish(name=f"{first} {last}", phone=f"+1{area}555{1200 + n}", interest=wanted, city="New York")


def _work(sample: Sample, campaign_id: str, tries: int) -> None:
    """Somebody called through a part of the list."""
    outcomes = (
        "qualified",
        "qualified",
        "not_interested",
        "no_answer",
        "no_answer",
        "busy",
        "callback_requested",
        "wrong_number",
    )
    for n in range(tries):
        at = sample.now - (5 - n // 7) * DAY + (n % 7 - 3) * 53 * MINUTE
        if at > sample.now - 20 * MINUTE:
            continue
        handed = sample.do(at, campaigns.next_contact, campaign_id, "demo")
        if handed.contact is None:
            continue
        call = sample.do(at + 5, campaigns.dial, handed.contact.id)
        outcome = sample.random.choice(outcomes)
        reached = outcome not in {"no_answer", "busy"}
        sample.do(at + 20, calls.answered if reached else calls.missed, call.id)
        if reached:
            sample.do(at + 20 + sample.random.randint(40, 400), calls.ended, call.id)
        back = sample.now + sample.random.choice((-30, 90, 1500)) * MINUTE if outcome == "callback_requested" else None
        if back is not None and back <= at + 500:
            back = at + HOUR
        sample.do(at + 500, campaigns.set_outcome, handed.contact.id, outcome, callback_at=back)


def _asked(sample: Sample) -> None:
    """What integrations asked of the API within the last hours."""
    from callboard.services import keys

    key, _ = sample.do(sample.now - 20 * DAY, keys.add, "website forms", "qualifybase", ("scheduling", "leads"))
    sample.do(sample.now - 20 * DAY, keys.add, "phone system", "qtvoice", ("calls", "messages"))
    paths = (
        ("GET", "/v1/availability", 200, None),
        ("POST", "/v1/appointments", 201, None),
        ("GET", "/v1/leads", 200, None),
        ("POST", "/v1/appointments", 409, "slot_taken"),
        ("GET", "/v1/leads/none", 404, "not_found"),
    )
    noted = []
    for n in range(120):
        method, path, status, code = paths[min(sample.random.randint(0, 9), 4) if n % 7 else 0]
        noted.append(
            requests.Request(
                organization_id=sample.org,
                api_key_id=key.id,
                method=method,
                path=path,
                dialect="qualifybase",
                status=status,
                milliseconds=sample.random.randint(2, 40),
                code=code,
                at=sample.now - 6 * HOUR + n * 178,
            )
        )
    _plain(sample, sample.now, requests.note, noted)
