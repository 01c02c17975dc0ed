"""The commands events, event and dimensions, as people run them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from sesmime.cli import event_files
from sesmime.cli.commands import events
from sesmime.events import Carrier
from sesmime.ses.events.kinds import KINDS
from tests.cli.running import WELCOME, Ran, run
from tests.conftest import shared
from tests.ses.events.configurations import V1, cloudwatch, destination, dimension

MESSAGE = (
    b"From: shop@example.com\r\nTo: ann@example.org, bob@example.net\r\nSubject: Hi\r\n"
    b"X-SES-CONFIGURATION-SET: news\r\nX-SES-MESSAGE-TAGS: campaign=spring\r\nX-Shop: Z\xc3\xbcrich\r\n"
    b'Content-Type: text/html\r\n\r\n<a href="https://a.example" ses:tags="place:top;">Buy</a>\r\n'
)
FIXED = ("--message-id", "0100-1", "--timestamp", "2026-11-28T09:00:00Z")


def made(*argv: str, stdin: bytes = MESSAGE) -> Ran:
    ran = run("event", *argv, *FIXED, stdin=stdin)
    assert ran.code == 0, ran.err
    return ran


def refused(*argv: object, stdin: bytes = b"") -> str:
    ran = run(*argv, stdin=stdin)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.count("\n") == 1
    return ran.err.removeprefix(f"sesmime {argv[0]}: ").rstrip("\n")


class TestEvent:
    @pytest.mark.parametrize("carrier", list(Carrier))
    @pytest.mark.parametrize("kind", [row.v2.lower().replace("_", "-") for row in KINDS.values()])
    def test_what_is_made_is_read_in_every_carrier(self, kind: str, carrier: Carrier) -> None:
        ran = made("--kind", kind, "--carrier", carrier.value)
        (event,) = run("events", "--json", stdin=ran.out).json
        # A line of Firehose by itself is the record.
        assert event["carrier"] == ("record" if carrier is Carrier.FIREHOSE else carrier.value)
        assert event["message_id"] == "0100-1"
        assert event["tags"] == {"campaign": ["spring"]}
        assert event["defects"] == []
        assert event["kind"] in [one.value for one in KINDS]

    @pytest.mark.parametrize("written", ["deliveryDelay", "DELIVERY_DELAY", "DeliveryDelay", "Email Delivery Delayed"])
    def test_a_kind_is_taken_in_each_of_awss_spellings(self, written: str) -> None:
        assert made("--kind", written).json["eventType"] == "DeliveryDelay"

    def test_details_recipients_and_format_are_as_asked(self) -> None:
        record = made(
            *("--kind", "bounce", "--bounce-type", "Transient", "--bounce-sub-type", "MailboxFull"),
            *("--recipient", "bob@example.net", "--diagnostic-code", "smtp; 452 full", "--format", "notification"),
        ).json
        assert record["notificationType"] == "Bounce"
        bounce = record["bounce"]
        assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "MailboxFull")
        (recipient,) = bounce["bouncedRecipients"]
        assert (recipient["emailAddress"], recipient["diagnosticCode"]) == ("bob@example.net", "smtp; 452 full")
        click = made("--kind", "click", "--link-tag", "place=top", "--link-tag", "place=foot").json["click"]
        assert click["linkTags"] == {"place": ["top", "foot"]}

    def test_settings_are_those_of_prepare(self) -> None:
        mail = made("--kind", "send", "--interface", "sesv2", "--tag", "a=1", "--configuration-set", "other").json[
            "mail"
        ]
        assert mail["tags"]["a"] == ["1"]
        assert "campaign" not in mail["tags"]
        assert mail["tags"]["ses:configuration-set"] == ["other"]

    def test_a_request_is_taken_and_overruled(self, tmp_path: Path) -> None:
        file = tmp_path / "request.json"
        body = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
        request = {
            "FromEmailAddress": "a@b.example",
            "Destination": {"ToAddresses": ["c@d.example"]},
            "Content": {"Simple": body},
            "EmailTags": [{"Name": "a", "Value": "1"}],
        }
        file.write_text(json.dumps(request))
        ran = run("event", "--kind", "send", "--tag", "a=2", file)
        assert ran.json["mail"]["tags"]["a"] == ["2"]
        assert ran.json["mail"]["destination"] == ["c@d.example"]
        assert ran.err == (
            "the message names no configuration set: SES publishes events only if the identity has a default one\n"
        )
        assert run("event", "--kind", "send", "-q", file).err == ""

    def test_it_is_written_to_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "event.json"
        assert run("event", "--kind", "send", WELCOME, "-o", file).code == 0
        assert json.loads(file.read_bytes())["eventType"] == "Send"

    @pytest.mark.parametrize(
        ("argv", "told"),
        [
            (["--kind", "bouncy"], "--kind: 'bouncy' is no kind of event; choose from send, delivery, bounce"),
            (
                ["--kind", "click", "--bounce-type", "Permanent"],
                "--bounce-type: an event of the kind Click has none; it",
            ),
            (
                ["--kind", "send", "--link-tag", "a=b"],
                "--link-tag: an event of the kind Send has none; it has no details",
            ),
            (["--kind", "open", "--recipient", "a@b.example"], "--recipient: an event of the kind Open names nobody"),
            (["--kind", "send", "--topic-arn", "x"], "--topic-arn: the carrier record has none"),
            (["--kind", "send", "--timestamp", "today"], "--timestamp: 'today' is no time such as"),
            (["--kind", "send", "--format", "notification"], "format 'feedback notification' is invalid"),
            (["--kind", "send", "--interface", "ses.SendEmail"], "ses.SendEmail does not accept a raw message"),
            (
                ["--kind", "send", "--interface", "smtp", "--tag", "a=1"],
                "--tag: smtp has no parameter for message_tags",
            ),
            ([], "the following arguments are required: --kind"),
        ],
    )
    def test_what_is_wrong_is_told_in_a_sentence(self, argv: list[str], told: str) -> None:
        assert refused("event", *argv, stdin=MESSAGE).startswith(told)


def records(count: int) -> list[dict[str, Any]]:
    record = made("--kind", "bounce").json
    return [record | {"mail": record["mail"] | {"messageId": f"0100-{number}"}} for number in range(count)]


def lines(count: int) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records(count))


class TestEvents:
    def test_the_table_has_a_line_for_each(self) -> None:
        ran = run("events", stdin=made("--kind", "bounce").out)
        heading, line = ran.out.decode().splitlines()
        assert heading.split("  ") == [
            *("time", *[""] * 10, "kind", "", "recipients", *[""] * 8, "subtype", *[""] * 5, "advice", "tags"),
            *(*[""] * 5, " message id"),
        ]
        assert [cell.strip() for cell in line.split("  ") if cell] == [
            *("2026-11-28T09:00:02.500Z", "Bounce", "ann@example.org and 1 more", "Permanent/General", "stop"),
            *("campaign=spring", "0100-1"),
        ]
        assert (ran.code, ran.err) == (0, "")

    @pytest.mark.shared
    def test_awss_examples_are_read(self) -> None:
        files = sorted(shared("events").glob("*.json"))
        assert len(files) == 10
        for file in files:
            ran = run("events", file)
            assert ran.code == 0
            assert ran.out.count(b"\n") == 2
            (event,) = run("events", "--json", file).json
            assert event["kind"].replace(" ", "") == file.stem

    def test_many_lines_are_read_by_pieces_and_gzip_as_what_is_in_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_files, "BATCH", 5000)
        monkeypatch.setattr(events, "ROWS", 7)
        file = tmp_path / "events"
        content = lines(50)
        assert len(content) > 10 * 5000
        ids = [f"0100-{number}" for number in range(50)]
        for data in (content, gzip.compress(content), gzip.compress(content[:1000]) + gzip.compress(content[1000:])):
            file.write_bytes(data)
            told = run("events", file).out.decode().splitlines()
            assert [line.rpartition(" ")[2] for line in told[1:]] == ids
            found = run("events", "--json", file).json
            assert [event["message_id"] for event in found] == ids
            assert {event["carrier"] for event in found} == {"firehose"}

    def test_records_that_are_no_lines_are_read_too(self) -> None:
        pretty = "\n".join(json.dumps(one, indent=2) for one in records(3)).encode()
        joined = "".join(json.dumps(one) for one in records(3)).encode()
        for content in (pretty, joined, json.dumps(records(3)).encode()):
            found = run("events", "--json", stdin=content).json
            assert [event["message_id"] for event in found] == ["0100-0", "0100-1", "0100-2"]

    def test_repeats_are_left_out_if_asked(self) -> None:
        content = made("--kind", "bounce").out
        assert len(run("events", "--json", stdin=content * 2).json) == 2
        ran = run("events", "--unique", stdin=content * 2)
        assert ran.out.count(b"\n") == 2
        assert ran.err == "<stdin>: 1 repeat left out\n"

    def test_what_is_no_event_is_told(self) -> None:
        ran = run("events", stdin=b'{"eventType": "Bounce"}\n{"a": 1}\n')
        assert ran.code == 0
        assert ran.err.splitlines() == [
            "<stdin>: 1 of 2 objects is no event of SES",
            "<stdin>: 1 event with defects; --json tells them",
        ]

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "standard input is empty"),
            (b"hello", "<stdin> has no event: it is not JSON, or an empty object or array"),
            (b"[]", "<stdin> has no event"),
            (b" \n", "<stdin> has no event"),
            (MESSAGE, "<stdin> has no event"),
            (gzip.compress(b"{}" * 999, mtime=0)[:-9], "standard input is a gzip file that is cut off"),
            (gzip.compress(b"{}", mtime=0)[:8] + b"x" * 30, "standard input is a damaged gzip file"),
        ],
    )
    def test_what_holds_none_is_refused(self, content: bytes, told: str) -> None:
        assert refused("events", stdin=content).startswith(told)
        assert refused("events", "nowhere") == "nowhere cannot be read: No such file or directory"

    def test_no_control_reaches_a_terminal(self) -> None:
        record = made("--kind", "bounce").json
        record["mail"]["messageId"] = "\x1b[31m\x07\u202e"
        record["bounce"]["bounceSubType"] = "\x9b" + "x" * 500
        ran = run("events", stdin=json.dumps(record).encode(), terminal=True)
        assert all(line.isprintable() for line in ran.out.decode().split("\n"))
        assert max(map(len, ran.out.decode().splitlines())) < 400

    def test_a_terminal_has_colours_and_nothing_is_folded(self) -> None:
        ran = run("events", stdin=made("--kind", "send").out, terminal=True)
        assert "0100-1" in ran.out.decode()


class TestDimensions:
    def told(self, given: dict[str, Any], tmp_path: Path, *argv: object, stdin: bytes = MESSAGE) -> Ran:
        file = tmp_path / "destination.json"
        file.write_text(json.dumps(given))
        return run("dimensions", "--destination", file, *argv, stdin=stdin)

    def test_each_dimension_has_its_line(self, tmp_path: Path) -> None:
        given = destination(
            dimension("campaign"),
            dimension("ses:outgoing-ip"),
            dimension("X-Shop", "EMAIL_HEADER"),
            dimension("place", "LINK_TAG"),
        )
        ran = self.told(given, tmp_path)
        assert ran.code == 1
        assert ran.out.decode().splitlines() == [
            "metrics (API v2): 4 dimensions",
            "  campaign         spring  (the message tag in the field X-SES-MESSAGE-TAGS)",
            "                   [DOCUMENTED]",
            "  ses:outgoing-ip  not known before sending: SES adds it when it has taken the",
            "                   message, or sent it [DOCUMENTED]",
            "  X-Shop           lost: the value 'Z\u00fcrich' is not ASCII [DOCUMENTED]",
            "  place            top  (a click on 1 link) [DOCUMENTED]",
            "  place            none  (default value: every event that is no click) [ASSUMED]",
            "  An event with a lost value is not counted at all: a metric has every dimension",
            "  of its destination.",
        ]

    def test_all_is_well_and_the_set_is_told_of(self, tmp_path: Path) -> None:
        assert self.told(cloudwatch(dimension("campaign")), tmp_path) == Ran(
            0,
            b"CloudWatch (API v2): 1 dimension\n"
            b"  campaign  spring  (the message tag in the field X-SES-MESSAGE-TAGS)\n"
            b"            [DOCUMENTED]\n",
            "",
        )
        ran = self.told(
            cloudwatch(dimension("campaign")), tmp_path, "--tag", "campaign=x", stdin=b"Subject: Hi\r\n\r\n"
        )
        assert b"  campaign  x  (the message tag in a parameter) [DOCUMENTED]" in ran.out
        assert "the message names no configuration set" in ran.err

    def test_problems_of_the_configuration_are_told_with_their_text(self, tmp_path: Path) -> None:
        ran = self.told(destination(Name="my metrics", api=V1), tmp_path)
        assert ran.code == 1
        told = " ".join(ran.out.decode().split())
        assert "Problems of the configuration Name the name of the event destination 'my metrics' contains ' '" in told
        assert "expected from SES: Invalid event destination name <my metrics>: only alphanumeric" in told

    def test_json_has_the_same(self, tmp_path: Path) -> None:
        described = {"EventDestinations": [destination(dimension("X-Shop", "EMAIL_HEADER", "")), destination()]}
        found = self.told(described, tmp_path, "--json").json
        assert [one["path"] for one in found["destinations"]] == ["EventDestinations[0]", "EventDestinations[1]"]
        (value,) = found["destinations"][0]["dimensions"]
        assert (value["lost"], value["origin"], value["evidence"]) == (
            "the value 'Z\u00fcrich' is not ASCII",
            "FIELD",
            "DOCUMENTED",
        )
        assert found["problems"][0]["path"].endswith("DefaultDimensionValue")

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("", "is empty"),
            ("nonsense", "is no JSON: line 1, column 1: Expecting value"),
            ("[" * 100_000, "is no JSON that can be read"),
            ("[]", "is JSON, but no object"),
            ('{"a": 1}', "it holds no EventDestination, EventDestinations, CloudWatchDestination"),
            ('{"MatchingEventTypes": []}', "has no CloudWatch destination: nothing is counted"),
        ],
    )
    def test_other_files_are_refused(self, content: str, told: str, tmp_path: Path) -> None:
        file = tmp_path / "destination.json"
        file.write_text(content)
        assert told in refused("dimensions", "--destination", file, stdin=MESSAGE)

    def test_two_things_cannot_be_standard_input(self) -> None:
        told = "--destination and the message cannot both be standard input"
        assert refused("dimensions", "--destination", "-", stdin=MESSAGE) == told
        assert refused("dimensions", "--destination", "nowhere", WELCOME).startswith("nowhere cannot be read")
