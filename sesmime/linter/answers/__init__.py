"""What SES is expected to answer: `predict_rejection`; and why it answered so: `explain_rejection`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, overload

from sesmime.errors import quoted, require
from sesmime.linter.answers.certainty import text_certainty
from sesmime.linter.answers.identities import named_identities, recipients_among, sender_findings
from sesmime.linter.answers.texts import FoundText, find_texts
from sesmime.linter.answers.texts.service import NOT_VERIFIED, RAW_ACTION, RAW_NEEDS, SANDBOX
from sesmime.linter.answers.texts.text import Carried, Cause, plain
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import UNKNOWN_TEXT, Finding, Severity
from sesmime.linter.run import NO_PARAMETERS, findings, outgoing
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.fields import Message
from sesmime.mime.held import holding
from sesmime.mime.plain import plain_text
from sesmime.ses.evidence import Evidence
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """The refusal that is expected from SES.

    `code` is the error code of the API, None for SMTP; `text` the text expected, "" where it is not known; `smtp_reply`
    the whole reply line, None for the APIs and where the text is not known. `finding` is what it rests on, `evidence`
    how sure that is. `alternatives` are other texts that were reported or are documented for the same.
    """

    code: str | None
    text: str
    smtp_reply: str | None
    finding: Finding
    evidence: Evidence
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One cause of a text of SES: what is wrong, and what to do.

    `title` is the text as SES prints it, `rules` are the codes of the rules that look for the cause. `findings` are
    its places in the message that was given.
    """

    title: str
    cause: str
    remedy: str
    rules: tuple[str, ...]
    evidence: Evidence
    source: str
    findings: tuple[Finding, ...] = ()


@overload
def predict_rejection(message: Submission, *, config: LintConfig = ...) -> Rejection | None: ...


@overload
def predict_rejection(
    message: Message | None, *, parameters: ApiParameters = ..., interface: Interface = ..., config: LintConfig = ...
) -> Rejection | None: ...


def predict_rejection(
    message: Message | Submission | None,
    *,
    parameters: ApiParameters = NO_PARAMETERS,
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = LintConfig(),
) -> Rejection | None:
    r"""Return the refusal that is expected from SES, or None where it is expected to take the message.

    It is the first that a default rule expects, in the order in which SES is expected to check (ASSUMED), and refuses
    the whole call: what SES says of single entries of a bulk call stands in the findings of `lint`. A refusal in words
    that are known goes before one whose words are not, which has "" for its text. Of `config` only the verified
    identities count. A `Submission` may stand in the place of the message, as for `lint`. Never raises on
    content or settings. Raises TypeError for a message that does not hold bytes.

    >>> message = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: two\r\n\r\nHi\r\n"
    >>> rejection = predict_rejection(message, interface=Interface.SMTP)
    >>> rejection.smtp_reply, rejection.finding.line
    ("554 Transaction failed: Duplicate header 'Subject'.", 4)
    """
    subject = _subject(message, parameters, interface, config)
    wordless: Finding | None = None
    for finding in findings(subject):
        if finding.rejection is None or finding.code in OF_ONE_ENTRY:
            continue
        if finding.rejection:
            return rejection_of(finding, finding.rejection, subject)
        wordless = wordless or finding
    return None if wordless is None else rejection_of(wordless, UNKNOWN_TEXT, subject)


# SES takes the call, and says it in its answer to the entry.
OF_ONE_ENTRY: Final = frozenset(("SES524",))


@holding
def explain_rejection(
    text: str,
    message: Message | None = None,
    *,
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = LintConfig(),
) -> tuple[Explanation, ...]:
    r"""Return the likely causes of what SES answered, in the order in which people met them; never none.

    `text` may be an exception, a reply or a log line with the text somewhere in it. Where the message is given, the
    causes that it shows come first and hold their places. A text that is not known is explained by what carries it, and
    by what else the message shows. Never raises on content. Raises TypeError for what is no str, and for a message that
    does not hold bytes.

    >>> explain_rejection("554 Transaction failed: Missing local name")[0].cause
    'an address has no local part before the @'
    """
    text = plain_text(text, "text")
    interface = Interface.given(interface)
    subject = None if message is None and interface.is_raw else _subject(message, parameters, interface, config)
    shown = _Shown(subject, named_identities(text))
    known = find_texts(text)
    ranked = [(*shown.by(cause, found), cause, found) for found in known for cause in _causes(found)]
    ranked.sort(key=lambda one: one[0])
    explained = [
        _explanation(*_of_action(found.known.title, shown.of_recipients(cause), text), places)
        for _, places, cause, found in ranked
    ]
    if not any(one.findings for one in explained):
        explained[:0] = shown.unnamed(known)
    if not known or known[0].known.is_general:
        explained[:0] = shown.otherwise()
    return tuple(explained) or (_UNKNOWN,)


_UNKNOWN: Final = Explanation(
    title="unknown error text",
    cause="there is no known report of this text; if it comes from SES, it refuses a field, an address, a part or a"
    " setting",
    remedy="lint the message for the interface that sends it, and read the findings in order",
    rules=(),
    evidence=Evidence.ASSUMED,
    source="https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html",
)


def _subject(
    message: Message | Submission | None, parameters: ApiParameters, interface: Interface, config: LintConfig
) -> Outgoing:
    require(LintConfig, config, "config")
    default = LintConfig(verified_identities=config.verified_identities)
    return outgoing(message, parameters=parameters, interface=interface, config=default)


# Predicting


def rejection_of(finding: Finding, text: str, subject: Outgoing) -> Rejection:
    code = reply = None
    if subject.interface is Interface.SMTP:
        reply = None if not text else text if _REPLY_CODE.match(text) else _carried(text).reply + text
    else:
        code = _code(text, subject.interface)
    return Rejection(
        code=code,
        text=text,
        smtp_reply=reply,
        finding=finding,
        evidence=_certainty(finding, text, subject),
        alternatives=_alternatives(finding, text, subject),
    )


def _certainty(finding: Finding, text: str, subject: Outgoing) -> Evidence:
    """Return how sure the answer is: that SES refuses may be documented where only users tell with which words.

    Of a refusal in unknown words only the code is said: the API v2 documents one for all bad input, the API v1 none.
    """
    if not text and not subject.interface.is_v2:
        return Evidence.ASSUMED
    certainty = None if finding.evidence is Evidence.ASSUMED else text_certainty(text)
    return finding.evidence if certainty is None else certainty


_REPLY_CODE: Final = re.compile(r"[2-5][0-9][0-9] ")


def _code(text: str, interface: Interface) -> str:
    carried = _carried(text)
    return carried.v2 if interface.is_v2 else carried.v1


def expected_refusal(report: Iterable[Finding], interface: Interface) -> tuple[str, str] | None:
    """Return the code and the text by which one of the APIs is expected to refuse what a report is about.

    They are those of the first finding that refuses the whole call, as for `predict_rejection`; the text is "" where it
    is not known. None where no finding does. Unlike there, only what the report has counts, by whatever rules.
    """
    texts = [found.rejection for found in report if found.rejection is not None and found.code not in OF_ONE_ENTRY]
    if not texts:
        return None
    text = next(filter(None, texts), UNKNOWN_TEXT)
    return _code(text, interface), text


def _carried(text: str) -> Carried:
    found = find_texts(text)
    return found[0].known.carried if found else Carried()


# Two wordings for the same fault: a pattern for all of one text, and the others. Where SES's own texts and those of
# JavaMail's parser meet, and where AWS's pages and its users disagree, both are told.
_WORDINGS: Final = tuple(
    (re.compile(pattern, re.DOTALL), others)
    for pattern, *others in (
        (
            r"(Invalid tag value <.*>: only alphanumeric ASCII characters, '_',)  '-' , '\.', '@' are allowed\.",
            r"\1 and '-' are allowed.",
        ),
        (r"Configuration set <.*> does not exist\.", "Configuration set does not exist"),
        (r"Expected '=', got \"(.*)\"", r"Expected '=', got '\1'"),
        (r"There are no recipients specified", "Missing required header 'To'."),
        (r"Missing required header 'To'\.", "There are no recipients specified"),
        (r"Illegal semicolon, not in group", "Missing domain", "Missing final '@domain'"),
        (r"(User name is missing: '.*')\.", r"\1", "Missing final '@domain'"),
        (r"Address contains illegal characters in user name: '.*'\.", "Missing domain"),
        (r"Invalid email address", "Invalid email address .", "Illegal address", "Missing final '@domain'"),
        (r"Invalid email address \.", "Invalid email address", "Illegal address", "Missing final '@domain'"),
        (r"\{\"message\":null\}", "Missing required header 'From'."),
        # The wording of before 2022.
        (r"(Address length is more than 320) characters( long: .*)", r"\1 bytes\2"),
    )
)
_NON_ASCII: Final = "There are non-ASCII characters in the email address"
_LOCAL: Final = "Local address contains control or whitespace"
_BAD_ENVELOPE: Final = re.compile(r"(?:501 )?Invalid (?:MAIL FROM|RCPT TO) address provided")
_DOMAIN: Final = ("Domain contains control or whitespace", "Domain contains illegal character")


def _alternatives(finding: Finding, text: str, subject: Outgoing) -> tuple[str, ...]:
    """Return the other texts that are reported or documented for the same fault."""
    others: list[str] = []
    for pattern, templates in _WORDINGS:
        match = pattern.fullmatch(text)
        if match is not None:
            others += [match.expand(template) for template in templates]
    if text in (_LOCAL, *_DOMAIN, _NON_ASCII):
        others += _beyond_ascii(finding, subject)
    elif text == "Illegal address":
        place = _place(finding, subject)
        if not place.strip():
            others += ["Missing final '@domain'", "Invalid email address"]
        elif "," in place:
            others.append("Domain contains illegal character")
    elif _BAD_ENVELOPE.fullmatch(text):
        others.append(f"553 <{_place(finding, subject)}> Invalid email address")
    elif text == "Missing final '@domain'" and subject.interface is Interface.SMTP and finding.span is not None:
        # Of a bare word in From, SES has been seen to say this, with its own check before the parser's.
        others.append(f"User name is missing: '{_place(finding, subject)}'")
    return tuple(other for other in dict.fromkeys(others) if other != text)


def _beyond_ascii(finding: Finding, subject: Outgoing) -> list[str]:
    """Return the texts for an address beyond ASCII: the documented one, and the parser's, of characters and of `?`."""
    place = _place(finding, subject)
    if place.isascii():
        return []
    local, _, domain = place.rpartition("@")
    texts = [_NON_ASCII]
    if not local.isascii():
        texts.append(_LOCAL)
    if not domain.isascii():
        texts += _DOMAIN
    return texts


def _place(finding: Finding, subject: Outgoing, beyond: int = 0) -> str:
    """Return what stands at a finding's place, one character a byte; of a finding about parameters, the bad address."""
    if finding.span is not None:
        start, stop = finding.span
        return bytes(subject.source[start : min(stop + beyond, start + _MOST_OF_A_PLACE)]).decode("latin-1")
    given = subject.parameters
    destination = given.destination.all if given.destination is not None else ()
    texts = (given.source, given.return_path, *destination, *(given.reply_to or ()))
    bad = [text for text in texts if text is not None and _is_bad(text)]
    named = (text for text in bad if quoted(text, 100) in finding.message)
    return next(named, bad[0] if bad else "")[:_MOST_OF_A_PLACE]


_MOST_OF_A_PLACE: Final = 2_000


def _is_bad(address: str) -> bool:
    from sesmime.ses.javamail import verdict  # few messages need it

    return not address.isascii() or verdict("single+validate", address).error is not None


# Explaining

_NOT_VERIFIED: Final = NOT_VERIFIED.replace("|", "")
_MOST_RECIPIENTS: Final = 3
_ACTION: Final = re.compile(r"not authorized to perform:? ?'?([a-z][a-z0-9-]{1,40}:\w{1,80})", re.ASCII | re.IGNORECASE)


def _causes(found: FoundText) -> tuple[Cause, ...]:
    """Return the causes of a text, without those of another than it says."""
    causes = found.known.causes
    if found.value:
        causes = tuple(one for one in causes if not one.said or re.search(one.said, found.value))
    return causes or found.known.causes


def _of_action(title: str, cause: Cause, text: str) -> tuple[str, Cause]:
    """Return a title and a cause about a policy with the action that the text names."""
    named = _ACTION.search(plain(text))
    if named is None or named[1].lower() == RAW_ACTION.lower():
        return title, cause
    why = cause.cause.replace(RAW_NEEDS, "").replace(RAW_ACTION, named[1])
    remedy = cause.remedy.replace(RAW_ACTION, named[1])
    return title.replace(RAW_ACTION, named[1]), cause._replace(cause=why, remedy=remedy)


class _Shown:
    """What the message shows, if there is one: the findings of the default rules."""

    def __init__(self, subject: Outgoing | None, named: frozenset[str] = frozenset()) -> None:
        self._subject = subject
        self._named = named if subject is not None else frozenset()
        self._senders: tuple[Finding, ...] = ()
        self._recipients: tuple[str, ...] = ()
        if subject is not None and named:
            self._senders = sender_findings(subject, named)
            self._recipients = recipients_among(subject, named)
        self._findings = () if subject is None else tuple(findings(subject))

    def by(self, cause: Cause, found: FoundText) -> tuple[int, tuple[Finding, ...]]:
        """Return a rank (0: shown and told from its neighbours, 1: shown, 2: not), and the places of the cause."""
        if self._named and found.known.title == _NOT_VERIFIED:
            if cause.cause == SANDBOX:
                return 0 if self._recipients and not self._senders else 2, ()
            return 0 if self._senders else 2, self._senders
        if cause.cause == SANDBOX and self._sends_from_verified():
            return 0, ()
        telling = self._places(cause.shown_by, cause, found)
        places = telling + self._places(cause.rules, cause, found)
        if not (telling if cause.shown_by else places):
            return 2, ()
        return (0 if cause.shown_by or cause.place else 1), places

    def _sends_from_verified(self) -> bool:
        """Whether every sender is one of the identities that are given as verified."""
        if self._subject is None or not self._subject.verified_identities:
            return False
        return all(finding.code != "SES214" for finding in self._findings)

    def of_recipients(self, cause: Cause) -> Cause:
        """Return the cause with the recipients that SES names, if it is theirs."""
        if cause.cause != SANDBOX or not self._recipients:
            return cause
        names = ", ".join(quoted(one, 100) for one in self._recipients[:_MOST_RECIPIENTS])
        return cause._replace(cause=f"{SANDBOX}; the message is sent to {names}")

    def unnamed(self, known: Sequence[FoundText]) -> list[Explanation]:
        """Explain by a fault of which the same is expected, where nobody was met who had the text from it."""
        places = tuple(
            finding
            for finding in self._findings
            if finding.rejection and any(self._is_meant(finding, found) for found in known)
        )
        return _by_places(places, "{}")

    def otherwise(self) -> list[Explanation]:
        """Explain by what the message shows beside."""
        places = tuple(
            finding for finding in self._findings if finding.rejection is not None or finding.severity is Severity.ERROR
        )
        return _by_places(places, "the text is unknown; the message has this fault: {}")

    def _places(self, rules: tuple[str, ...], cause: Cause, found: FoundText) -> tuple[Finding, ...]:
        if self._subject is None:
            return ()
        return tuple(
            finding
            for finding in self._findings
            if finding.code in rules and self._is_meant(finding, found) and self._is_there(cause, finding)
        )

    def _is_meant(self, finding: Finding, wanted: FoundText) -> bool:
        """Whether the text expected for a finding is the one to explain, or none is known."""
        if not finding.rejection:
            return True
        assert self._subject is not None
        expected = (finding.rejection, *_alternatives(finding, finding.rejection, self._subject))
        return any(
            one.known is wanted.known and (one.value == wanted.value or not (one.value and wanted.value))
            for text in expected
            for one in find_texts(text)
        )

    def _is_there(self, cause: Cause, finding: Finding) -> bool:
        assert self._subject is not None
        # What ends an address, a comma or a comment, stands right behind it.
        return not cause.place or re.search(cause.place, _place(finding, self._subject, beyond=2)) is not None


def _by_places(places: tuple[Finding, ...], cause: str) -> list[Explanation]:
    """Return the explanation by the first of some findings, none where there are none."""
    return [
        Explanation(
            title=first.rejection or _UNKNOWN.title,
            cause=cause.format(first.message),
            remedy=_UNKNOWN.remedy if first.fix is None else first.fix.title,
            rules=tuple(dict.fromkeys(finding.code for finding in places)),
            evidence=Evidence.ASSUMED,
            source=first.url,
            findings=places,
        )
        for first in places[:1]
    ]


def _explanation(title: str, cause: Cause, places: tuple[Finding, ...]) -> Explanation:
    return Explanation(
        title=title,
        cause=cause.cause,
        remedy=cause.remedy,
        rules=cause.shown_by + cause.rules,
        evidence=cause.evidence,
        source=cause.source,
        findings=places,
    )
