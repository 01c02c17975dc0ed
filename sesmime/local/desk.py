"""The desk: where a call of the API or a message by SMTP arrives, whatever server it came through.

It knows the options, the account's state, the inbox and the publisher of events, and which function answers which
operation. The server, the page and the mock in a process stand on it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from sesmime.local.answers import Answer, Refusal, error_answer
from sesmime.local.calls import Call, result_answer
from sesmime.local.checking import check_parameters
from sesmime.local.inbox import Inbox, Keeper, Kept, NotKept
from sesmime.local.options import Options
from sesmime.local.state import State
from sesmime.ses.events.carrying import VALIDATION_TEXT
from sesmime.ses.interfaces import OPERATIONS as SENDING

_LOG: Final = logging.getLogger("sesmime.local")


class Publisher(Protocol):
    """Makes the events of a message that was taken, and publishes them."""

    def taken(self, kept: Kept) -> None:
        """A message was taken: publish Send, and what its recipients bring."""

    def validated(self, region: str, topic_arn: str, text: str = VALIDATION_TEXT) -> None:
        """A topic was given: publish the message to it that is no event."""

    def close(self) -> None:
        """Publish what is waiting, and end."""


class Silent:
    """A publisher that publishes nothing."""

    def taken(self, kept: Kept) -> None:
        """Publish nothing."""

    def validated(self, region: str, topic_arn: str, text: str = VALIDATION_TEXT) -> None:
        """Publish nothing."""

    def close(self) -> None:
        """End nothing."""


class Desk:
    """One local SES, without its servers; `operations` has the function for each (service, operation)."""

    def __init__(
        self,
        options: Options | None = None,
        *,
        operations: Mapping[tuple[str, str], Operation],
        publisher: Publisher | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self._operations = operations
        self.options = options if options is not None else Options()
        self.state = State(sandbox=self.options.sandbox, verified=self.options.verified_identities)
        self.inbox = Inbox(max_messages=self.options.max_messages, max_bytes=self.options.max_bytes, keeper=keeper)
        self.publisher: Publisher = publisher if publisher is not None else Silent()

    def answer(self, call: Call) -> Answer:
        """Answer a call: its result, or the error that SES is expected to give.

        A fault of ours is logged and answered as AWS answers its own, so that a client sees no HTML.
        """
        try:
            return result_answer(call, self.handle(call))
        except Refusal as refusal:
            return error_answer(call.service, refusal, request_id=call.request_id)
        except NotKept as error:
            _LOG.error("a message was not taken, the store cannot be written: %s", error)
            text = f"The store of the local SES cannot be written: {error}"
            return error_answer(call.service, Refusal("InternalFailure", text, status=500), request_id=call.request_id)
        except Exception:  # noqa: BLE001 a fault of ours must not reach a client as HTML
            _LOG.exception("the operation %s of the local SES failed", call.operation)
            fault = Refusal("InternalFailure", "The local SES failed; its log says how", status=500)
            return error_answer(call.service, fault, request_id=call.request_id)

    def handle(self, call: Call) -> Mapping[str, Any]:
        """Return the result of a call, with the model's names; raises `Refusal`."""
        handler = self._operations.get((call.service, call.operation))
        if handler is None:
            raise not_built(call.service, call.operation)
        if f"{call.service}.{call.operation}" not in SENDING:
            check_parameters(call.service, call.operation, call.parameters)
        return handler(self, call)

    def verify(self, name: str, *, region: str | None = None) -> bool:
        """Verify an identity that was created with the option `pending`; return whether there is one of that name.

        `region` None is that of SMTP.
        """
        with self.state.lock:
            found = self.state.region(region or self.options.smtp_region).identities.get(name)
            if found is not None:
                found.verified = True
                self.state.changed.set()
            return found is not None


# Gives the result of a call, by the model's names; raises `Refusal`.
Operation = Callable[[Desk, Call], Mapping[str, Any]]


def not_built(service: str, operation: str) -> Refusal:
    """Return the clear answer for an operation that the local SES does not have."""
    code = "InvalidAction" if service == "ses" else "NotImplementedException"
    return Refusal(code, f"sesmime's local SES does not have the operation {operation}", status=501)
