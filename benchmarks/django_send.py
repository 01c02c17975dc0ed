"""What one `send_mail()` of Django costs: `python -m benchmarks.django_send [--repeat 7] [--json FILE]`.

sesmime's backend, django-ses's and anymail's send the same messages on the same Django, by turns, and an HTTP session
that answers at once stands for SES: what is measured is processor time, from the message to the signed request and from
the answer to the result. How many HTTP sessions a backend uses for its messages is told too: each makes a connection
with TLS of its own, which costs some milliseconds of processor time more, and two or three round trips.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple
from unittest import mock

from .measure import loops_for, seconds

# Else django-ses asks for the quota before each message, and waits.
_UNTHROTTLED: Final = {"AWS_SES_AUTO_THROTTLE": None}
# The setting of each backend; the first of an interface is ours, to which the others of it are compared.
BACKENDS: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    ("sesmime", "v2", "sesmime.django.SesEmailBackend", {"SESMIME": {"interface": "sesv2"}}),
    ("sesmime, lint off", "v2", "sesmime.django.SesEmailBackend", {"SESMIME": {"interface": "sesv2", "lint": "off"}}),
    ("django-anymail", "v2", "anymail.backends.amazon_ses.EmailBackend", {"ANYMAIL": {}}),
    ("django-ses", "v2", "django_ses.SESBackend", {"USE_SES_V2": True, **_UNTHROTTLED}),
    ("sesmime", "v1", "sesmime.django.SesEmailBackend", {"SESMIME": {"interface": "ses"}}),
    ("django-ses", "v1", "django_ses.SESBackend", {"USE_SES_V2": False, **_UNTHROTTLED}),
)
_JSON: Final = b'{"MessageId": "0100000000000000-00000000-0000-0000-0000-000000000000-000000"}'
_XML: Final = (
    b'<SendRawEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendRawEmailResult><MessageId>0100-1'
    b"</MessageId></SendRawEmailResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></SendRawEmailResponse>"
)
_ATTACHED: Final = bytes(range(256)) * 170
# Calls for which HTTP sessions are counted.
_COUNTED: Final = 5


class Row(NamedTuple):
    """The figures of a backend: milliseconds a message in each round, and the HTTP sessions that five messages used."""

    backend: str
    interface: str
    message: str
    milliseconds: tuple[float, ...]
    sessions: int


def send_text() -> None:
    """Send what most programs send: a short text."""
    from django.core.mail import send_mail

    count = send_mail("Your order", "Your order is on its way.\n" * 10, "shop@b.example", ["joe@d.example"])
    assert count == 1


def send_attached() -> None:
    """Send a text, HTML and an attachment of 42 KB."""
    from django.core.mail import EmailMultiAlternatives

    message = EmailMultiAlternatives("Ihre Bestellung", "Grüße\n" * 20, "shop@b.example", ["joe@d.example"])
    message.attach_alternative("<p>Grüße aus Köln</p>\n" * 100, "text/html")
    message.attach("Rechnung.pdf", _ATTACHED, "application/pdf")
    assert message.send() == 1


MESSAGES: Final[dict[str, Callable[[], None]]] = {"text": send_text, "html, 42 KB": send_attached}


class Transport:
    """Stands for SES behind every HTTP session of botocore, and counts those that were used."""

    def __init__(self) -> None:
        self.sessions = self.requests = 0

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Answer every request while it stands."""
        from botocore.awsrequest import AWSResponse
        from botocore.httpsession import URLLib3Session

        def answer(session: Any, request: Any) -> Any:
            self.requests += 1
            if not hasattr(session, "is_counted"):
                session.is_counted = True
                self.sessions += 1
            content = _JSON if "/v2/" in request.url else _XML
            raw = _Raw(content)
            return AWSResponse(request.url, 200, {"x-amzn-requestid": "1"}, raw)

        with mock.patch.object(URLLib3Session, "send", answer):
            yield


class _Raw(io.BytesIO):
    """The body of an answer, as urllib3 hands it over."""

    def stream(self, amount: int = 0, **options: Any) -> Iterator[bytes]:
        yield self.read()


@contextmanager
def site(backend: str, settings: dict[str, Any]) -> Iterator[None]:
    """Have Django send by a backend."""
    import django
    from django.test.utils import override_settings

    named = {"MAILERS": {"default": {"BACKEND": backend}}} if django.VERSION >= (6, 1) else {"EMAIL_BACKEND": backend}
    with override_settings(**named, **settings):
        yield


@contextmanager
def environment() -> Iterator[None]:
    """Have botocore find keys and a region at once, as on a server."""
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
    with mock.patch.dict(os.environ, keys):
        yield


def figures(repeat: int, batch: float) -> list[Row]:
    """Measure every backend with every message, by turns."""
    transport = Transport()
    rows = []
    with transport.standing():
        for message, action in MESSAGES.items():
            loops, times, sessions = {}, {}, {}
            for place, (_, _, backend, settings) in enumerate(BACKENDS):
                with site(backend, settings):
                    action()  # what a process does once
                    before, asked = transport.sessions, transport.requests
                    for _ in range(_COUNTED):
                        action()
                    assert transport.requests == asked + _COUNTED, backend
                    sessions[place] = transport.sessions - before
                    loops[place] = loops_for(action, batch=batch)
                times[place] = list[float]()
            for _ in range(repeat):
                for place, (_, _, backend, settings) in enumerate(BACKENDS):
                    with site(backend, settings):
                        times[place].append(1_000 * seconds(action, loops[place]))
            rows += [
                Row(name, interface, message, tuple(times[place]), sessions[place])
                for place, (name, interface, _, _) in enumerate(BACKENDS)
            ]
    return rows


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Return the lines of the table: each backend beside ours by the same interface."""
    ours = {(row.interface, row.message): row for row in reversed(rows) if row.backend == "sesmime"}
    yield f"{'message':12} {'API':3} {'backend':18} {'ms':>7} {'beside sesmime':>15} {f'sessions for {_COUNTED}':>15}"
    for row in rows:
        best = ours[row.interface, row.message]
        pairs = zip(row.milliseconds, best.milliseconds, strict=True)
        ratio = median(theirs / own for theirs, own in pairs)
        beside = "" if row is best else f"{ratio:.2g}x"
        yield (
            f"{row.message:12} {row.interface:3} {row.backend:18} {median(row.milliseconds):7.2f} {beside:>15}"
            f" {row.sessions:15}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.django_send", description=__doc__.partition(":")[0])
    parser.add_argument("--repeat", type=int, default=7, help="rounds (default: 7)")
    parser.add_argument("--batch", type=float, default=0.3, help="seconds a sample takes at least (default: 0.3)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    import botocore
    import django
    from django.conf import settings

    settings.configure()
    with environment():
        rows = figures(options.repeat, options.batch)
    versions = f"Django {django.__version__}, botocore {botocore.__version__}, Python {platform.python_version()}"
    print(f"{versions}, {os.cpu_count()} processors; processor time of one message, median of {options.repeat}")
    print("\n".join(table(rows)))
    if options.json:
        Path(options.json).write_text(json.dumps([row._asdict() for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
