"""The commands that read a message: show, strip, resolve, tags."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.cli.running import MESSAGES, PLAIN, WELCOME, Ran, run, without_lines


class TestShow:
    def test_a_part_is_written_decoded(self, tmp_path: Path) -> None:
        assert run("show", WELCOME, "--part", "1.1").out.startswith(b"Hello Jonas,\r\n")
        ran = run("show", WELCOME, "--part", "2", "-o", tmp_path)
        assert (tmp_path / "card.svg").read_bytes().startswith(b"<svg")
        assert "card.svg" in ran.err
        again = run("show", WELCOME, "--part", "2", "-o", tmp_path)
        assert (again.code, again.out) == (2, b"")
        assert "already exists" in again.err
        assert run("show", WELCOME, "--part", "2", "-o", tmp_path / "other.svg").code == 0
        assert (tmp_path / "other.svg").read_bytes() == (tmp_path / "card.svg").read_bytes()

    def test_a_part_goes_nowhere_but_into_the_folder(self, tmp_path: Path) -> None:
        inside = tmp_path / "inside"
        inside.mkdir()
        evil = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=../../evil.txt\r\n\r\nx\r\n"
        assert run("show", "--part", "", "-o", inside, stdin=evil).code == 0
        assert [file.name for file in tmp_path.rglob("*")] == ["inside", "evil.txt"]
        assert (inside / "evil.txt").read_bytes() == b"x\r\n"

    def test_a_part_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        ran = run("show", WELCOME, "--part", "7.1")
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err == "sesmime show: there is no part 7.1; there are 1, 1.1, 1.2, 2\n"
        assert run("show", WELCOME, "--part", "1.1", "-o", tmp_path).code == 2
        assert run("show", WELCOME, "-o", tmp_path / "x").err == "sesmime show: -o needs --part\n"

    def test_show_draws_the_tree_and_lists_the_fields(self) -> None:
        ran = run("show", WELCOME)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.decode() == (
            f"{WELCOME}: 2,063 bytes\n"
            "multipart/mixed                               1,345 bytes\n"
            "├─ 1 multipart/alternative                      932 bytes\n"
            "│  ├─ 1.1 text/plain utf-8  quoted-printable    318 bytes\n"
            "│  └─ 1.2 text/html utf-8   quoted-printable    361 bytes\n"
            "└─ 2 image/svg+xml          base64              144 bytes  attachment 'card.svg'\n"
            "\n"
            "Header section\n"
            "  From: Marta at Bluebird Coffee <marta@bluebird.example>\n"
            "  To: Jonas Weber <jonas.weber@example.net>\n"
            "  Cc: Lena Weber <lena.weber@example.net>\n"
            "  Bcc: crm@bluebird.example\n"
            "  Reply-To: Bluebird Coffee <hello@bluebird.example>\n"
            "  Subject: =?utf-8?Q?Welcome_to_Bluebird_=E2=80=93_your_first_bag_is_on_us?=\n"
            "    decoded: Welcome to Bluebird – your first bag is on us\n"
            "  Date: Tue, 18 Nov 2025 09:30:00 +0100\n"
            "  Message-ID: <20251118083000.7f3a1c@bluebird.example>\n"
            "  List-Unsubscribe: <https://bluebird.example/u/7f3a1c>,\n"
            "    <mailto:unsubscribe@bluebird.example?subject=7f3a1c>\n"
            "  List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
            "  X-SES-CONFIGURATION-SET: onboarding\n"
            "  X-SES-MESSAGE-TAGS: campaign=winter, kind=welcome\n"
            "  MIME-Version: 1.0\n"
            '  Content-Type: multipart/mixed; boundary="bluebird-mixed"\n'
            "\n"
            "SES fields\n"
            "  configuration_set  onboarding\n"
            "  message_tags       campaign=winter, kind=welcome\n"
        )

    def test_an_attached_message_is_a_branch_and_its_ses_fields_do_not_count(self) -> None:
        text = run("show", MESSAGES / "attached-message.eml").out.decode()
        assert "\n└─ 2 message/rfc822 " in text
        assert "\n   └─ 2.1 text/html us-ascii " in text
        assert "SES fields" not in text

    def test_file_names_are_shown_decoded(self) -> None:
        assert "inline 'etikett – neu.gif'\n" in run("show", MESSAGES / "inline-image.eml").out.decode()

    def test_where_the_encoding_has_no_strokes_the_tree_is_ascii(self) -> None:
        text = run("show", MESSAGES / "inline-image.eml", encoding="ascii").out.decode("ascii")
        assert "\n|- 1 text/html utf-8 " in text
        assert "\n`- 2 image/gif " in text
        assert "inline 'etikett \\u2013 neu.gif'\n" in text

    def test_unknown_repeated_and_malformed_ses_fields_are_told(self) -> None:
        message = b"X-SES-TENANT: a\nX-SES-TENANT: b\nX-SES-MESSAGE-TAGS: x\nX-SES-OTHER: c\n\n"
        told = " ".join(run("show", stdin=message).out.decode().partition("SES fields")[2].split())
        assert told.startswith(
            "tenant a tenant X-SES-TENANT is repeated; only the first counts message_tags malformed:"
        )
        assert told.endswith("X-SES-OTHER not a setting")

    def test_defects_are_told_with_their_places(self) -> None:
        message = b"From: a@b.example\nno field\nContent-Type: multipart/mixed\n\n"
        text = run("show", stdin=message).out.decode()
        assert "(2 defects)" in text
        assert "\n  message, byte 18: not-a-field, a line without a colon is not a field\n" in text
        assert "no-boundary" in text

    def test_of_many_defects_twenty_are_told(self) -> None:
        text = run("show", stdin=b"From: a@b.example\n" + b"no field\n" * 30 + b"\n").out.decode()
        assert text.count("not-a-field") == 20
        assert text.endswith("  and 10 more\n")

    def test_a_deep_tree_is_drawn_within_reason(self) -> None:
        deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(300)) + b"\n"
        lines = run("show", stdin=deep).out.decode().partition("\n\n")[0].splitlines()
        assert len(lines) == 302
        assert max(len(line) for line in lines) < 1_000

    def test_json_has_fields_ses_fields_and_entities(self) -> None:
        shown = run("show", WELCOME, "--json").json
        assert shown["bytes"] == 2063
        assert shown["fields"][3] == {"name": "Bcc", "body": "crm@bluebird.example"}
        assert shown["ses_fields"]["configuration_set"] == "onboarding"
        assert shown["ses_fields"]["message_tags"][0] == {"name": "campaign", "value": "winter"}
        assert [entity["part"] for entity in shown["entities"]] == ["", "1", "1.1", "1.2", "2"]
        last = shown["entities"][-1]
        assert (last["content_type"], last["content_transfer_encoding"]) == ("image/svg+xml", "base64")
        assert (last["disposition"], last["filename"], last["defects"]) == ("attachment", "card.svg", [])
        start, stop = last["body_span"]
        assert WELCOME.read_bytes()[start:stop].startswith(b"PHN2Zy")


class TestStrip:
    def test_strip_removes_the_ses_fields_and_nothing_else(self) -> None:
        ran = run("strip", WELCOME)
        assert ran.out == without_lines(WELCOME.read_bytes(), b"X-SES-")
        assert (ran.code, ran.err) == (0, "removed 2 fields: X-SES-CONFIGURATION-SET, X-SES-MESSAGE-TAGS\n")

    def test_kept_fields_stay(self) -> None:
        ran = run("strip", WELCOME, "--keep", "x-ses-message-tags", "--keep", "X-SES-TENANT", "-q")
        assert ran == Ran(0, without_lines(WELCOME.read_bytes(), b"X-SES-CONFIGURATION-SET"), "")

    def test_what_has_none_stays_as_it_is(self) -> None:
        attached = MESSAGES / "attached-message.eml"
        assert run("strip", attached) == Ran(0, attached.read_bytes(), "no X-SES- fields to remove\n")

    def test_a_body_of_several_pieces_is_copied_whole(self, tmp_path: Path) -> None:
        message = b"X-SES-TENANT: a\r\nTo: b@c.example\r\n\r\n" + b"0123456789abcde\n" * 200_000
        target = tmp_path / "out.eml"
        assert run("strip", "-o", target, "-q", stdin=message).code == 0
        assert target.read_bytes() == message.partition(b"\n")[2]


class TestResolve:
    def test_resolve_tells_what_counts_and_who_says_so(self) -> None:
        ran = run("resolve", WELCOME, "--tag", "campaign=spring")
        assert (ran.code, ran.err) == (0, "")
        text = ran.out.decode()
        assert text.startswith("ses.SendRawEmail\n")
        assert "campaign=spring" in text
        assert "X-SES-MESSAGE-TAGS: 'campaign=winter, kind=welcome'" in text
        assert "DOCUMENTED, https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html" in text

    def test_json_has_settings_and_conflicts(self) -> None:
        resolved = run("resolve", WELCOME, "--tag", "campaign=spring", "--json", "--interface", "sesv2").json
        assert list(resolved) == ["interface", "settings", "conflicts"]
        assert resolved["interface"] == "sesv2.SendEmail.Raw"
        (conflict,) = resolved["conflicts"]
        assert list(conflict) == ["setting", "value", "field", "reason"]
        assert conflict["field"] == {"name": "X-SES-MESSAGE-TAGS", "body": "campaign=winter, kind=welcome"}
        tags = [{"name": "campaign", "value": "winter"}, {"name": "kind", "value": "welcome"}]
        assert (conflict["setting"], conflict["value"]) == ("message_tags", tags)

    def test_interfaces_that_take_parameters_alone_can_be_asked_about(self) -> None:
        ran = run("resolve", WELCOME, "--interface", "ses.SendEmail")
        assert ran.code == 0
        assert "reads no X-SES- field" in ran.out.decode()


class TestTags:
    def test_tags_are_listed_one_a_line(self) -> None:
        assert run("tags", WELCOME) == Ran(0, b"campaign=winter\nkind=welcome\n", "")

    def test_tags_as_json(self) -> None:
        expected = [{"name": "campaign", "value": "winter"}, {"name": "kind", "value": "welcome"}]
        assert run("tags", WELCOME, "--json").json == expected
        assert run("tags", PLAIN, "--json").json == []

    def test_a_message_without_tags_is_clean_and_says_so(self) -> None:
        assert run("tags", PLAIN) == Ran(0, b"", f"{PLAIN}: the message has no field X-SES-MESSAGE-TAGS\n")

    def test_malformed_tags_are_told_and_give_1(self) -> None:
        ran = run("tags", "--body", "a=1, b, c=\u00fc")
        assert (ran.code, ran.out.decode()) == (1, "a=1\nc=ü\n")
        assert ran.err == (
            "--body: 'b': an item without = is not a tag\n"
            "--body: 'c=ü': a tag value consists of only A-Z a-z 0-9 _ and -\n"
        )

    def test_a_repeated_field_is_told_and_gives_1(self) -> None:
        ran = run("tags", stdin=b"X-SES-Message-Tags: a=1\nX-SES-MESSAGE-TAGS: b=2\n\n")
        assert (ran.code, ran.out) == (1, b"a=1\n")
        assert ran.err == "<stdin>: X-SES-MESSAGE-TAGS is repeated; only the first counts [ASSUMED]: b=2\n"

    def test_a_field_is_written_of_tags(self) -> None:
        expected = b"X-SES-MESSAGE-TAGS: campaign=spring, kind=welcome\n"
        assert run("tags", "--format", "campaign=spring", "kind=welcome") == Ran(0, expected, "")


class TestDirectives:
    HTML = (
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n{{amazonSESUnsubscribeUrl}}\r\n"
        b"--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )

    def message(self, html: bytes) -> bytes:
        return b"From: a@b.example\r\n" + self.HTML + base64.encodebytes(html) + b"--b--\r\n"

    def test_the_directives_of_each_text_are_told(self) -> None:
        link = b'<a href="https://a.example" %s>x</a>'
        html = b"".join(
            [
                *[link % b'ses:tags="place:top;x y"'] * 2,
                *(link % b"ses:no-track", link % b"ses:custom-path=spring", link % b"ses:custom-path='a b'"),
                b"<td ses:no-track>{{ses:openTracker}}{{ses:openTracker}}",
            ]
        )
        text = run("show", stdin=self.message(html)).out.decode()
        assert text.partition("Directives for SES\n")[2].splitlines() == [
            "  part 1  {{amazonSESUnsubscribeUrl}}",
            "  part 2  {{ses:openTracker}}, 2 times",
            "          ses:no-track on 1 of 5 links",
            "          ses:tags place:top on 2 links",
            "          ses:tags x y (malformed) on 2 links",
            "          ses:custom-path spring on 1 link",
            "          ses:custom-path a b (malformed) on 1 link",
            "          ses:no-track without effect, on 1 element td",
        ]
        first, second = run("show", "--json", stdin=self.message(html)).json["directives"]
        assert (first["part"], first["links"], len(first["unsubscribe_placeholders"])) == ("1", 0, 1)
        assert (second["part"], second["links"], len(second["open_trackers"])) == ("2", 5, 2)
        assert [one["ses:tags"] for one in second["on_links"] if "ses:tags" in one] == ["place:top;x y"] * 2
        start, stop = second["without_effect"][0]["span"]
        assert html[start:stop] == b"ses:no-track"

    def test_links_by_themselves_are_no_directives(self) -> None:
        text = run("show", stdin=b"Content-Type: text/html\r\n\r\n<a href='https://a.example'>x</a>").out
        assert b"Directives" not in text
        many = b"<a href='https://a.example'>x</a>" * 251 + b"{{ses:openTracker}}"
        text = run("show", stdin=b"Content-Type: text/html\r\n\r\n" + many).out
        assert b"  text  {{ses:openTracker}}\n        251 links, of which SES tracks 250\n" in text
