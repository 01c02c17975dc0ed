"""For tests of programs that send mail: what they sent, whether SES is expected to take it, and two messages compared.

The pytest plugin (`sesmime.pytest_plugin`) is made of these; they work without it and in any other framework.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.message import Message as EmailMessage
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sesmime.errors import InvalidSetting
from sesmime.handover.prepared import Prepared
from sesmime.linter import checks as linter_checks
from sesmime.linter.findings import Report, Severity
from sesmime.linter.listing import is_known_start, nearest_rule
from sesmime.linter.output import Examined, Style
from sesmime.linter.output.full import render
from sesmime.linter.run import custom_rules, lint
from sesmime.mime.entity import parse
from sesmime.mime.fields import Message
from sesmime.policy.writer import message_to_bytes
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters
from sesmime.testing.canonical import VOLATILE_FIELDS, canonical_text
from sesmime.testing.comparison import VOLATILE, Difference, compare_messages, difference_text
from sesmime.testing.outbox import Outbox, Sent, of_django_message, record_sent

if TYPE_CHECKING:
    from sesmime.testing.events import EventMaker

__all__ = [
    "Checks",
    "Difference",
    "EventMaker",
    "Outbox",
    "Sent",
    "assert_same_message",
    "assert_ses_ok",
    "canonical",
    "compare_messages",
    "record_sent",
]

# What is taken for a message; `Any` is Django's EmailMessage, or what the outbox of a local SES holds.
Checkable: TypeAlias = Message | EmailMessage | Sent | Prepared | Submission | Any
_NOTHING_SENT: Final = "nothing was sent: there is no message to check"

_WIDTH: Final = 100
# The rules that the first line names: it is what a summary of many tests shows.
_MOST_NAMED: Final = 4
# The messages whose findings are shown, of many that fail.
_MOST_SHOWN: Final = 5
_CODES: Final = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks(linter_checks.Checks):
    """How messages are checked: what fails, by which rules, and by which interface those are sent that do not say."""

    interface: Interface = Interface.SEND_RAW_EMAIL

    def changed(
        self,
        *,
        interface: str | None = None,
        level: Severity | str | None = None,
        select: Iterable[str] | str | None = None,
        extend_select: Iterable[str] | str = (),
        ignore: Iterable[str] | str = (),
        verified_identities: Iterable[str] = (),
    ) -> Checks:
        """Return the same with what is said here.

        `extend_select`, `ignore` and `verified_identities` add, the others take the place.

        Interfaces are `ses`, `sesv2`, `smtp` and their full names; levels `error`, `warning`, `info`. Codes may stand
        in one str. Raises InvalidSetting for what is none of these, TypeError for values of other types.
        """
        config = self.config
        return replace(
            self,
            interface=self.interface if interface is None else _raw_interface(interface),
            level=self.level if level is None else _level(level),
            config=replace(
                config,
                select=config.select if select is None else _codes("select", select),
                extend_select=(*config.extend_select, *_codes("extend_select", extend_select)),
                ignore=(*config.ignore, *_codes("ignore", ignore)),
                verified_identities=(*config.verified_identities, *_texts("verified_identities", verified_identities)),
            ),
        )

    def with_custom_rules(self) -> Checks:
        """Return the same with the rules of other packages, which `sesmime lint` runs too; raises what loading does."""
        return replace(self, config=replace(self.config, rules=custom_rules()))


def assert_ses_ok(
    message: Checkable | Sequence[Checkable],
    *,
    interface: str | None = None,
    parameters: ApiParameters | None = None,
    ignore: Iterable[str] | str = (),
    select: Iterable[str] | str | None = None,
    level: Severity | str = Severity.ERROR,
    verified_identities: Iterable[str] = (),
) -> Report:
    r"""Fail if SES is expected to refuse a message, or to lose some of it; give all findings otherwise.

    `message` is bytes, an EmailMessage of Python or of Django, what `ses_outbox` holds, or what `prepare` gives; the
    last two say by which interface and with which parameters they are sent, and Django's message says its envelope.
    A list of these, such as `ses_outbox` itself, is checked one by one, and fails if it is empty. What is given here
    wins; without either the interface is SendRawEmail. Findings at or above `level` fail, but for the codes and
    beginnings of codes in `ignore`.

    Raises AssertionError with each finding, its place and the text expected from SES, or if a message could not be
    read when it was sent; InvalidSetting and TypeError for wrong options, and what writing an EmailMessage raises.

    >>> assert_ses_ok(b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n")
    ()
    """
    __tracebackhide__ = True
    checks = Checks().changed(level=level, select=select, ignore=ignore, verified_identities=verified_identities)
    text, report = checked(message, checks, interface=interface, parameters=parameters)
    if text:
        raise AssertionError(text)
    return report


def assert_same_message(one: Checkable, other: Checkable, *, ignore: Iterable[str] = VOLATILE) -> None:
    r"""Fail if two messages differ for a reader in a field, in the tree of their parts or in a content.

    Each is what `assert_ses_ok` takes. `ignore` names fields that are not looked at in any part; boundaries and what
    else `compare_messages` says are set aside. Raises AssertionError with each difference.

    >>> assert_same_message(b"Subject: =?utf-8?q?Hi?=\r\n\r\nHello\r\n", b"Subject: Hi\n\nHello\n")
    """
    __tracebackhide__ = True
    differences = compare_messages(_message("one", one), _message("other", other), ignore=ignore)
    if differences:
        places = [
            f"  {name} was sent at {sent.origin}"
            for name, sent in (("one", one), ("other", other))
            if isinstance(sent, Sent) and sent.origin is not None
        ]
        raise AssertionError("\n".join((difference_text(differences), *places)))


def canonical(message: Checkable, *, ignore: Iterable[str] = VOLATILE_FIELDS) -> str:
    r"""Return a message as a text that stays the same from run to run, for syrupy, inline-snapshot or `==`.

    The message is one that `assert_ses_ok` takes. Set aside are the fields that `ignore` names (dates, Message-ID, what
    is put to a message on its way, signatures), boundaries, and how it is written: folds, encoded words, transfer
    encodings, line ends. Content-IDs become `cid-1` and so on, in texts too. Fields stand in a fixed order, parts in
    theirs; texts are decoded, other contents told by size and digest. Raises TypeError where there is no message.

    >>> print(canonical(b"Date: now\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@b.example\r\n\r\nHi\r\n"))
    From: a@b.example
    Subject: Grüße
    Content-Type: text/plain (not said)
    <BLANKLINE>
    Hi
    <BLANKLINE>
    """
    return canonical_text(parse(_message("message", message)), ignore=ignore)


def checked(
    message: Checkable | Sequence[Checkable],
    checks: Checks,
    *,
    interface: str | None = None,
    parameters: ApiParameters | None = None,
) -> tuple[str, Report]:
    """Check a message or each of several: what there is to say if one fails, else "", and all findings."""
    __tracebackhide__ = True
    if not isinstance(message, list | tuple):
        return _checked("message", message, checks, interface, parameters)
    if not message:
        return _NOTHING_SENT, Report()
    results = [
        _checked(f"message {number}", one, checks, interface, parameters) for number, one in enumerate(message, 1)
    ]
    texts = [text for text, _ in results if text]
    if len(texts) > _MOST_SHOWN:
        texts[_MOST_SHOWN:] = [f"and {len(texts) - _MOST_SHOWN} more of {len(results)} messages"]
    return "\n\n".join(texts), Report.of(finding for _, report in results for finding in report)


def _checked(
    name: str, message: Checkable, checks: Checks, interface: str | None, parameters: ApiParameters | None
) -> tuple[str, Report]:
    __tracebackhide__ = True
    submission = _submission(message, checks, interface, parameters)
    told = f"{name}, sent by {submission.interface.value}"
    if isinstance(message, Sent) and message.unread is not None:
        where = "" if message.origin is None else f"\nsent at {message.origin}"
        return f"{told}, cannot be checked: {message.unread}{where}", Report()
    octets = None if submission.message is None else bytes(submission.message)
    report = lint(octets, parameters=submission.parameters, interface=submission.interface, config=checks.config)
    failing = checks.failing(report)
    if not failing:
        return "", report
    examined = Examined(name, None, None, octets, submission.interface, failing)
    rules = list(dict.fromkeys(f"{finding.code} {finding.name}" for finding in failing))
    if len(rules) > _MOST_NAMED:
        rules[_MOST_NAMED:] = [f"and {len(rules) - _MOST_NAMED} more"]
    head = [f"{', '.join(rules)} in {told}"]
    if isinstance(message, Sent):
        head.append(message.summary)
        if message.origin is not None:
            head.append(f"sent at {message.origin}")
    blocks = "".join(render([examined], Style(_WIDTH)))
    return "\n".join([*head, "", blocks]).rstrip(), report


# What is taken for a message


def _submission(
    message: Checkable, checks: Checks, interface: str | None, parameters: ApiParameters | None
) -> Submission:
    """Return how a message is sent; what is told here wins over what it says itself."""
    __tracebackhide__ = True
    chosen = checks.interface if interface is None else _interface(interface)
    found: Submission
    if isinstance(message, Sent):
        found = message.submission
    elif isinstance(message, Prepared):
        found = Submission(message.message, message.parameters, message.interface)
    elif isinstance(message, Submission):
        found = message
    elif isinstance(kept := getattr(message, "submission", None), Submission):
        found = kept  # of a local SES
    elif _is_djangos(message):
        found = of_django_message(message, chosen)
    else:
        octets = None if message is None and not chosen.is_raw else _message("message", message)
        found = Submission(octets, ApiParameters(), chosen)
    return Submission(
        found.message,
        found.parameters if parameters is None else parameters,
        found.interface if interface is None else chosen,
    )


def _message(name: str, message: Checkable) -> Message:
    """Return the bytes of a message. Raises TypeError where there are none."""
    __tracebackhide__ = True
    if isinstance(message, EmailMessage):
        return message_to_bytes(message)
    octets: Any = message
    if isinstance(message, Sent | Prepared | Submission):
        octets = message.message
        if octets is None:
            raise TypeError(f"{name}, sent by {message.interface.value}, has no message")
    elif _is_djangos(message):
        octets = octets.message().as_bytes()
    if isinstance(octets, Message):
        return octets
    raise TypeError(f"{name} must be bytes, an EmailMessage or a Sent, not {type(message).__name__}")


def _is_djangos(message: object) -> bool:
    # Told by what it can do, so that Django need not be there.
    return all(callable(getattr(message, name, None)) for name in ("message", "recipients"))


# Options


def _interface(name: str) -> Interface:
    if not isinstance(name, str):
        raise TypeError(f"interface must be a str, not {type(name).__name__}")
    try:
        return Interface.of(name)
    except ValueError:
        reason = f"it must be ses, sesv2, smtp, or a full name such as {Interface.V2_SEND_EMAIL_RAW.value}"
        raise InvalidSetting("interface", name, reason) from None


def _raw_interface(name: str) -> Interface:
    interface = _interface(name)
    if not interface.is_raw:
        raise InvalidSetting("interface", name, "it does not accept a raw message")
    return interface


def _level(level: Severity | str) -> Severity:
    try:
        return Severity.of(level)
    except (TypeError, ValueError):
        raise InvalidSetting("level", level, "it must be error, warning or info") from None


def _codes(name: str, given: Iterable[str] | str) -> tuple[str, ...]:
    texts = (given,) if isinstance(given, str) else _texts(name, given)
    codes = tuple(code for text in texts for code in _CODES.split(text) if code)
    for code in codes:
        if not is_known_start(code):
            hint = nearest_rule(code)
            told = f"; did you mean {hint}?" if hint else "; `sesmime rules` lists them"
            raise InvalidSetting(name, code, f"it is not a rule code or a prefix of one{told}")
    return codes


def _texts(name: str, given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise TypeError(f"{name} must be a list of str, not {type(given).__name__}")
    texts = tuple(given)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{name} must be a list of str")
    return texts


def __getattr__(name: str) -> Any:
    # Most tests have nothing to do with events, and should not wait for what reads and makes them.
    if name != "EventMaker":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sesmime.testing.events import EventMaker

    return EventMaker
