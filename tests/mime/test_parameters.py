"""Parameters of Content-Type and Content-Disposition."""

from __future__ import annotations

import email
import email.policy
import json
import pickle
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from sesmime.errors import InvalidField
from sesmime.mime.fields import Span
from sesmime.mime.limits import DEFAULT_LIMITS, Limits
from sesmime.mime.parameters import Parameters, RawParameter, format_parameters, parse_parameters
from tests.conftest import SHARED, shared

PLAIN = [
    ("text/plain", "text/plain", {}),
    ("Text/HTML; Charset=UTF-8", "Text/HTML", {"charset": "UTF-8"}),
    ('multipart/mixed; boundary="a b"', "multipart/mixed", {"boundary": "a b"}),
    ('multipart/mixed; boundary="a;b=c"; x=y', "multipart/mixed", {"boundary": "a;b=c", "x": "y"}),
    ('attachment; filename=""', "attachment", {"filename": ""}),
    ("attachment ;\tfilename=a.txt ; size=3 ; ", "attachment", {"filename": "a.txt", "size": "3"}),
    ("text/plain;charset=utf-8;", "text/plain", {"charset": "utf-8"}),
    ("text/plain; name=it's", "text/plain", {"name": "it's"}),
]
CAREFUL = [
    ("text / plain (one; two (three)); a = b", "text/plain", {"a": "b"}),
    ("(why) text/plain (not); charset=us-ascii (Plain text)", "text/plain", {"charset": "us-ascii"}),
    ('a; (x;y) n (z) = (w) "v" (u) ; m=1', "a", {"n": "v", "m": "1"}),
    (r'a; n="x \"y\" \\ z"', "a", {"n": r'x "y" \ z'}),
    ('a; n="x\ty"', "a", {"n": "x\ty"}),
    ("a; n*=utf-8'en'%C3%A9%20x", "a", {"n": "é x"}),
    ("a; n*=ISO-8859-1''%e9", "a", {"n": "é"}),
    ("a; n*=''plain", "a", {"n": "plain"}),
    ("a; n*0=one; n*1=two", "a", {"n": "onetwo"}),
    ("a; n*1=two; m=x; n*0=one", "a", {"n": "onetwo", "m": "x"}),
    ("a; n*0*=utf-8''%C3; n*1*=%A9; n*2=\" %41\"", "a", {"n": "é %41"}),
    ("a; N*0*=utf-8''a; n*1*=b", "a", {"n": "ab"}),
    ("a; n=x; n*=utf-8''x", "a", {"n": "x"}),
]


def _read(body: str, *, limits: Limits = DEFAULT_LIMITS) -> tuple[str, dict[str, str], list[str]]:
    value, parameters = parse_parameters(body, limits=limits)
    return value, dict(parameters), [defect.name for defect in parameters.defects]


@pytest.mark.parametrize(("body", "value", "parameters"), PLAIN + CAREFUL)
def test_what_the_standards_have_is_read_without_defect(body: str, value: str, parameters: dict[str, str]) -> None:
    assert _read(body) == (value, parameters, [])


@pytest.mark.parametrize(
    ("body", "parameters", "defects"),
    [
        ("a; boundary=----=_Part_1", {"boundary": "----=_Part_1"}, ["unquoted-special"]),
        ("a; filename=my hello.txt; x=y", {"filename": "my hello.txt", "x": "y"}, ["unquoted-special"]),
        (r"a; n=x\"y; m=z", {"n": r"x\"y", "m": "z"}, ["unquoted-special"]),
        (r"a; n\"y; m=z", {r"n\"y": "", "m": "z"}, ["missing-equals", "invalid-parameter-name"]),
        ("a; n*=utf-8'' x", {"n": "x"}, ["unquoted-special"]),
        ("a; n*=utf-8''=41%3D41", {"n": "=41=41"}, ["unquoted-special"]),
        ("a; type=text/xml", {"type": "text/xml"}, ["unquoted-special"]),
        ("a; filename=a(1).txt", {"filename": "a(1).txt"}, ["unquoted-special"]),
        ("a; filename=report(1)", {"filename": "report"}, ["comment-in-value"]),
        ("a; filename=a(1.txt; x=y", {"filename": "a(1.txt", "x": "y"}, ["unclosed-comment", "unquoted-special"]),
        ("a; n", {"n": ""}, ["missing-equals"]),
        ("a; n=; m=x", {"n": "", "m": "x"}, ["missing-value"]),
        ("a; =x", {"": "x"}, ["invalid-parameter-name"]),
        ("a; n m=x", {"n m": "x"}, ["invalid-parameter-name"]),
        ("a;; n=x;;", {"n": "x"}, ["empty-parameter"]),
        ('a; n="x" y; m=z', {"n": "x", "m": "z"}, ["text-after-quote"]),
        ('a; n="x"y"z;w"; m=z', {"n": "x", "m": "z"}, ["text-after-quote"]),
        ('a; n=x"y;z"; m=z', {"n": 'x"y;z"', "m": "z"}, ["unquoted-special"]),
        ('a; n="x; m=y', {"n": "x; m=y"}, ["unclosed-quote"]),
        (r'a; n="C:\new"', {"n": "C:new"}, ["needless-escape"]),
        ("a; n=x; N=y", {"n": "x"}, ["repeated-parameter"]),
        ('a; n="=?utf-8?q?x?="', {"n": "=?utf-8?q?x?="}, ["encoded-word"]),
        ('a; n*0="=?utf-8?q"; n*1="?x?="', {"n": "=?utf-8?q?x?="}, ["encoded-word"]),
        ('a; n="\udcc3\udca9"', {"n": "é"}, ["not-ascii"]),
        ('a; n="\udce9"', {"n": "\ufffd"}, ["not-ascii"]),
        ('a; n="x\x00"', {"n": "x\x00"}, ["control-character"]),
        ("a; n=x; n*=utf-8''y", {"n": "y"}, ["conflicting-parameter"]),
        ("a; n*=utf-8''y; n=x", {"n": "y"}, ["conflicting-parameter"]),
        ("a; n*=\"utf-8''%C3%A9\"", {"n": "é"}, ["extended-quoted"]),
        ("a; n*=%41b", {"n": "Ab"}, ["extended-without-charset"]),
        ("a; n*=klingon''%C3%A9", {"n": "é"}, ["unknown-charset"]),
        ("a; n*=unicode_escape''%5Cu0041", {"n": "\\u0041"}, ["unknown-charset"]),
        ("a; n*=klingon''x%E9", {"n": "x\ufffd"}, ["unknown-charset", "undecodable-value"]),
        ("a; n*=us-ascii''%C3%A9", {"n": "é"}, ["undecodable-value"]),
        ("a; n*=utf-8''%C3x", {"n": "\ufffdx"}, ["undecodable-value"]),
        ("a; n*=utf-8''100%%4x", {"n": "100%%4x"}, ["invalid-percent"]),
        ("a; n*=utf-8''%0D%0ABcc:%20x", {"n": "\r\nBcc: x"}, ["unquoted-special", "control-character"]),
        ("a; n*0=x; n*2=z", {"n": "x"}, ["continuation-gap"]),
        ("a; n*1=y", {}, ["continuation-gap"]),
        ("a; n=x; n*1=y", {"n": "xy"}, ["continuation-gap"]),
        ("a; n*0=x; n*0=y", {"n": "x"}, ["repeated-parameter"]),
        ("a; n*00=x", {"n": "x"}, ["continuation-leading-zero"]),
        ("a; n*0=x; n*999999999=y", {"n": "x"}, ["continuation-too-high"]),
        (f"a; n*0=x; n*{'9' * 5000}=y", {"n": "x"}, ["continuation-too-high"]),
    ],
)
def test_what_mailers_write_instead_is_read_with_a_defect(
    body: str, parameters: dict[str, str], defects: list[str]
) -> None:
    assert _read(body) == ("a", parameters, defects)
    for defect in parse_parameters(body)[1].defects:
        assert 0 <= defect.span.start <= defect.span.stop <= len(body)


@pytest.mark.parametrize("body", ["", ";", "text/plain charset=x", "text/", "text/plain/x", '"text/plain"', "a (b"])
def test_a_value_that_is_none_is_kept_with_a_defect(body: str) -> None:
    value, parameters = parse_parameters(body)
    assert value == body.rstrip(";")
    assert "invalid-value" in [defect.name for defect in parameters.defects]


def test_items_are_also_given_as_they_stand() -> None:
    body = 'a; N*1*=%41 ; m="\udce9\\"" (x); n*0=z'
    raw = parse_parameters(body)[1].raw
    assert [(name, value) for name, value, _ in raw] == [("N*1*", "%41"), ("m", '\udce9"'), ("n*0", "z")]
    assert [body[span.start : span.stop] for _, _, span in raw] == ["N*1*=%41", 'm="\udce9\\"" (x)', "n*0=z"]


def test_items_of_a_plain_body_are_given_as_they_stand() -> None:
    raw = parse_parameters('text/plain; Charset="x y";n=z')[1].raw
    assert raw == (RawParameter("Charset", "x y", Span(12, 25)), RawParameter("n", "z", Span(26, 29)))


def test_names_are_lower_cased_in_ascii_alone() -> None:
    assert list(parse_parameters("a; \u212a=x; K=y")[1]) == ["\u212a", "k"]


@pytest.mark.parametrize("body", ["text/plain; charset=utf-8", "a; n*=utf-8''%C3%A9; n=x;;"])
def test_parameters_are_values_of_their_own(body: str) -> None:
    parameters = parse_parameters(body)[1]
    copy = pickle.loads(pickle.dumps(parameters))
    assert copy == parameters == dict(parameters)
    assert (copy.raw, copy.defects) == (parameters.raw, parameters.defects)
    assert parameters != {"charset": "x"}
    assert "absent" not in parameters


def test_the_repr_is_short_whatever_the_values() -> None:
    body = "a" + "".join(f'; n{i}="{"x" * 500}\u202e"' for i in range(300))
    text = repr(parse_parameters(body)[1])
    assert len(text) < 400
    assert text.isprintable()
    assert repr(Parameters({})) == "Parameters({})"


def test_parameters_past_the_limit_are_not_listed() -> None:
    body = "text/plain" + "".join(f"; p{i}=v" for i in range(8000)) + '; "'
    parameters = parse_parameters(body)[1]
    assert len(parameters) == len(parameters.raw) == Limits().parameters
    assert [defect.name for defect in parameters.defects] == ["too-many-parameters"]
    assert len(parse_parameters(body, limits=Limits(parameters=3))[1]) == 3
    assert _read('a; b; c="d', limits=Limits(parameters=1)) == (
        "a",
        {"b": ""},
        ["missing-equals", "too-many-parameters"],
    )
    assert len(parse_parameters(body, limits=Limits(parameters=8000))[1].raw) == 8000


def test_a_long_name_is_listed_with_a_defect() -> None:
    body = "text/plain; " + "a" * 61 + "=v"
    parameters = parse_parameters(body)[1]
    assert dict(parameters) == {"a" * 61: "v"}
    assert [defect.name for defect in parameters.defects] == ["parameter-name-too-long"]
    assert parse_parameters(body, limits=Limits(parameter_name=61))[1].defects == ()


def test_pieces_of_one_value_count_once() -> None:
    order = [*range(0, 8000, 2), *range(7999, 0, -2)]
    body = "attachment" + "".join(f"; filename*{i}={i % 10}" for i in order)
    parameters = parse_parameters(body)[1]
    assert parameters["filename"] == "0123456789" * 800
    assert parameters.defects == ()


def test_the_pieces_of_all_values_are_bounded() -> None:
    parameters = parse_parameters("a" + "; n*0=x" * 200_000)[1]
    assert parameters == {"n": "x"}
    assert len(parameters.raw) < 11_000
    assert parameters.defects[-1].name == "too-many-parameters"


def test_deep_comments_are_comments_with_a_defect() -> None:
    assert _read("text/plain " + "(" * 33 + ")" * 33 + "; n=x") == ("text/plain", {"n": "x"}, ["comment-too-deep"])
    assert parse_parameters("text/plain " + "(" * 32 + ")" * 32)[1].defects == ()


# Each takes seconds to hours where the work is not linear in the length.
@pytest.mark.parametrize(
    "body",
    [
        'text/plain; a="' + ';"' * 64_000,
        "text/plain" + ";" * 100_000,
        "text/plain" + "(" * 100_000,
        "text/plain; a" + ";(" * 100_000,
        "text/plain; " + "(" * 50_000 + ")" * 50_000,
        "text/plain; a=b" + " ()" * 50_000 + "c",
        'text/plain; a="' + "\\" * 100_000,
        "text/plain; a=(" + "\\" * 100_000,
        "text/plain; a=" + '"" ' * 50_000,
        "text/plain; a" + "=" * 50_000,
        "text/plain; a*=utf-8''" + "%" * 50_000,
        "text/plain; a*=utf-8''" + "%41" * 30_000,
        "text/plain; a*=" + "'" * 100_000,
        "text/plain; " + "a*" * 50_000 + "=b",
        "text/plain" + " " * 100_000 + "x",
        "text/plain; a=b" + " " * 100_000 + "x",
        "text/plain;" + " " * 100_000 + "a=b" + " " * 100_000 + "x",
        "text/plain; a=" + "=?" * 100_000,
        "/" * 100_000,
        "attachment" + "".join(f"; filename*{i}999=a" for i in range(8000)),
        "attachment" + "".join(f"; filename*{i}*=%C3; filename*{i + 1}=x" for i in range(0, 8000, 2)),
    ],
    ids=lambda body: body[:24],
)
def test_hostile_bodies_are_read_in_one_walk(body: str) -> None:
    value, parameters = parse_parameters(body)
    assert len(value) <= len(body)
    assert len(parameters.defects) < 9000


@pytest.mark.parametrize(
    ("value", "parameters", "body"),
    [
        ("text/plain", {}, "text/plain"),
        ("text/plain", {"charset": "utf-8", "n": "a b.txt"}, 'text/plain; charset=utf-8; n="a b.txt"'),
        ("attachment", [("FileName", 'a"b\\c')], r'attachment; FileName="a\"b\\c"'),
        ("a", {"n": ""}, 'a; n=""'),
        ("a", {"n": "it's"}, 'a; n="it\'s"'),
        ("a", {"n": "a;b"}, 'a; n="a;b"'),
        ("a", {"n": "a; b"}, "a; n*=utf-8''a%3B%20b"),
        ("a", {"n": "naïve"}, "a; n*=utf-8''na%C3%AFve"),
        ("a", {"n": "=?utf-8?q?x?="}, "a; n*=utf-8''%3D%3Futf-8%3Fq%3Fx%3F%3D"),
        ("a", {"n": " x"}, "a; n*=utf-8''%20x"),
        ("a", {"n": "x "}, "a; n*=utf-8''x%20"),
        ("a", {"n": "x\t"}, "a; n*=utf-8''x%09"),
        ("a", {"n": "x\\"}, "a; n*=utf-8''x%5C"),
        ("a", {"n": "<x>"}, 'a; n="<x>"'),
        ("a", {"name": "<x>"}, "a; name*=utf-8''%3Cx%3E"),
        ("a", {"n": '"x"'}, "a; n*=utf-8''%22x%22"),
        ("a", {"n": "x" * 74}, "a; n=" + "x" * 74),
        ("a", {"n": "x" * 75}, "a; n=" + "x" * 75),
        ("a", {"boundary": "x" * 70}, "a; boundary=" + "x" * 70),
        ("a", {"x-n": "x" * 200}, "a; x-n=" + "x" * 200),
    ],
)
def test_a_parameter_is_written_in_the_plainest_form_all_read(
    value: str, parameters: dict[str, str] | list[tuple[str, str]], body: str
) -> None:
    assert format_parameters(value, parameters) == body
    assert _read(body) == (value, {name.lower(): text for name, text in dict(parameters).items()}, [])


def test_a_long_value_is_continued_in_lines_of_78() -> None:
    text = "Übersicht 😀 " * 40
    lines = format_parameters("attachment", {"filename": text}).split("; ")
    assert len(lines) > 10
    assert max(map(len, lines)) <= 76
    assert parse_parameters("; ".join(lines))[1]["filename"] == text


@pytest.mark.parametrize(
    ("value", "parameters"),
    [
        ("", {}),
        ("text/plain/x", {}),
        ("text/plain\n", {}),
        ("text/pläin", {}),
        ("text plain", {}),
        ("a", {"": "x"}),
        ("a", {"n*": "x"}),
        ("a", {"n'": "x"}),
        ("a", {"n%": "x"}),
        ("a", {"n m": "x"}),
        ("a", {"n\n": "x"}),
        ("a", {"é": "x"}),
        ("a", {"n" * 61: "x"}),
        ("a", {"n": "x\r\nBcc: y"}),
        ("a", {"n": "x\ny"}),
        ("a", {"n": "x\ry"}),
        ("a", {"n": "x\x00"}),
        ("a", {"n": "x\x1b"}),
        ("a", {"n": "x\x7f"}),
        ("a", {"n": "x\udce9"}),
        ("a", {"n": "\ud83d"}),
        ("a", [("n", "x"), ("N", "x")]),
        ("a", {"A": "x"}),
        ("a", {f"n{i}": "x" for i in range(257)}),
        ("a", {"n": "é" * 120_000}),
    ],
)
def test_what_cannot_be_carried_is_refused(value: str, parameters: dict[str, str] | list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidField) as raised:
        format_parameters(value, parameters)
    assert raised.value.reason
    assert str(raised.value).isprintable()


def test_a_wrong_type_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        format_parameters("a", {"n": 3})  # type: ignore[arg-type]


def test_a_subclass_of_str_is_plain_text() -> None:
    class Sly(str):
        def __str__(self) -> str:
            return "x\r\nBcc: y"

        def __format__(self, spec: str) -> str:
            return "x\r\nBcc: y"

        def isascii(self) -> bool:
            return True

        replace = lower = encode = None  # type: ignore[assignment]

    assert format_parameters(Sly("a"), [(Sly("N"), Sly("naïve"))]) == "a; N*=utf-8''na%C3%AFve"
    assert format_parameters(Sly("a"), [(Sly("N"), Sly("a b"))]) == 'a; N="a b"'


def _clean_fields(path: Path) -> Iterator[tuple[EmailMessage, str, str]]:
    """Each Content-Type and Content-Disposition of a message in which policy.SMTP finds no defect."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTP)
    for part in message.walk():
        for name, source in part._headers:  # type: ignore[attr-defined]
            if name.lower() in {"content-type", "content-disposition"}:
                try:
                    defects = part[name].defects
                except (AttributeError, IndexError, UnicodeError, ValueError):
                    continue  # the library itself raises
                if not defects and len(part.get_all(name, [])) == 1:
                    yield part, name.lower(), re.sub(r"[\r\n]", "", source).lstrip(" \t")


@pytest.mark.slow
@pytest.mark.shared
def test_the_library_reads_real_messages_alike() -> None:
    count = 0
    for path in sorted(shared("corpus").glob("*/messages/**/*")):
        if not path.is_file():
            continue
        for part, name, body in _clean_fields(path):
            value, parameters = parse_parameters(body)
            assert parameters == dict(part[name].params), (path, body)
            if name == "content-type":
                assert value.lower() == part[name].content_type, (path, body)
                assert parameters.get("boundary", "").rstrip() == (part.get_boundary() or ""), (path, body)
                assert parameters.get("charset", "").lower() == (part.get_content_charset() or ""), (path, body)
            else:
                assert value.lower() == part[name].content_disposition, (path, body)
                if "filename" in parameters:
                    assert parameters["filename"].strip() == part.get_filename(), (path, body)
            count += 1
    assert count > 3000


def _attacks() -> list[str]:
    index = SHARED / "attacks" / "index.json"
    entries = json.loads(index.read_text())["entries"] if index.exists() else []
    return [entry["name"] for entry in entries if entry["input_file"]]


@pytest.mark.shared
@pytest.mark.parametrize("name", _attacks())
def test_attacks_in_parameters_are_read(name: str) -> None:
    raw = shared("attacks", f"{name}.eml").read_bytes().decode("ascii", "surrogateescape")
    for body in re.findall(r"(?im)^content-(?:type|disposition)\s*:(.*(?:\r?\n[ \t].*)*)", raw):
        value, parameters = parse_parameters(re.sub(r"\r?\n", "", body))
        assert not re.search("[\ud800-\udfff]", "".join(parameters.values()))
        assert "\r\n" not in value
