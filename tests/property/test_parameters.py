"""The laws of parameters, under Hypothesis."""

from __future__ import annotations

import email
import email.message
import email.policy
import pickle
from collections.abc import Mapping
from email.headerregistry import HeaderRegistry
from email.utils import collapse_rfc2231_value
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from sesmime.errors import InvalidField
from sesmime.mime.limits import DEFAULT_LIMITS
from sesmime.mime.parameters import _Reader, format_parameters, parse_parameters
from tests.property.parameter_bodies import bodies

plain_bodies = st.builds(
    "{}{}{}".format,
    st.sampled_from(["text/plain", "attachment", "A/b", "text"]),
    st.lists(
        st.builds(
            "{};{}{}={}".format,
            st.sampled_from(["", " ", " \t"]),
            st.sampled_from(["", " ", "\t"]),
            st.sampled_from(["a", "A", "charset", "n-1", "x" * 60, "x" * 61]),
            st.sampled_from(["b", "it's", "100%", '""', '"a b"', '"a;b=c"', "'", '"=?', '"=?"', '"\t"', '"("', "*"]),
        ),
        max_size=4,
    ).map("".join),
    st.sampled_from(["", ";", " ; ", " ", ";;"]),
)
names = st.one_of(
    st.sampled_from(["filename", "FileName", "name", "charset", "boundary", "x-name", "size", "n" * 60, "n" * 61, "a"]),
    st.text("abzAZ019!#$&+-.^_`{|}~", min_size=1, max_size=8),
)
texts = st.one_of(
    st.text(st.characters(exclude_categories=("Cc", "Cs"))),
    st.text(" \"\\\\;;=?<>'%()*\tabé😀", max_size=12),
    st.text(' "\\;=xé😀', min_size=50, max_size=120),
    st.sampled_from(
        [
            *("", " ", " a", "a ", "a; b", "a ;b", "a\\", "\\", '"', '""', '"a"', "<a>", "<", "=?utf-8?q?x?=", "=?"),
            *("utf-8''a", "''", "%41", "a(1).txt", "(a)", "a  b", "a\tb", "\u2028", "\x85", "\ufeff", "\ufffd"),
            *("x" * 60, "x" * 75, "x y" * 60, "é" * 30, "😀" * 60, "\\" * 80, '"' * 80, "a;" * 50),
        ]
    ),
)
values = st.sampled_from(["attachment", "inline", "text/plain", "multipart/x-y.z+1", "form-data", "a"])
given_parameters = st.one_of(
    st.lists(st.tuples(names, texts), max_size=4, unique_by=lambda pair: pair[0].lower()),
    st.lists(st.tuples(st.sampled_from(["", "n*", "filename", "é"]) | st.text(max_size=3), st.text()), max_size=3),
)


def _library_field(name: str, body: str) -> Any:
    """What policy.SMTP makes of a field; None where it raises."""
    try:
        return HeaderRegistry()(name, body)
    except (AssertionError, AttributeError, IndexError, LookupError, TypeError, ValueError):
        return None


class TestReading:
    """RFC 2045 section 5.1: parameter := attribute "=" value; value := token / quoted-string."""

    @given(bodies)
    @example("a; n*=utf-8''%")
    @example('a; n="\\')
    def test_law_1_nothing_raises_and_every_place_is_in_the_body(self, body: str) -> None:
        value, parameters = parse_parameters(body)
        assert len(value) <= len(body)
        for span in [defect.span for defect in parameters.defects] + [raw.span for raw in parameters.raw]:
            assert 0 <= span.start <= span.stop <= len(body)
        for name, text in parameters.items():
            (name + text).encode()  # no surrogate is left
        for raw in parameters.raw:
            assert raw.value.replace('"', "").replace("\\", "") in body.replace('"', "").replace("\\", "")
        assert pickle.loads(pickle.dumps(parameters)) == parameters
        assert len(repr(parameters)) < 500

    @given(plain_bodies | bodies)
    def test_the_plain_pattern_and_the_tokeniser_read_alike(self, body: str) -> None:
        value, parameters = parse_parameters(body)
        careful_value, careful = _Reader(body, DEFAULT_LIMITS).read()
        assert (value, list(parameters.items())) == (careful_value, list(careful.items()))
        assert (parameters.raw, parameters.defects) == (careful.raw, careful.defects)

    @given(bodies)
    def test_law_8_what_the_library_reads_without_defect_reads_alike(self, body: str) -> None:
        # Bytes alone come from a message, and the library takes lines apart before it reads a field.
        body = "".join(c for c in body if (c.isascii() and c not in "\r\n") or "\udc80" <= c <= "\udcff").lstrip(" \t")
        value, parameters = parse_parameters(body)
        if "repeated-parameter" in [defect.name for defect in parameters.defects]:
            return  # of names that differ in case its `params` have the last, its get_param, as we do, the first
        if any("*" in raw.name and "(" in raw.value for raw in parameters.raw):
            return  # it takes a comment inside an extended value for one
        for name in ("Content-Type", "Content-Disposition"):
            field = _library_field(name, body)
            if field is None or field.defects:
                continue
            assert dict(field.params) == parameters
            assert value.lower() == (field.content_type if name == "Content-Type" else field.content_disposition)


class TestWriting:
    """RFC 2231 section 1: a mechanism for parameter values that are long, or not in US-ASCII."""

    @given(values, given_parameters)
    @example("attachment", [("filename", "é" * 200), ("size", "3")])
    @example("attachment", [("filename", "a\\"), ("x", "y")])
    @example("attachment", [("attachment", "x")])
    def test_law_4_what_is_written_is_read_back(self, value: str, given: list[tuple[str, str]]) -> None:
        try:
            written = format_parameters(value, given)
        except InvalidField:
            return
        expected = {name.lower(): text for name, text in given}
        assert written.isascii()
        assert written.isprintable()
        read, parameters = parse_parameters(written)
        assert (read, dict(parameters), parameters.defects) == (value, expected, ())
        folded = written.replace("; ", ";\r\n ")
        self._library_reads(value, folded, expected)
        self._lines_are_short(folded)

    @staticmethod
    def _library_reads(value: str, folded: str, expected: Mapping[str, str]) -> None:
        name = "Content-Type" if "/" in value else "Content-Disposition"
        source = f"{name}: {folded}\r\n\r\n".encode()
        field = email.message_from_bytes(source, policy=email.policy.SMTP)[name]
        assert dict(field.params) == expected
        assert field.defects == ()
        message: email.message.Message = email.message_from_bytes(source)
        for parameter, text in expected.items():
            if f"\n {parameter}*" in folded.lower() and not parameter.replace("_", "a").isalnum():
                continue  # `email.utils.rfc2231_continuation` knows no name with a hyphen
            if parameter not in ("filename", "name", "boundary") and text.startswith("<") and text.endswith(">"):
                continue  # `collapse_rfc2231_value`, which the library asks for those only, drops the brackets
            found = message.get_param(parameter, header=name)
            assert found is not None
            assert collapse_rfc2231_value(found) == text

    @staticmethod
    def _lines_are_short(folded: str) -> None:
        for line in folded.split("\r\n")[1:]:
            name, _, _ = line[1:].partition("=")
            assert len(line) <= 998
            # Text in ASCII stays whole, since many readers know no continuations.
            if "*" in name and len(name) < 50:
                assert len(line) <= 78

    @given(values, given_parameters)
    def test_what_is_written_of_what_was_read_is_the_same(self, value: str, given: list[tuple[str, str]]) -> None:
        try:
            written = format_parameters(value, given)
        except InvalidField:
            return
        again = format_parameters(*parse_parameters(written))
        assert again.lower() == written.lower()
        assert format_parameters(value, dict(given)) == written
