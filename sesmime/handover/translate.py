"""One submission for another interface: `translate`, with the name of each thing that could not be carried.

Three steps. Simple content becomes a raw message (`compose.simple`), whose From and Reply-To say what the parameters
said. Then each setting goes where the other interface reads it: a parameter, an SES field, an ordinary field, the
envelope. At last both are resolved and compared, so that a difference nobody thought of is a loss with a name, too. The
body is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sesmime.compose.simple import raw_from_simple
from sesmime.errors import InvalidMessageTag, InvalidSetting, SesMimeError, UnsupportedSetting, printable, quoted
from sesmime.handover.lift import Lifted, fields_read, unlifted
from sesmime.mime.addresses import format_addresses, parse_addresses
from sesmime.mime.edits import apply_edits, prepend_field, remove_fields, replace_field
from sesmime.mime.fields import HeaderSection, as_source, header_section_end, parse_header_section
from sesmime.mime.held import holding
from sesmime.ses.envelope import RECIPIENT_FIELDS, address_key, envelope_of, one_address
from sesmime.ses.fields import SES_FIELDS, SesFields, writing_edits
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import resolution_of, show_value
from sesmime.ses.recipients import read_recipients
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters, Destination, parameter_name, refuse_unsupported
from sesmime.ses.tags import MessageTag, format_message_tags

_SIMPLE: Final = {Interface.SEND_EMAIL: "Message", Interface.V2_SEND_EMAIL_SIMPLE: "Content"}
_MOST_SHOWN: Final = 100


class Loss(NamedTuple):
    """What could not be carried to another interface.

    `parameter` is the dotted path in the request (`ConfigurationOverrides.Archiving`), the name of a field, or what
    SMTP calls it, escaped; `value` is shown escaped and cut; `reason` says in one sentence why.
    """

    parameter: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.parameter} {self.value}: {self.reason}"


class Translation(NamedTuple):
    """A submission made for another interface, and what it does not say any more."""

    submission: Submission
    lost: tuple[Loss, ...]


@holding
def translate(submission: Submission, interface: Interface | str) -> Translation:
    r"""Return the same submission for another interface, and each thing that could not be carried.

    Among the three raw interfaces everything is carried that they have: SES settings are parameters on the APIs and
    fields over SMTP, and fields where an API has no such parameter; FromEmailAddress and ReplyToAddresses, which take
    the place of fields, are written into them; the envelope of SMTP is Source or FeedbackForwardingEmailAddress, and
    the destination. Flat recipients are divided as the fields To and Cc name them. Simple content of `ses.SendEmail`
    and `sesv2.SendEmail.Simple` becomes a raw message by `raw_from_simple`, or the other one's simple content.

    Raises UnsupportedSetting for other interfaces, for raw content made simple, and for a parameter that the given
    interface does not have; InvalidSetting where the message is missing; and for simple content as `raw_from_simple`
    does. Never raises on the content of a raw message.

    >>> parameters = ApiParameters(message_tags=[("campaign", "spring")], endpoint_id="abc.123")
    >>> message = b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n"
    >>> made = translate(Submission(message, parameters, Interface.V2_SEND_EMAIL_RAW), Interface.SMTP)
    >>> made.submission.message
    b'From: a@b.example\r\nTo: c@d.example\r\nX-SES-MESSAGE-TAGS: campaign=spring\r\n\r\nHi\r\n'
    >>> made.submission.parameters.source, made.submission.parameters.destination.to
    ('a@b.example', ('c@d.example',))
    >>> print(*made.lost)
    EndpointId 'abc.123': smtp has no such parameter
    """
    if not isinstance(submission, Submission):
        raise TypeError(f"a submission is a Submission, not {type(submission).__name__}")
    interface = Interface.given(interface)
    given = submission.interface
    written = SES_FIELDS if given is Interface.SMTP else ()
    refuse_unsupported(submission.parameters, given, written=written)
    if interface is given:
        return Translation(submission, ())
    if given in _SIMPLE and interface in _SIMPLE:
        return _simple_to_simple(submission, interface)
    if not interface.is_raw:
        raise UnsupportedSetting("message", interface, f"what {given.value} sends cannot be made into its content")
    lost: list[Loss] = []
    raw = _with_raw_message(submission, lost)
    if raw.message is None:
        raise InvalidSetting("message", None, f"{given.value} takes a raw message")
    made = raw if raw.interface is interface else _translated(raw, interface, given, lost)
    return Translation(made, tuple(lost))


def _shown(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    text = value if isinstance(value, str) else show_value(value) if isinstance(value, tuple) else repr(value)
    return quoted(text, _MOST_SHOWN)


def _leaves(name: str, value: object) -> Iterator[tuple[str, object]]:
    """Return what stands in nested structures and lists, each with its dotted path, whose names are escaped."""
    waiting: list[tuple[str, object]] = [(printable(name), value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, Mapping) and one:
            waiting += reversed([(f"{path}.{printable(str(key))}", member) for key, member in one.items()])
        elif isinstance(one, list | tuple) and one:
            waiting += reversed([(f"{path}[{number}]", item) for number, item in enumerate(one)])
        else:
            yield path, one


# Simple content


def _with_raw_message(submission: Submission, lost: list[Loss]) -> Submission:
    """Return a raw submission; simple content as what the API v2 would take for it, whose settings say as much."""
    given = submission.interface
    if given.is_raw:
        return submission
    if given not in _SIMPLE:
        raise UnsupportedSetting("message", given, "only the service knows the content of its templates")
    request = submission.to_request()
    message = raw_from_simple(request, given)
    content = _SIMPLE[given]
    lost += _not_kept_in_raw(request[content], content)
    extra = tuple(pair for pair in submission.parameters.extra or () if pair[0] != content)
    parameters = replace(submission.parameters, source=None, reply_to=None, extra=extra or None)
    return Submission(message, parameters, Interface.V2_SEND_EMAIL_RAW)


def _not_kept_in_raw(content: Any, name: str) -> Iterator[Loss]:
    """Return what a request says about the writing of its texts and attachments, which a raw message has of its own."""
    for path, value in _leaves(name, content):
        member = path.rpartition(".")[2]
        if member == "Charset" and isinstance(value, str) and value.lower() not in ("utf-8", "us-ascii", ""):
            yield Loss(path, _shown(value), "texts are written as UTF-8, which says the same")
        elif member == "ContentTransferEncoding" and value not in ("BASE64", None):
            yield Loss(path, _shown(value), "attachments are written in base64, which keeps every octet")


def _simple_to_simple(submission: Submission, interface: Interface) -> Translation:
    """Translate between the simple content of both APIs; only v2 has fields and attachments beside the texts."""
    given, parameters = submission.interface, submission.parameters
    extra = dict(parameters.extra or ())
    lost: list[Loss] = []
    old, new = _SIMPLE[given], _SIMPLE[interface]
    content = extra.pop(old, None)
    if interface.is_v2:
        made: Any = {"Simple": content}
    else:
        simple = content.get("Simple") if isinstance(content, Mapping) else None
        members = dict(simple) if isinstance(simple, Mapping) else {}
        made = {name: members.pop(name) for name in ("Subject", "Body") if name in members}
        for name, value in members.items():
            lost += _not_taken(f"Content.Simple.{name}", value, interface)
    for name in [name for name in extra if name != new]:
        lost += _not_taken(name, extra.pop(name), interface)
    settings: dict[str, Any] = {}
    for setting in ("list_management", "tenant", "endpoint_id"):
        if getattr(parameters, setting) and parameter_name(setting, interface) is None:
            lost += _setting_not_taken(setting, parameters, given, interface)
            settings[setting] = None
    parameters = replace(parameters, **settings, extra=((new, made), *extra.items()))
    return Translation(Submission(None, parameters, interface), tuple(lost))


def _not_taken(name: str, value: object, interface: Interface) -> Iterator[Loss]:
    reason = f"{interface.value} has no such parameter"
    for path, one in _leaves(name, value):
        yield Loss(path, _shown(one), reason)


def _setting_not_taken(setting: str, parameters: ApiParameters, given: Interface, interface: Interface) -> list[Loss]:
    value = getattr(parameters, setting)
    name = parameter_name(setting, given) or setting
    return [Loss(name, quoted(show_value(value), _MOST_SHOWN), f"{interface.value} has no such parameter")]


# Raw messages


class _Step(NamedTuple):
    """The header section with its empty line, and the parameters, on the way from one interface to another."""

    head: bytes
    parameters: ApiParameters

    @property
    def section(self) -> HeaderSection:
        return parse_header_section(self.head)


def _translated(raw: Submission, interface: Interface, named: Interface, lost: list[Loss]) -> Submission:
    """Translate a raw submission; `named` is the interface whose names of parameters the losses bear."""
    source = as_source(raw.message or b"")
    _, start = header_section_end(source)
    step = _Step(bytes(source[:start]), raw.parameters)
    for setting in ("endpoint_id", "extra"):
        if setting == "endpoint_id" and step.parameters.endpoint_id:
            lost += _setting_not_taken(setting, step.parameters, named, interface)
        for name, value in step.parameters.extra or () if setting == "extra" else ():
            lost += _not_taken(name, value, interface)
    step = step._replace(parameters=replace(step.parameters, endpoint_id=None, extra=None))
    step = _with_recipients(step, raw.interface, interface, named, lost)
    step = _with_settings(step, raw.interface, interface, named, lost)
    step = _with_addresses(step, raw.interface, interface, named, lost)
    head, parameters = step
    message = raw.message if head == source[:start] else b"".join((head, memoryview(source)[start:]))
    made = Submission(message, parameters, interface)
    lost += _differences(raw, made, named, lost)
    return made


# Recipients


def _with_recipients(step: _Step, given: Interface, interface: Interface, named: Interface, lost: list[Loss]) -> _Step:
    """Return the destination as the interface has it: three lists, one, or RCPT TO, which says all there is."""
    head, parameters = step
    destination = parameters.destination
    if not destination:
        if interface is not Interface.SMTP:
            return step
        # The envelope of SMTP is all that counts: what the API reads in the fields becomes it, and Bcc leaves.
        section = step.section
        received = envelope_of(section, parameters=parameters, interface=given).recipients
        for field in section.all("Bcc"):
            if read_recipients(field.body).is_one_lost:
                lost.append(Loss("Bcc", _shown(field.body), "not all of it is readable as addresses; it is removed"))
        head = remove_fields(head, "Bcc")
        made = Destination([str(address) for address in received]) if received else None
        return _Step(head, replace(parameters, destination=made))
    if interface is Interface.SMTP:
        destination = Destination(*(map(_bare, texts) for texts in _lists(destination)))
        for name, texts, kept in zip(
            RECIPIENT_FIELDS, _lists(parameters.destination), _lists(destination), strict=True
        ):
            for text, address in zip(texts, kept, strict=True):
                if text != address:
                    lost.append(Loss(name, _shown(text), "RCPT TO is a bare address, without display name"))
    if interface.is_v2:
        if not destination.cc and not destination.bcc:
            destination = _divided(destination, step.section)
    else:
        flat = Destination(destination.all)
        if (destination.cc or destination.bcc) and _divided(flat, step.section) != destination:
            name = parameter_name("destination", named) or "destination"
            for which, texts in zip(("ToAddresses", "CcAddresses", "BccAddresses"), _lists(destination), strict=True):
                if texts and which != "ToAddresses":
                    reason = f"{interface.value} has one list of recipients; they stand in it, to be sent to alike"
                    lost.append(Loss(f"{name}.{which}", quoted(", ".join(texts), _MOST_SHOWN), reason))
        destination = flat
    return _Step(head, replace(parameters, destination=destination))


def _lists(destination: Destination | None) -> tuple[tuple[str, ...], ...]:
    return ((), (), ()) if destination is None else (destination.to, destination.cc, destination.bcc)


def _divided(flat: Destination, section: HeaderSection) -> Destination:
    """Return one list of recipients as three: Cc has those that the Cc fields name, Bcc those that no field shows."""
    where: dict[str, str] = {}
    for name in ("To", "Cc"):
        for field in section.all(name):
            for address in read_recipients(field.body).addresses:
                where.setdefault(address_key(address), name)
    if not where:
        return flat
    names = [(where.get(address_key(_bare(text)), "Bcc"), text) for text in flat.all]
    return Destination(*([text for name, text in names if name == one] for one in RECIPIENT_FIELDS))


def _bare(text: str) -> str:
    return one_address(text) or text


# SES settings


def _with_settings(step: _Step, given: Interface, interface: Interface, named: Interface, lost: list[Loss]) -> _Step:
    """Return what the SES fields may say where the interface reads it surest."""
    head, parameters = step
    values = {name: value for name in SES_FIELDS if (value := getattr(parameters, name))}
    if given is Interface.V2_SEND_EMAIL_RAW and "source_arn" in values:
        values["from_arn"] = values["source_arn"]  # FromEmailAddressIdentityArn says both
    if interface.is_v2 and ("source_arn" in values or "from_arn" in values):
        resolution = resolution_of(step.section, parameters=parameters, interface=given, lifting=True)
        source_arn, from_arn = resolution.source_arn, resolution.from_arn
        # Where they differ one parameter cannot say both: SES reads them in the fields.
        values |= {"source_arn": source_arn, "from_arn": None if from_arn == source_arn else from_arn}
        values = {name: value for name, value in values.items() if value}
    as_fields = {
        name: value
        for name, value in values.items()
        if parameter_name(name, interface) is None
        or (name == "source_arn" and interface.is_v2 and "from_arn" in values)
    }
    written: dict[str, Any] = {}
    for name, value in as_fields.items():
        written[name] = _writable(name, value, named, lost)
    as_parameters = {name: value for name, value in values.items() if name not in as_fields}
    head = apply_edits(head, writing_edits(head, SesFields(**written), settings=tuple(written)))
    parameters = replace(parameters, **(dict.fromkeys(SES_FIELDS, None) | as_parameters))
    if given is Interface.SMTP:
        lifted: Lifted = fields_read(
            parse_header_section(head),
            unlifted(parse_header_section(head), parameters, interface),
            interface,
        )
        head, parameters = lifted.applied_to(head), lifted.parameters
    return _Step(head, parameters)


def _writable(setting: str, value: Any, named: Interface, lost: list[Loss]) -> Any:
    """Return of a value what can be written as a field, None for nothing; the rest is lost."""
    name = parameter_name(setting, named) or SES_FIELDS[setting].name
    if setting != "message_tags":
        try:
            SES_FIELDS[setting].write(value)
        except SesMimeError:
            form = SES_FIELDS[setting].form
            reason = f"it cannot be written as {SES_FIELDS[setting].name}, which is {form}"
            lost.append(Loss(name, quoted(show_value(value), _MOST_SHOWN), reason))
            return None
        return value
    kept: list[MessageTag] = []
    for number, tag in enumerate(value):
        try:
            format_message_tags([*kept, tag])
        except InvalidMessageTag as error:
            reason = f"it cannot be written as X-SES-MESSAGE-TAGS: {error.reason}"
            lost.append(Loss(f"{name}[{number}]", _shown(f"{tag.name}={tag.value}"), reason))
        else:
            kept.append(tag)
    return tuple(kept) or None


# Source, return path, Reply-To


def _with_addresses(step: _Step, given: Interface, interface: Interface, named: Interface, lost: list[Loss]) -> _Step:
    """Return who sends, who hears of bounces and whom readers answer, as the interface is told."""
    head, parameters = step
    source, return_path = parameters.source or None, parameters.return_path or None
    if given.is_v2:
        # What takes the place of fields is written into them, as SES would.
        head, is_source_written = _in_field(head, "From", (source,) if source else (), "source", named, lost)
        head, _ = _in_field(head, "Reply-To", parameters.reply_to or (), "reply_to", named, lost)
        sent = parameters if is_source_written else replace(parameters, source=None)
        told = envelope_of(parse_header_section(head), parameters=replace(sent, reply_to=None), interface=given)
        sender, feedback = told.sender, told.feedback
        if interface is Interface.SMTP:
            source = str(feedback) if feedback is not None else None
        elif return_path is not None and (sender is None or _key(return_path) != _key(sender)):
            source = None
            head, _ = _in_field(head, "Return-Path", (return_path,), "return_path", named, lost)
        else:
            source = return_path or (source if is_source_written else None)
    elif interface.is_v2:
        has_from = "From" in parse_header_section(head)
        # FromEmailAddress would take the place of the From field; without one it makes it.
        return_path, source = (source, None) if has_from else (None, source)
        return _Step(head, replace(parameters, source=source, return_path=return_path))
    elif interface is Interface.SMTP:
        feedback = envelope_of(parse_header_section(head), parameters=parameters, interface=given).feedback
        if source is None:
            source = None if feedback is None else str(feedback)
        elif _bare(source) != source:
            name = parameter_name("source", named) or "source"
            lost.append(Loss(name, _shown(source), "MAIL FROM is a bare address, without display name"))
            source = _bare(source)
    return _Step(head, replace(parameters, source=source, return_path=None, reply_to=None))


def _key(text: str) -> str:
    return address_key(_bare(text))


def _in_field(
    head: bytes, name: str, texts: tuple[str, ...], setting: str, named: Interface, lost: list[Loss]
) -> tuple[bytes, bool]:
    """Write addresses into a field, which says then what the parameter would have made SES write."""
    if not texts:
        return head, False
    section = parse_header_section(head)
    standing = section.all(name)
    if len(standing) == 1 and standing[0].body.strip(" \t") == ", ".join(texts):
        return head, True
    try:
        mailboxes = [mailbox for text in texts for mailbox in _mailboxes(text)]
        body = format_addresses(mailboxes)
        if name == "Return-Path":
            body = f"<{mailboxes[0].address}>" if hasattr(mailboxes[0], "address") else f"<{_bare(texts[0])}>"
            # A trace field: it stands first (RFC 5322 section 3.6.7).
            return (replace_field if standing else prepend_field)(head, name, body), True
        return replace_field(head, name, body), True
    except SesMimeError as error:
        parameter = parameter_name(setting, named) or name
        reason = f"it cannot be written into {name}: {getattr(error, 'reason', error)}"
        lost.append(Loss(parameter, quoted(", ".join(texts), _MOST_SHOWN), reason))
        return head, False


def _mailboxes(text: str) -> tuple[Any, ...]:
    found = parse_addresses(text)
    return found.mailboxes if found.mailboxes and not found.defects and not found.groups else (text,)


# What differs


def _says_both(submission: Submission, setting: str) -> str:
    """Return the setting that says what `setting` does: FromEmailAddressIdentityArn takes the place of both fields."""
    is_said = setting == "from_arn" and submission.interface.is_v2 and submission.parameters.source_arn
    return "source_arn" if is_said else setting


def _differences(raw: Submission, made: Submission, named: Interface, lost: list[Loss]) -> Iterator[Loss]:
    """Return what SES would take otherwise and no loss names yet."""
    told = {loss.parameter.partition("[")[0].partition(".")[0] for loss in lost}
    before, after = (
        resolution_of(
            parse_header_section(one.message or b""), parameters=one.parameters, interface=one.interface, lifting=True
        )
        for one in (raw, made)
    )
    for setting, row in SES_FIELDS.items():
        by = _says_both(raw, setting)
        value, kept = getattr(before, by), getattr(after, _says_both(made, setting))
        if value and kept != value:
            name = parameter_name(by, named) if getattr(raw.parameters, by) else row.name
            if (name or row.name) not in told:  # pragma: no cover, no submission is known to lose one untold
                reason = f"{made.interface.value} would take {quoted(show_value(kept), 60)}"
                yield Loss(name or row.name, quoted(show_value(value), _MOST_SHOWN), reason)
    was, now = (envelope_of(one.message, parameters=one.parameters, interface=one.interface) for one in (raw, made))
    if was.sender is not None and (now.sender is None or address_key(now.sender) != address_key(was.sender)):
        name = was.sender.field
        if name not in told:
            other = "nobody" if now.sender is None else quoted(now.sender, 60)
            yield Loss(
                name,
                _shown(str(was.sender)),
                f"{made.interface.value} has one sender here: {other} is checked, and named as source in events",
            )
    if was.feedback is not None and (now.feedback is None or address_key(now.feedback) != address_key(was.feedback)):
        name = was.feedback.field
        if name not in told:
            other = "nobody" if now.feedback is None else quoted(now.feedback, 60)
            yield Loss(name, _shown(str(was.feedback)), f"bounces and complaints would go to {other}")
    reached = {address_key(address) for address in now.recipients}
    for address in was.recipients:
        if address_key(address) not in reached:  # pragma: no cover, no submission is known to lose one on the way
            yield Loss(address.field, _shown(str(address)), f"{made.interface.value} would not send to it")
