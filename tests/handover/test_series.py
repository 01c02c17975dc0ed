"""Copies made one after the other: which of them rest on the first, and what another kind does to the rest."""

from __future__ import annotations

from itertools import count, islice
from typing import Any, ClassVar

import pytest

from sesmime import (
    ApiParameters,
    Attachment,
    Destination,
    Interface,
    InvalidSetting,
    Limits,
    LintConfig,
    Mailbox,
    Prepared,
    Refused,
    Severity,
    UnsupportedSetting,
    build,
    parse,
    prepare,
    prepare_many,
    readdress,
)
from sesmime.handover import series
from sesmime.ses.quotas import MAX_SIZE_V1

NEWSLETTER = build(
    sender="News <news@a.example>",
    subject="News",
    text="Hello",
    html="<p>Hello</p>",
    attachments=[Attachment(b"\x00" * 100, "a.pdf")],
)


def alone(message: bytes, copy: Prepared[Any], recipient: Any, **arguments: Any) -> Prepared[Any]:
    """Prepare by itself the copy that was made, with its Message-ID."""
    to, fields = recipient if type(recipient) is tuple else (recipient, ())
    message_id = parse(copy.message).header_section.all("Message-ID")[0].body
    return prepare(b"".join(readdress(message, to=to, fields=fields, message_id=message_id)), **arguments)


@pytest.mark.parametrize("interface", [Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP])
def test_the_rules_are_run_as_a_whole_for_the_first_copies_alone(
    interface: Interface, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipients = [
        (f"user{number}@b{number}.example", {"List-Unsubscribe": f"<https://a.example/{number}>", "X-Id": str(number)})
        for number in range(20)
    ]
    copies = prepare_many(NEWSLETTER, recipients, interface=interface)
    list(islice(copies, 2))
    monkeypatch.setattr(series, "check", None)
    monkeypatch.setattr("sesmime.handover.many.prepared_pieces", None)
    for recipient, copy in zip(recipients[2:], list(copies), strict=True):
        assert copy.envelope.recipients == recipient[:1]
        assert copy == alone(NEWSLETTER, copy, recipient, interface=interface)


def test_a_copy_of_another_kind_changes_no_other() -> None:
    recipients: list[Any] = [
        "a@b.example",
        "c@d.example",
        ("e@f.example", {"X-Id": "1"}),
        Mailbox("Zoë", "zoe@d.example"),
        "g@h.example",
        ("i@j.example", {"X-Id": "x" * 1_200}),
        '"q r"@s.example',
        ("k@l.example", {"X-Id": "2"}),
        "m@n.example",
    ]
    copies = list(prepare_many(NEWSLETTER, recipients, fail_level=Severity.ERROR))
    assert [len(copy.envelope.recipients) for copy in copies] == [1] * len(recipients)
    for recipient, copy in zip(recipients, copies, strict=True):
        assert copy == alone(NEWSLETTER, copy, recipient)


def test_the_size_is_that_of_each_copy() -> None:
    message = b"From: a@b.example\r\nTo: x@y.example\r\nSubject: Hi\r\n\r\n" + (b"x" * 76 + b"\r\n") * (
        MAX_SIZE_V1 // 78 - 10
    )
    room = MAX_SIZE_V1 - len(message) - 50
    recipients: list[Any] = ["c@d.example", ("c@d.example", {"X-Id": "1"}), ("c@d.example", {"X-Id": "1"})]
    many = [(f"X-Id-{number}", "x" * 70) for number in range(room // 78 + 10)]
    copies = prepare_many(message, [*recipients, ("c@d.example", many), "c@d.example"])
    for _ in recipients:
        assert next(copies).report.at_least(Severity.ERROR) == ()
    with pytest.raises(Refused) as refused:
        next(copies)
    assert refused.value.report[0].code == "SES302"
    assert next(copies).report.at_least(Severity.ERROR) == ()


def test_a_fault_of_one_field_is_told_of_that_copy_at_its_place() -> None:
    config = LintConfig(extend_select=("BULK",))
    links = ["<https://a.example/1>", "<http://a.example/2>", "<https://a.example/3>", "<mailto:u@a.example>"]
    recipients = [(f"user{number}@b.example", {"List-Unsubscribe": link}) for number, link in enumerate(links * 2)]
    copies = list(prepare_many(NEWSLETTER, recipients, config=config))
    for recipient, copy in zip(recipients, copies, strict=True):
        assert copy == alone(NEWSLETTER, copy, recipient, config=config)
    assert len({tuple(finding.code for finding in copy.report) for copy in copies}) > 1


def test_the_copies_are_made_when_they_are_asked_for() -> None:
    taken: list[int] = []

    def recipients() -> Any:
        for number in count():
            taken.append(number)
            yield f"user{number}@b.example"

    copies = prepare_many(NEWSLETTER, recipients())
    list(islice(copies, 5))
    assert taken == [0, 1, 2, 3, 4]


class TestKinds:
    """Messages whose copies need more than new fields: each is what `prepare` makes of it."""

    RECIPIENTS: ClassVar[list[Any]] = [(f"user{number}@b.example", {"X-Id": str(number)}) for number in range(3)]

    def hold(self, message: bytes, recipients: list[Any] | None = None, **arguments: Any) -> list[Prepared[Any]]:
        recipients = self.RECIPIENTS if recipients is None else recipients
        copies = list(prepare_many(message, recipients, **arguments))
        for recipient, copy in zip(recipients, copies, strict=True):
            assert copy == alone(message, copy, recipient, **arguments)
        return copies

    @pytest.mark.parametrize("lift", [True, False])
    def test_settings_in_fields_leave_in_the_lift_alone(self, lift: bool) -> None:
        settings = b"X-SES-CONFIGURATION-SET: spring\r\nX-SES-MESSAGE-TAGS: a=1\r\n"
        copies = self.hold(settings + bytes(NEWSLETTER), lift=lift)
        for copy in copies:
            assert copy.parameters.configuration_set == ("spring" if lift else None)
            assert [field.name for field in copy.removed] == (
                ["X-SES-CONFIGURATION-SET", "X-SES-MESSAGE-TAGS"] if lift else []
            )

    def test_a_field_that_stands_there_twice_gives_way_once(self) -> None:
        copies = self.hold(b"X-Id: old\r\nSubject: Hi\r\nX-Id: older\r\nFrom: a@b.example\r\n\r\nHello\r\n")
        for number, copy in enumerate(copies):
            assert [field.body for field in parse(copy.message).header_section.all("X-Id")] == [str(number)]

    def test_a_line_that_is_no_field_stays(self) -> None:
        message = b"From: a@b.example\r\nno field\r\nSubject: Hi\r\n\r\nHello\r\n"
        copies = self.hold(message, config=LintConfig(ignore=("SES003",)))
        assert all(b"\r\nno field\r\n" in copy.message for copy in copies)

    @pytest.mark.parametrize("field", [b"Cc : c@d.example", b"To : c@d.example"])
    def test_a_blank_before_a_colon_hides_no_recipient(self, field: bytes) -> None:
        copies = self.hold(field + b"\r\nFrom: a@b.example\r\nSubject: Hi\r\n\r\nHello\r\n")
        assert [copy.envelope.recipients for copy in copies] == [(f"user{number}@b.example",) for number in range(3)]

    def test_a_body_that_would_be_refused_is_fixed_in_each(self) -> None:
        message = b"From: a@b.example\r\nSubject: Hi\r\n\r\n" + b"x" * 1_200 + b"\r\n"
        copies = self.hold(message)
        assert all(copy.applied and max(map(len, copy.message.split(b"\r\n"))) < 1_000 for copy in copies)

    def test_more_fields_than_are_read_are_no_series(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(series, "DEFAULT_LIMITS", Limits(fields=3))
        monkeypatch.setattr(series, "check", None)
        self.hold(NEWSLETTER)


def test_a_field_of_a_recipient_takes_the_place_of_that_of_every_copy() -> None:
    recipients: list[Any] = ["a@b.example", ("c@d.example", {"x-id": "own", "X-Other": "1"})]
    everywhere = {"X-Id": "all", "X-Kind": "news"}
    for fields in (everywhere, lambda address: everywhere | {"X-Kind": f"to {address[0]}"}):
        first, second = (
            [(field.name, field.body) for field in parse(copy.message).header_section if field.name[:2].lower() == "x-"]
            for copy in prepare_many(NEWSLETTER, recipients, fields=fields)
        )
        kinds = ("to a", "to c") if callable(fields) else ("news", "news")
        assert first == [("X-Id", "all"), ("X-Kind", kinds[0])]
        assert second == [("X-Kind", kinds[1]), ("x-id", "own"), ("X-Other", "1")]


def test_what_is_not_for_many_is_refused_before_the_first_copy() -> None:
    with pytest.raises(UnsupportedSetting, match="does not accept a raw message"):
        prepare_many(NEWSLETTER, [], interface=Interface.SEND_EMAIL)
    with pytest.raises(InvalidSetting, match="each copy goes to its own recipient"):
        prepare_many(NEWSLETTER, [], parameters=ApiParameters(destination=Destination(["a@b.example"])))
    for one in ("a@b.example", b"a@b.example", Mailbox("", "a@b.example")):
        with pytest.raises(TypeError, match=f"^recipients are many, not one {type(one).__name__}$"):
            prepare_many(NEWSLETTER, one)  # type: ignore[arg-type]
