"""A mixin that checks messages in front of another backend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import getattr_static
from typing import Any, ClassVar

from django.core.mail import EmailMessage

from sesmime.django.messages import bare_address, django_destination
from sesmime.django.settings import checks_of, given_settings
from sesmime.django.writing import written
from sesmime.errors import Refused
from sesmime.linter.checks import Checks
from sesmime.linter.findings import Report
from sesmime.linter.run import lint
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters


class CheckedMixin:
    """Checks messages in front of another backend: `class Backend(CheckedMixin, smtp.EmailBackend)`.

    All messages are checked before the first is sent. What `lint`, `fail_level`, `ignore` and `verified_identities` of
    SESMIME say holds: with "error", the default, Refused is raised and none is sent; with `fail_silently` the refused
    ones are left out and the others sent. `checked_interface` is how the other backend hands messages to SES. In front
    of anymail's backend for SES the requests that it makes of the messages are checked, templates too; there
    `checked_interface` says nothing. The messages are not changed.
    """

    checked_interface: ClassVar[Interface] = Interface.SMTP

    def send_messages(self, email_messages: Iterable[EmailMessage]) -> int | None:
        """Check messages, and have the other backend send them; give what it gives."""
        checks = checks_of(given_settings())
        taken = [message for message in email_messages if self._is_taken(message, checks)]
        sent: int | None = super().send_messages(taken)  # type: ignore[misc]  # the other backend's
        return sent

    def _is_taken(self, message: Any, checks: Checks) -> bool:
        if checks.lint == "off" or not message.recipients():
            return True
        try:
            checks.judge(self._report(message, checks))
        except Refused:
            # Django 6.1 answers with a warning where a backend has no such attribute of its own.
            if getattr_static(self, "fail_silently", None) is not None and self.fail_silently:  # type: ignore[attr-defined]
                return False
            raise
        return True

    def _report(self, message: Any, checks: Checks) -> Report:
        if callable(getattr(self, "build_message_payload", None)):
            submission = self._anymail_submission(message)
            if submission is not None:
                return lint(submission, config=checks.config)
        is_v2 = self.checked_interface.is_v2
        parameters = ApiParameters(
            source=None if is_v2 else bare_address(str(message.from_email)), destination=django_destination(message)
        )
        return lint(written(message), parameters=parameters, interface=self.checked_interface, config=checks.config)

    def _anymail_submission(self, message: Any) -> Submission[Any] | None:
        """Return what anymail would send, None where its backend is not one for SES; raises what anymail raises."""
        backend: Any = self
        payload = backend.build_message_payload(message, backend.send_defaults)
        operation = getattr(payload, "api_name", None)
        if operation not in ("send_email", "send_bulk_email"):
            return None
        payload.finalize_payload()
        params: Mapping[str, Any] = payload.params
        is_bulk = operation == "send_bulk_email"
        interface = Interface.V2_SEND_BULK_EMAIL if is_bulk else Interface.V2_SEND_EMAIL_RAW
        return Submission.from_request(params, interface)
