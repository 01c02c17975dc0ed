"""Law 13: a forward loses no octet of text and no author without a finding."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sesmime import Interface
from tests import laws

_ADDRESSES = r"""
    ann@example.net, Ann <ann@example.net> ann@example.net<ann@example.net> jøran@example.net <> undisclosed ; : @ (
    (c) "Ann,Q" Ann@x <bob@example.net> [x] =?utf-8?q?Zo=C3=AB?= =?utf-8?b?4oCu?= team:ann@example.net; \ " .a@b
""".split()  # noqa: SIM905, a list of them fills twenty lines
addresses = st.lists(st.sampled_from([*_ADDRESSES, ", ", " ", "\n ", "\n \n "]), max_size=6).map("".join)
address_fields = st.builds(
    "{}{} {}\n".format,
    st.sampled_from(["From", "from", "To", "Cc", "Reply-To", "Sender", "Bcc", "Return-Path"]),
    st.sampled_from([":", " :", "\n :"]),
    addresses,
)
lines = st.sampled_from(
    [
        *("Subject: x\n", "Subject : y\n", "Subject: x\n \n", "X-Note: a\n\t\n b\n", "Comments: c\n", "Date: d\n"),
        *("Dear all,\n", "please note the following: this\n", "Note: the office\n", "until Monday.\n", " indented\n"),
        *("\n", " \n", ": nameless\n", "no: \0\n", "nul\0here\n", "é: ü\n", "x" * 990 + "\n", "From ann@x Mon Jan 1\n"),
        *("X-SES-TENANT: t\n", "DKIM-Signature: v=1; a=b\n", "Content-Transfer-Encoding: base64\n", "a\rb: c\n"),
        *("Content-Type: multipart/mixed; boundary=b\n", "--b\n", "MIME-Version: 1.0\n", "text", "Re-iterate: more\n"),
    ]
)
messages = st.lists(address_fields | lines, max_size=9).map("".join)


class TestForwards:
    """DESIGN section 7, law 13: "A forward loses no octet of text and no author without a finding." """

    @given(messages, st.booleans(), st.sampled_from([one for one in Interface if one.is_raw]))
    @example("From: phil@example.net <phil@example.net>\nTo: b@example.org\n\nhi\n", True, Interface.SMTP)
    @example(
        "Subject: x\nDear all,\nplease note the following: the office is closed\nuntil Monday.\n\nR\n", False, "smtp"
    )
    def test_no_text_and_no_author_is_lost(self, text: str, is_crlf: bool, interface: Interface) -> None:
        message = text.replace("\n", "\r\n" if is_crlf else "\n").encode()
        laws.forwards(message, Interface(interface))
