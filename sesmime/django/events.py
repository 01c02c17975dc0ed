"""Django: a view that receives the events of Amazon SES from SNS, and signals, one for each kind.

    # urls.py
    from django.urls import path
    from sesmime.django.events import SesEventsView

    urlpatterns = [path("ses/events/", SesEventsView.as_view())]

    # settings.py
    SESMIME = {"events": {"topic_arns": ["arn:aws:sns:eu-west-1:123456789012:ses-events"]}}

    # apps.py, or wherever receivers are connected
    from django.dispatch import receiver
    from sesmime.django.events import bounced

    @receiver(bounced)
    def stop_sending(sender, event, **kwargs):
        if event.advice is Advice.STOP:
            Address.objects.filter(email__in=event.recipients).update(blocked=True)

Every message is checked as `sesmime.events.verify_sns` checks it, by the extra `sns`. A message that is not from one of
the topics is answered with 403, which SNS does not try again. What a receiver raises passes through, so that Django
answers with 500 and SNS brings the event again: SES's events come at least once, in no order.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final

from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from sesmime.django.settings import given_settings
from sesmime.errors import InvalidSetting, InvalidSignature, SesMimeError, printable, quoted
from sesmime.events import Event, EventKind, SnsVerifier, read_events
from sesmime.ses.events.certificates import download
from sesmime.ses.events.envelopes import SUBSCRIPTION_CONFIRMATION, read_envelope
from sesmime.ses.events.signatures import CERTIFICATES

LOGGER: Final = logging.getLogger("sesmime.django.events")

# Of everything that came, whatever its kind; the others follow it. Each is sent with `event`, an Event, and `request`.
event_received = Signal()
sent = Signal()
delivered = Signal()
bounced = Signal()
complained = Signal()
rejected = Signal()
opened = Signal()
clicked = Signal()
rendering_failed = Signal()
delayed = Signal()
subscription_changed = Signal()

SIGNALS: Final[Mapping[EventKind, Signal]] = MappingProxyType(
    {
        EventKind.SEND: sent,
        EventKind.DELIVERY: delivered,
        EventKind.BOUNCE: bounced,
        EventKind.COMPLAINT: complained,
        EventKind.REJECT: rejected,
        EventKind.OPEN: opened,
        EventKind.CLICK: clicked,
        EventKind.RENDERING_FAILURE: rendering_failed,
        EventKind.DELIVERY_DELAY: delayed,
        EventKind.SUBSCRIPTION: subscription_changed,
    }
)

# SNS takes 256 KiB of text; JSON may need six octets for one of it, but hardly needs two for the records of SES.
_MAX_BODY: Final = 1024 * 1024
_RAW: Final = "x-amz-sns-rawdelivery"
_KEY_PREFIX: Final = "sesmime.event."


@method_decorator(csrf_exempt, name="dispatch")
class SesEventsView(View):
    """Receives what SNS posts, checks its signature and its topic, and sends a signal for each event.

    The attributes are settings: the keys of `SESMIME["events"]` in Django's settings, or arguments of `as_view`, which
    win.

    - `topic_arns`: the topics that may send; required.
    - `confirm_subscriptions` (False): confirm subscriptions to these topics; else they wait until you do.
    - `fold_repeats` (None): seconds; an event that came within these is not signalled again. `cache` ("default") is the
      name of Django's cache that remembers them; it must be one that all processes share.
    - `versions` ((1, 2)), `max_age` (None, seconds), `certificate`, `endpoint_url`, `trusted_certificates`: as in
      `verify_sns`.
    - `basic_auth` (None): "user:password" that requests must bear too, as in the URL https://user:password@host/ that
      you subscribe; without it SNS gets a 401 first, and then sends it.
    - `raw_delivery` (False): take records without SNS's envelope too. Nothing is signed then: whoever finds the URL can
      post events, so use it with `basic_auth`.
    - `max_body` (1 MiB): octets; a larger body is answered with 413.

    Answers: 200 for everything that was signed, unknown kinds and the end of a subscription too; 400 for a raw delivery
    that is no JSON, 401 and 403 for what is not accepted, 405 for other methods than POST, 503 where the certificate
    cannot be fetched now. Raises ImproperlyConfigured for wrong settings.
    """

    http_method_names: ClassVar[list[str]] = ["post"]

    topic_arns: Any = None
    confirm_subscriptions: Any = None
    fold_repeats: Any = None
    cache: Any = None
    versions: Any = None
    max_age: Any = None
    certificate: Any = None
    endpoint_url: Any = None
    trusted_certificates: Any = None
    basic_auth: Any = None
    raw_delivery: Any = None
    max_body: Any = None

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer SNS."""
        options = self._options()
        verifier = self._verifier(options)
        if not _is_authorized(request, options["basic_auth"]):
            answer = HttpResponse(status=401)
            answer["WWW-Authenticate"] = 'Basic realm="events"'
            return answer
        body = _body_of(request, options["max_body"])
        if body is None:
            return HttpResponse(status=413)
        if request.headers.get(_RAW, "").lower() == "true":
            return self._take_raw(request, body, options)
        try:
            envelope = read_envelope(body)  # read once: what is verified is what is used
            verifier.verify(envelope)
            if options["confirm_subscriptions"] and envelope["Type"] == SUBSCRIPTION_CONFIRMATION:
                verifier.confirm(envelope, visit=self.visit)
        except InvalidSignature as error:
            LOGGER.warning("refused: %s", printable(str(error)))
            return HttpResponse(status=403)
        except OSError as error:
            LOGGER.warning("SNS cannot be reached: %s", printable(str(error)))
            return HttpResponse(status=503)
        except InvalidSetting as error:
            raise ImproperlyConfigured(f'SESMIME["events"]: {error}') from error
        self._tell(request, read_events(envelope), options)
        return HttpResponse()

    def fetch(self, url: str) -> bytes:
        """Return the certificate at a URL; override it to fetch another way."""
        return CERTIFICATES(url)

    def visit(self, url: str) -> None:
        """Visit the URL that confirms a subscription; override it to visit another way."""
        download(url)

    def _take_raw(self, request: HttpRequest, body: bytes, options: Mapping[str, Any]) -> HttpResponse:
        if not options["raw_delivery"]:
            LOGGER.warning("refused: a raw delivery, which has no signature; see raw_delivery")
            return HttpResponse(status=403)
        events = read_events(body)
        if not events or any(event.text is not None for event in events):
            return HttpResponse(status=400)
        self._tell(request, events, options)
        return HttpResponse()

    def _tell(self, request: HttpRequest, events: tuple[Event, ...], options: Mapping[str, Any]) -> None:
        seconds = options["fold_repeats"]
        for event in events:
            if seconds is None:
                self._send(request, event)
                continue
            cache, key = caches[options["cache"]], _KEY_PREFIX + event.key
            if not cache.add(key, True, seconds):
                continue
            try:
                self._send(request, event)
            except BaseException:
                cache.delete(key)  # it was not dealt with, and may come again
                raise

    def _send(self, request: HttpRequest, event: Event) -> None:
        event_received.send(sender=type(self), event=event, request=request)
        signal = SIGNALS.get(event.kind)
        if signal is not None:
            signal.send(sender=type(self), event=event, request=request)

    def _options(self) -> dict[str, Any]:
        """Return the settings, those of the view over those of SESMIME; raises ImproperlyConfigured."""
        found = given_settings().get("events", {})
        if not isinstance(found, Mapping):
            raise ImproperlyConfigured(f'SESMIME["events"] must be a dict, not {type(found).__name__}')
        for key in found:
            if key not in _DEFAULTS:
                told = f"{quoted(str(key), 60)} is not a setting; choose from {', '.join(_DEFAULTS)}"
                raise ImproperlyConfigured(f'SESMIME["events"]: {told}')
        own = {name: getattr(self, name) for name in _DEFAULTS if getattr(self, name) is not None}
        options = {**_DEFAULTS, **found, **own}
        arns = options["topic_arns"]
        if isinstance(arns, str) or not arns:
            raise ImproperlyConfigured('SESMIME["events"]: topic_arns must be a list of the topics that may send')
        for name in ("fold_repeats", "max_age"):
            value = options[name]
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0):
                raise ImproperlyConfigured(f'SESMIME["events"]: {name} must be a number of seconds')
        return options

    def _verifier(self, options: Mapping[str, Any]) -> SnsVerifier:
        """Return what verifies by the settings; raises ImproperlyConfigured."""
        seconds = options["max_age"]
        given = {name: options[name] for name in ("topic_arns", "versions", "endpoint_url")}
        for name in ("certificate", "trusted_certificates"):
            pem = options[name]
            given[name] = pem.encode("utf-8") if isinstance(pem, str) else pem
        try:
            return SnsVerifier(
                **given, fetch=self.fetch, max_age=None if seconds is None else timedelta(seconds=seconds)
            )
        except (SesMimeError, TypeError) as error:
            raise ImproperlyConfigured(f'SESMIME["events"]: {error}') from error


# The settings, and what they are unless given.
_DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "topic_arns": None,
        "confirm_subscriptions": False,
        "fold_repeats": None,
        "cache": "default",
        "versions": (1, 2),
        "max_age": None,
        "certificate": None,
        "endpoint_url": None,
        "trusted_certificates": None,
        "basic_auth": None,
        "raw_delivery": False,
        "max_body": _MAX_BODY,
    }
)


def _is_authorized(request: HttpRequest, expected: str | None) -> bool:
    """Return whether a request bears the user and the password that are expected; RFC 7617."""
    if expected is None:
        return True
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        found = base64.b64decode(given.strip(), validate=True)
    except (ValueError, binascii.Error):
        return False
    is_same: bool = constant_time_compare(found, expected.encode("utf-8"))
    return is_same and scheme.lower() == "basic"


def _body_of(request: HttpRequest, limit: int) -> bytes | None:
    """Return the body, or None where it is too large; no more of it is read than that."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = 0
    if length > limit:
        return None
    try:
        body: bytes = request.body
    except RequestDataTooBig:
        return None
    return body if len(body) <= limit else None
