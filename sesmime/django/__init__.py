"""Django: a backend that sends through Amazon SES by boto3, and a mixin that checks messages in front of another one.

    EMAIL_BACKEND = "sesmime.django.SesEmailBackend"
    SESMIME = {"interface": "sesv2", "client": {"region_name": "eu-west-1"}, "configuration_set": "shop"}

What SES sends back is received by `sesmime.django.events`.

From Django 6.1 on, the keys of SESMIME may stand as OPTIONS of SesEmailBackend in MAILERS; there they win. Nothing here
is asynchronous.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from email.generator import BytesGenerator
from email.policy import SMTP, Policy
from inspect import getattr_static, signature
from io import BytesIO
from typing import Any, ClassVar, Final

try:
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.mail import EmailMessage
    from django.core.mail.backends.base import BaseEmailBackend
    from django.utils.functional import Promise
except ModuleNotFoundError as error:
    raise ImportError("sesmime.django needs Django: pip install 'sesmime[django]'") from error

from sesmime.boto import raw_interface, send_prepared
from sesmime.django.messages import bare_address, django_destination
from sesmime.errors import Refused, SesMimeError, quoted
from sesmime.handover.prepare import prepared_with_report
from sesmime.linter.checks import LINT, Checks
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.linter.run import lint
from sesmime.mime.addresses import parse_addresses
from sesmime.mime.idna import address_by_idna_2003
from sesmime.mime.seven_bit import to_7bit
from sesmime.policy import SesPolicy
from sesmime.policy.fields import AddressesField
from sesmime.policy.registry import class_of
from sesmime.ses.interfaces import RAW_INTERFACES, Interface
from sesmime.ses.sending import handed_over
from sesmime.ses.settings import ApiParameters
from sesmime.ses.tags import MessageTag, as_message_tags

_CHECK_KEYS: Final = ("lint", "fail_level", "ignore", "verified_identities")
_SEND_KEYS: Final = ("interface", "client", "configuration_set", "tags")
# What `sesmime.django.events` reads: it is no option of a backend.
_OTHER_KEYS: Final = ("events",)

# boto3's default session is one for the process, and not safe to make clients of in several threads.
_MAKING_A_CLIENT: Final = threading.Lock()


def _checks(given: Mapping[str, Any]) -> Checks:
    """Return what the settings say of checking: whether, how strictly, by which rules."""
    lint = given.get("lint", "error")
    if lint not in LINT:
        raise ImproperlyConfigured(f"SESMIME: lint must be one of {', '.join(LINT)}, not {quoted(str(lint), 60)}")
    level = given.get("fail_level", Severity.ERROR)
    try:
        level = Severity.of(level)
    except (TypeError, ValueError) as error:
        told = quoted(str(level), 60)
        raise ImproperlyConfigured(f"SESMIME: fail_level must be error, warning or info, not {told}") from error
    try:
        config = LintConfig(ignore=given.get("ignore", ()), verified_identities=given.get("verified_identities", ()))
    except TypeError as error:
        raise ImproperlyConfigured("SESMIME: ignore and verified_identities must be lists of str") from error
    return Checks(level=level, config=config, lint=lint)


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings: those of SESMIME, and over them the options that were handed to the backend."""
    found = getattr(settings, "SESMIME", {})
    if not isinstance(found, Mapping):
        raise ImproperlyConfigured(f"SESMIME must be a dict, not {type(found).__name__}")
    for key in found:
        if key not in _CHECK_KEYS + _SEND_KEYS + _OTHER_KEYS:
            names = ", ".join(_SEND_KEYS + _CHECK_KEYS + _OTHER_KEYS)
            raise ImproperlyConfigured(f"SESMIME: {quoted(str(key), 60)} is not a setting; choose from {names}")
    return {**found, **{name: value for name, value in options.items() if value is not None}}


class SesEmailBackend(BaseEmailBackend):
    """An email backend that prepares each message for the API of SES, v1 or v2, and sends it by boto3.

    `interface` is "ses" (SendRawEmail, the default) or "sesv2" (SendEmail with raw content); `client` holds keyword
    arguments of `boto3.client`, or is a client, which itself says the interface and is not closed. `configuration_set`
    and `tags` (a dict) hold for messages that say nothing themselves, by an X-SES field in their headers or by the
    attributes `ses_configuration_set` and `ses_tags`, of which the attribute wins; tags are not joined. `lint` is
    "error" (a finding at or above `fail_level` raises Refused), "warn" (it gives a SesMimeWarning) or "off"; `ignore`
    and `verified_identities` are those of LintConfig.

    Each message goes to its `recipients()`; parts that are not 7-bit are encoded. A sent message has the identifier
    that SES gave it in `ses_message_id`. With `fail_silently` what is refused, by sesmime or by SES, and failures of
    the connection are passed over; such a message has no new `ses_message_id`. What Django cannot write is raised by
    it all the same.

    Raises ImproperlyConfigured for wrong settings; when a message is sent, ImportError without boto3.
    """

    def __init__(
        self,
        fail_silently: bool = False,
        *,
        interface: str | None = None,
        client: Any = None,
        configuration_set: str | None = None,
        tags: Mapping[str, str] | None = None,
        lint: str | None = None,
        fail_level: str | None = None,
        ignore: Iterable[str] | None = None,
        verified_identities: Iterable[str] | None = None,
        **others: Any,
    ) -> None:
        super().__init__(**others)
        self.fail_silently = fail_silently
        options = {
            "interface": interface,
            "client": client,
            "configuration_set": configuration_set,
            "tags": tags,
            "lint": lint,
            "fail_level": fail_level,
            "ignore": ignore,
            "verified_identities": verified_identities,
        }
        given = _given(options)
        self._checks = _checks(given)
        try:
            self._defaults = ApiParameters(
                configuration_set=given.get("configuration_set"), message_tags=_tags(given.get("tags"))
            )
        except TypeError as error:
            raise ImproperlyConfigured(f"SESMIME: {error}") from error
        self._given_client = given.get("client", {})
        self._service = _service(given.get("interface"), self._given_client)
        self.connection: Any = None
        self._lock = threading.RLock()

    def open(self) -> bool | None:
        """Create a client if there is none; return whether one was created, None if that failed silently."""
        if self.connection is not None:
            return False
        if not isinstance(self._given_client, Mapping):
            self.connection = self._given_client
            return True
        try:
            import boto3
        except ImportError as error:
            raise ImportError("sesmime.django needs boto3: pip install 'sesmime[boto3]'") from error
        try:
            with _MAKING_A_CLIENT:
                self.connection = boto3.client(self._service, **self._given_client)
        except _failures():
            if not self.fail_silently:
                raise
            return None
        return True

    def close(self) -> None:
        """Close the client; one that was handed in is let go of."""
        client, self.connection = self.connection, None
        if client is not None and client is not self._given_client:
            client.close()

    def send_messages(self, email_messages: Iterable[EmailMessage]) -> int:
        """Send messages, one after the other; return how many were sent.

        Raises Refused for what SES is expected to refuse, and what boto3 raises; later messages are not sent then.
        """
        if not email_messages:
            return 0
        with self._lock:
            is_new = self.open()
            if is_new is None:
                return 0
            try:
                return sum(self._send(message) for message in email_messages)
            finally:
                if is_new:
                    self.close()

    def _send(self, message: Any) -> bool:
        if not message.recipients():
            return False
        errors: tuple[type[Exception], ...] = (SesMimeError, *_failures())
        try:
            response = self._hand_over(message)
        except errors:
            if not self.fail_silently:
                raise
            return False
        message.ses_message_id = response.get("MessageId")
        return True

    def _hand_over(self, message: Any) -> Mapping[str, Any]:
        interface = raw_interface(self.connection)
        raw = to_7bit(_written(message, _SES))
        # Django writes that field instead of `from_email`, which is left to be the envelope's sender.
        is_envelope_apart = "From" in message.extra_headers
        parameters = handed_over(
            raw,
            interface=interface,
            destination=django_destination(message),
            sender=bare_address(str(message.from_email)) if is_envelope_apart else None,
            given=ApiParameters(
                configuration_set=getattr(message, "ses_configuration_set", None),
                message_tags=_tags(getattr(message, "ses_tags", None)),
            ),
            defaults=self._defaults,
        )
        prepared = prepared_with_report(raw, parameters=parameters, interface=interface, config=self._checks.config)
        self._checks.judge(prepared.report)
        response: Mapping[str, Any] = send_prepared(self.connection, prepared)
        return response


class CheckedMixin:
    """Checks messages in front of another backend: `class Backend(CheckedMixin, smtp.EmailBackend)`.

    All messages are checked before the first is sent. What `lint`, `fail_level`, `ignore` and `verified_identities` of
    SESMIME say holds: with "error", the default, Refused is raised and none is sent; with `fail_silently` the refused
    ones are left out and the others sent. `checked_interface` is how the other backend hands messages to SES. The
    messages are not changed.
    """

    checked_interface: ClassVar[Interface] = Interface.SMTP

    def send_messages(self, email_messages: Iterable[EmailMessage]) -> int | None:
        """Check messages, and have the other backend send them; give what it gives."""
        checks = _checks(_given({}))
        taken = [message for message in email_messages if self._is_taken(message, checks)]
        sent: int | None = super().send_messages(taken)  # type: ignore[misc]  # the other backend's
        return sent

    def _is_taken(self, message: Any, checks: Checks) -> bool:
        if checks.lint == "off" or not message.recipients():
            return True
        is_v2 = self.checked_interface.is_v2
        parameters = ApiParameters(
            source=None if is_v2 else bare_address(str(message.from_email)), destination=django_destination(message)
        )
        raw = _written(message, SMTP)
        report = lint(raw, parameters=parameters, interface=self.checked_interface, config=checks.config)
        try:
            checks.judge(report)
        except Refused:
            # Django 6.1 answers with a warning where a backend has no such attribute of its own.
            if getattr_static(self, "fail_silently", None) is not None and self.fail_silently:  # type: ignore[attr-defined]
                return False
            raise
        return True


def _service(interface: Any, client: Any) -> str:
    """Return the name of the service to send by, "ses" or "sesv2", as the settings or a client handed in say."""
    names = " or ".join(RAW_INTERFACES)
    if interface is not None and interface not in tuple(RAW_INTERFACES):
        raise ImproperlyConfigured(f"SESMIME: interface must be {names}, not {quoted(str(interface), 60)}")
    if isinstance(client, Mapping):
        return interface or "ses"
    try:
        found = raw_interface(client)
    except TypeError as error:
        raise ImproperlyConfigured(f"SESMIME: client must be a dict or a client: {error}") from error
    (service,) = (name for name, one in RAW_INTERFACES.items() if one is found)
    if interface not in (None, service):
        raise ImproperlyConfigured(f"SESMIME: interface is {interface}, but the client is one for {service}")
    return service


def _failures() -> tuple[type[Exception], ...]:
    """Return what the calls of a client raise."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return BotoCoreError, ClientError, ResponseParserError


def _written(message: Any, policy: Policy) -> bytes:
    """Return the bytes of a message, lines ended at CRLF; `policy` writes it where Django asks for one."""
    if "policy" in signature(message.message).parameters:  # from Django 6.0 on
        written: bytes = message.message(policy=policy).as_bytes()
        return written
    # As Django's own `as_bytes(linesep="\r\n")`, which parts of other makers do not have.
    stream = BytesIO()
    BytesGenerator(stream, mangle_from_=False).flatten(message.message(), linesep="\r\n")
    return stream.getvalue()


class _Policy(SesPolicy):
    """The SES policy for Django, which takes domains beyond ASCII and writes them in ASCII."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if isinstance(value, str) and not value.isascii() and issubclass(class_of(name), AddressesField):
            found = parse_addresses(value)
            is_readable = all(defect.name == "non-ascii-address" for defect in found.defects)
            if is_readable and not found.groups:
                value = [replace(one, address=address_by_idna_2003(one.address)) for one in found]
        return super().header_store_parse(name, value)


_SES: Final = _Policy()


def _tags(given: Any) -> tuple[MessageTag, ...] | None:
    """Return the tags of a dict, or of pairs; None for None. Numbers and texts that are translated late become str."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        given = [(name, str(value) if isinstance(value, int | Promise) else value) for name, value in given.items()]
    return as_message_tags(given)
