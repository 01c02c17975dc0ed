"""One message to many: `prepare_many` makes each recipient's copy ready, and looks at the body once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from sesmime.compose.build import Fields, Mould
from sesmime.errors import InvalidSetting, UnsupportedSetting
from sesmime.handover.lift import lift as lifted_of
from sesmime.handover.lift import unlifted
from sesmime.handover.prepare import Pieces, prepared_pieces
from sesmime.handover.prepared import Prepared
from sesmime.handover.series import Order, Series
from sesmime.linter.checks import Checks
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.addresses import Mailbox
from sesmime.mime.fields import Message, as_source, fold_case, header_section_end, parse_header_section
from sesmime.mime.held import holding
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, refuse_unsupported

Recipient: TypeAlias = str | Mailbox | tuple[str | Mailbox, Fields]


def prepare_many(
    message: Message,
    recipients: Iterable[Recipient],
    *,
    fields: Fields | Callable[[str | Mailbox], Fields] = (),
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    fix: bool = True,
    lift: bool = True,
    fail_level: Severity = Severity.ERROR,
    config: LintConfig = LintConfig(),
) -> Iterator[Prepared[Any]]:
    r"""Make one message ready for each of many recipients: what `prepare` makes of `readdress(message, to=…)`.

    A recipient is an address, or a pair of an address and the fields of its copy. `fields` are those of every copy, or
    a function that returns them for an address; a recipient's own take the place of those of the same name. Everything
    else is as in `prepare` and `readdress`: To, Cc and Bcc of the message give way to the recipient, and each copy has
    a Message-ID of its own. The body is neither copied nor looked at again.

    The copies are made one by one, when they are asked for. An error is that of one copy: it is raised by that `next`,
    and the following one goes on with the next recipient. Raises as `prepare` and `readdress` do, and InvalidSetting at
    once where the parameters have a destination.

    >>> newsletter = b"From: a@b.example\r\nTo: list@b.example\r\nSubject: News\r\n\r\nHello\r\n"
    >>> everybody = ["joe@c.example", ("zoe@d.example", {"List-Unsubscribe": "<https://b.example/u/2>"})]
    >>> for prepared in prepare_many(newsletter, everybody):
    ...     print(prepared.parameters.destination.to, b"List-Unsubscribe" in prepared.message)
    ('joe@c.example',) False
    ('zoe@d.example',) True
    """
    interface, checks = Interface.given(interface), Checks(level=fail_level, config=config)
    if not interface.is_raw:
        raise UnsupportedSetting("message", interface, "it does not accept a raw message")
    refuse_unsupported(parameters, interface, written=SES_FIELDS if lift and interface is Interface.SMTP else ())
    if parameters.destination:
        raise InvalidSetting("destination", parameters.destination, "each copy goes to its own recipient")
    if isinstance(recipients, str | bytes | Mailbox):
        raise TypeError(f"recipients are many, not one {type(recipients).__name__}")
    source = as_source(message)
    _, start = header_section_end(source)
    twin = Outgoing(source, body_start=start, parameters=parameters, interface=interface)
    order = Order(source, start, parameters, interface, fix, lift, config, twin)
    return _Copies(order, iter(recipients), fields, checks)


class _Copies:
    """The copies, made one by one; what one raises ends none of the others, as it would end a generator."""

    def __init__(
        self,
        order: Order,
        recipients: Iterator[Recipient],
        fields: Fields | Callable[[str | Mailbox], Fields],
        checks: Checks,
    ) -> None:
        self._order = order
        # It needs no more of the body than the empty line before it.
        self._mould = Mould(bytes(order.source[: order.start]))
        self._recipients = recipients
        self._fields = fields
        self._checks = checks
        self._series: Series | None = None
        self._is_tried = False

    def __iter__(self) -> _Copies:
        return self

    @holding
    def __next__(self) -> Prepared[Any]:
        recipient = next(self._recipients)
        own: Fields = ()
        if isinstance(recipient, tuple) and not isinstance(recipient, Mailbox):
            recipient, own = recipient
        lines = self._mould.lines(to=recipient, fields=self._fields_for(recipient, own))
        prepared = None if self._series is None else self._series.copy(lines)
        if prepared is None:
            prepared = self._alone(lines)
        self._checks.judge(prepared.report)
        return prepared

    def _alone(self, lines: Mapping[str, bytes]) -> Prepared[Any]:
        """Make a copy by itself; the first one made so tells what holds for the others."""
        order, mould = self._order, self._mould
        head = mould.head(lines) + bytes(mould.rest)
        if not self._is_tried:
            self._is_tried = True
            section = parse_header_section(head)
            lifted = (lifted_of if order.lift else unlifted)(section, order.parameters, order.interface)
            self._series = Series.of(mould, order, lifted)
        return prepared_pieces(
            Pieces(head, order.source, order.start),
            parameters=order.parameters,
            interface=order.interface,
            fix=order.fix,
            lift=order.lift,
            config=order.config,
            twin=order.twin,
        )

    def _fields_for(self, recipient: str | Mailbox, own: Fields) -> list[tuple[str, str]]:
        common = self._fields(recipient) if callable(self._fields) else self._fields
        pairs, others = (list(one.items() if isinstance(one, Mapping) else one) for one in (own, common))
        if pairs and others:
            names = {fold_case(name) for name, _ in pairs}
            others = [pair for pair in others if fold_case(pair[0]) not in names]
        return others + pairs
