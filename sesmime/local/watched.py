"""What a test asks a local SES, a server or one in its process: what was taken, and what became of it."""

from __future__ import annotations

from sesmime.events import Event, read_events
from sesmime.local.desk import Desk
from sesmime.local.inbox import Inbox, Kept
from sesmime.local.options import Options
from sesmime.local.publishing import EventPublisher


class Watched:
    """A desk with its publisher of events; a base of `LocalSes` and `StrictSes`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.publisher = EventPublisher(desk.state, desk.inbox)
        desk.publisher = self.publisher

    @property
    def inbox(self) -> Inbox:
        """All that was handed over, what was refused too; it can be waited for."""
        return self.desk.inbox

    @property
    def outbox(self) -> tuple[Kept, ...]:
        """The mails that were taken and go out, in order: as they would be delivered, of a bulk call each entry.

        What was refused, and what fails to be rendered, stands in `inbox` alone.
        """
        taken = (kept for kept in self.inbox if kept.message_id is not None and kept.rendering_failure is None)
        return tuple(reversed(tuple(taken)))

    @property
    def events(self) -> tuple[Event, ...]:
        """The events so far of all that is in the inbox, in the order of their making.

        It waits until those of all messages have been published; raises TimeoutError where that takes ten seconds.
        """
        if not self.publisher.drain():
            raise TimeoutError("the events are still being published: an endpoint may be slow to answer")
        made = sorted((event for kept in self.inbox for event in kept.events), key=lambda event: event.timestamp)
        return tuple(event for one in made for event in read_events(one.record))

    def reset(self, options: Options | None = None) -> None:
        """Begin anew, by other options if they are given: an empty inbox, and an account that has nothing.

        The account's other services (SNS, SQS, S3 and what else moto has) are emptied too, but not while moto's
        `mock_aws` is active in this process, as they are its own then.
        """
        self.publisher.drain()
        if options is not None:
            self.desk.options = options
        options = self.desk.options
        self.desk.state.reset(sandbox=options.sandbox, verified=options.verified_identities)
        self.inbox.empty(max_messages=options.max_messages, max_bytes=options.max_bytes)
        _reset_moto()


def _reset_moto() -> None:
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data
    from moto.core.models import MockAWS

    if not MockAWS._mocks_active:
        BackendDict.reset()
        reset_model_data()
