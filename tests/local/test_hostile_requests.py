"""Hostile requests of the local SES: each is refused in the shape of its protocol, and the server lives on.

The requests are made from seeds, one family a function; a family knows nothing of the server.
"""

from __future__ import annotations

import json
import logging
import random
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from itertools import cycle, islice
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from botocore.session import Session

from sesmime.local import LocalSes, Options
from sesmime.local.state import Template
from tests.local.conftest import resident

pytestmark = [pytest.mark.edges, pytest.mark.slow]

MAX_REQUEST = 200_000
COUNT = 2_000
FORM = "application/x-www-form-urlencoded; charset=utf-8"
_MODELS = {name: Session().get_service_model(name) for name in ("ses", "sesv2")}


def authorization(service: str) -> str:
    scope = f"AKIAIOSFODNN7EXAMPLE/20261128/us-east-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"


class Hostile(NamedTuple):
    """A request, as octets; `service` whose error shape is expected, None where none can be."""

    octets: bytes
    service: str | None
    statuses: tuple[int, ...] = ()  # any of 4xx and 501 where empty
    is_head: bool = False


Family = Callable[[random.Random], Hostile]
FAMILIES: list[Family] = []


def family(made: Family) -> Family:
    FAMILIES.append(made)
    return made


def written(
    method: str, target: str, fields: dict[str, str], body: bytes = b"", *, length: str | None = "", host: str = ""
) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host or 'localhost'}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    if length is not None:
        lines.append(f"Content-Length: {length or len(body)}")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


def of_v1(body: bytes, *, length: str | None = "", **fields: str) -> bytes:
    given = {"Authorization": authorization("ses"), "Content-Type": FORM}
    return written(
        "POST", "/", given | {name.replace("_", "-"): value for name, value in fields.items()}, body, length=length
    )


def of_v2(method: str, path: str, body: bytes, *, length: str | None = "", **fields: str) -> bytes:
    given = {"Authorization": authorization("ses"), "Content-Type": "application/json"}
    return written(
        method, path, given | {name.replace("_", "-"): value for name, value in fields.items()}, body, length=length
    )


def junk(seed: random.Random, size: int = 40) -> str:
    return "".join(seed.choice("aZ0 <>&'\"{}[]%\\/.:;,@\u00e9\u4e00\U0001f600\t") for _ in range(seed.randrange(size)))


def operation_of_v2(seed: random.Random, *, with_body: bool = False) -> tuple[Any, str, str]:
    while True:
        model = _MODELS["sesv2"].operation_model(seed.choice(_MODELS["sesv2"].operation_names))
        path = model.http["requestUri"].split("?")[0]
        if model.input_shape is None or (with_body and not in_body(model.input_shape)):
            continue
        for name in list(model.input_shape.members):
            path = path.replace(f"{{{name}}}", "x")
        return model, model.http["method"], path


def in_body(shape: Any) -> dict[str, Any]:
    return {name: one for name, one in shape.members.items() if "location" not in one.serialization}


@family
def bad_json(seed: random.Random) -> Hostile:
    _, method, path = operation_of_v2(seed, with_body=True)
    body = seed.choice(
        [b"{", b'{"a":', b"[]", b"null", b'"x"', b"5", b"\xff\xfe{}", b"{'a':1}", b"{}{}", b"<a/>", b"\0"]
    )
    return Hostile(of_v2(method, path, body), "sesv2", (400, 501))


_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "blob": (str,),
    "integer": (int, float),
    "long": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def wrong(seed: random.Random, kind: str) -> Any:
    """Return a JSON value that is none of a kind's."""
    if kind == "boolean":
        return seed.choice([{"x": 1}, ["x"], "true", 1, 0.5])
    values: list[Any] = [{"x": 1}, ["x"], "x", 5, True, {"a": {"b": []}}, [[]], 1.5]
    return seed.choice([one for one in values if isinstance(one, bool) or not isinstance(one, _JSON_TYPES[kind])])


def filled(seed: random.Random, shape: Any) -> Any:
    """Return a value of a shape."""
    if shape.type_name == "structure":
        return {name: filled(seed, one) for name, one in shape.members.items()}
    if shape.type_name == "list":
        return [filled(seed, shape.member)]
    if shape.type_name == "map":
        return {"a": filled(seed, shape.value)}
    if shape.type_name == "string":
        return seed.choice(shape.enum) if shape.enum else "x"
    return {"boolean": True, "integer": 1, "long": 1, "double": 1.0, "timestamp": 1, "blob": "eA=="}[shape.type_name]


@family
def wrong_types(seed: random.Random) -> Hostile:
    model, method, path = operation_of_v2(seed, with_body=True)
    shape, value = model.input_shape, {name: filled(seed, one) for name, one in in_body(model.input_shape).items()}
    inner: Any = value
    while True:
        name = seed.choice(list(in_body(shape)))
        shape = shape.members[name]
        if shape.type_name != "structure" or not shape.members or seed.random() < 0.3:
            inner[name] = wrong(seed, shape.type_name)
            return Hostile(of_v2(method, path, json.dumps(value).encode()), "sesv2", (400, 501))
        inner = inner[name]


@family
def missing_members_v2(seed: random.Random) -> Hostile:
    while True:
        model, method, path = operation_of_v2(seed, with_body=True)
        needed = [name for name in model.input_shape.required_members if name in in_body(model.input_shape)]
        if needed:
            return Hostile(of_v2(method, path, b"{}"), "sesv2", (400, 404, 501))


@family
def missing_members_v1(seed: random.Random) -> Hostile:
    while True:
        model = _MODELS["ses"].operation_model(seed.choice(_MODELS["ses"].operation_names))
        if model.input_shape is not None and model.input_shape.required_members:
            body = urlencode({"Action": model.name, "Version": "2010-12-01"}).encode()
            return Hostile(of_v1(body), "ses", (400, 501))


@family
def nulls(seed: random.Random) -> Hostile:
    while True:
        model, method, path = operation_of_v2(seed, with_body=True)
        if any(name in in_body(model.input_shape) for name in model.input_shape.required_members):
            body = json.dumps(dict.fromkeys(in_body(model.input_shape))).encode()
            return Hostile(of_v2(method, path, body), "sesv2", (400, 404, 501))


@family
def unknown_actions(seed: random.Random) -> Hostile:
    action = seed.choice(
        ["", "Nothing", "sendEmail", "SendEmail\0", "CreateUser", "../x", "SendRawEmail,x", "é", junk(seed)]
    )
    return Hostile(of_v1(urlencode({"Action": action, "Version": seed.choice(["2010-12-01", "x"])}).encode()), "ses")


@family
def unknown_paths(seed: random.Random) -> Hostile:
    path = seed.choice(
        [
            "//",
            "/../",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/%00",
            "/x%00y",
            "/%ff%fe",
            "/\u00ff",
            "/..%2f..%2f",
            "/;x",
            "/%zz",
            "/%",
        ]
    )
    path = f"/v2/email{path}{quote(junk(seed))}"
    return Hostile(of_v2(seed.choice(["GET", "POST", "PUT", "DELETE"]), path, b""), "sesv2")


@family
def odd_paths_of_the_page(seed: random.Random) -> Hostile:
    path = seed.choice(
        [
            "/static/../../options.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd", "/..",
            "/messages/%00", "/messages/..", "/messages/x/parts/%ff", "/messages/x/parts/../..", "/rules/%2e%2e",
            "/api/messages/" + "x" * 2_000, "/api/%e2%82", "/\\", "/messages/x/raw", "//evil.example/",
            "/%2e%2e/%2e%2e/",
        ]
    )  # fmt: skip
    return Hostile(written("GET", path, {}), None, (400, 404))


@family
def bad_methods(seed: random.Random) -> Hostile:
    method = seed.choice(["PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO", "PROPFIND", "X" * 200, "HEAD"])
    path = seed.choice(["/v2/email/identities", "/v2/email/templates"])
    return Hostile(of_v2(method, path, b""), "sesv2", is_head=method == "HEAD")


@family
def no_http(seed: random.Random) -> Hostile:
    octets = seed.choice(
        [
            b"\0\0\0\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/x\r\n\r\n",
            b"GET / HTTP/1.1 x y\r\n\r\n", b"EHLO me\r\n\r\n", b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/-1\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        ]
    )  # fmt: skip
    return Hostile(octets, None)


@family
def long_lines(seed: random.Random) -> Hostile:
    size = seed.choice([66_000, 100_000])
    if seed.random() < 0.5:
        return Hostile(written("GET", "/?q=" + "x" * size, {}), None, (414,))
    return Hostile(written("GET", "/", {"X-Long": "x" * size}), None, (431,))


@family
def many_fields(seed: random.Random) -> Hostile:
    return Hostile(
        written("GET", "/", {f"X-{number}": "x" for number in range(seed.randrange(101, 400))}), None, (431,)
    )


@family
def long_queries(seed: random.Random) -> Hostile:
    body = "&".join(f"{seed.choice('abc')}{number}={number}" for number in range(5_000))
    return Hostile(of_v1(f"Action=Nothing&{body}".encode()), "ses", (400,))


@family
def huge_bodies(seed: random.Random) -> Hostile:
    body = b"x" * (MAX_REQUEST + seed.randrange(1, 50_000))
    if seed.random() < 0.5:
        return Hostile(of_v1(b"Action=SendRawEmail&RawMessage.Data=" + body), "ses", (413,))
    return Hostile(of_v2("POST", "/v2/email/outbound-emails", body), "sesv2", (413,))


@family
def lying_lengths(seed: random.Random) -> Hostile:
    length = seed.choice(["-1", "x", "1e3", "99999999999999999999", "9" * 14, "+5", "0x10", "1,2", "\u0662"])
    return Hostile(of_v2("POST", "/v2/email/outbound-emails", b"{}", length=length), "sesv2", (400, 413))


@family
def bad_chunks(seed: random.Random) -> Hostile:
    body = seed.choice(
        [
            b"zz\r\n",
            b"-5\r\nhello\r\n",
            b"fffffffffffffff\r\n",
            b"5\r\nhelloXX\r\n0\r\n\r\n",
            b"ffffff\r\nx",
            b"\r\n\r\n",
        ]
    )
    coding = seed.choice(["chunked", "chunked", "gzip, chunked", "chunked, chunked", "identity"])
    octets = of_v2("POST", "/v2/email/outbound-emails", body, length=None, Transfer_Encoding=coding)
    return Hostile(octets, "sesv2", (400, 413))


@family
def chunks_and_a_length(seed: random.Random) -> Hostile:
    octets = of_v1(b"0\r\n\r\n", Transfer_Encoding="chunked", length=str(seed.randrange(1, 5)))
    return Hostile(octets, "ses", (400,))


@family
def wrong_content_types(seed: random.Random) -> Hostile:
    kind = seed.choice(
        [
            "text/html",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "application/x-amz-json-1.0",
            "",
            "x",
            "application/cbor",
        ]
    )
    return Hostile(of_v1(b'{"Action": "SendEmail"}', Content_Type=kind), "ses", (400,))


@family
def bad_base64(seed: random.Random) -> Hostile:
    data = seed.choice(["*", "a", "====", "\u00e9", "YQ=", "Y Q==", "YQ==YQ", "-_-_"])
    if seed.random() < 0.5:
        body = urlencode({"Action": "SendRawEmail", "Version": "2010-12-01", "RawMessage.Data": data}).encode()
        return Hostile(of_v1(body), "ses", (400,))
    body = json.dumps({"Content": {"Raw": {"Data": data}}}).encode()
    return Hostile(of_v2("POST", "/v2/email/outbound-emails", body), "sesv2", (400,))


@family
def deep_json(seed: random.Random) -> Hostile:
    depth = seed.choice([2_000, 5_000, 60_000])
    inner = seed.choice(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth])
    # Members that are not known are skipped, however deep; what the operation needs is missing or of another type.
    model, method, path = operation_of_v2(seed, with_body=True)
    while not set(in_body(model.input_shape)) & set(model.input_shape.required_members):
        model, method, path = operation_of_v2(seed, with_body=True)
    members = ("Content", "TemplateContent", "Tags", "BulkEmailEntries", "ConfigurationSetName", "EmailIdentity")
    body = "{" + ",".join(f'"{name}": {inner[: 150_000 // len(members)]}' for name in members) + "}"
    return Hostile(of_v2(method, path, body.encode()), "sesv2", (400, 404, 501))


@family
def surrogates(seed: random.Random) -> Hostile:
    name = seed.choice(["\ud800", "a\udfffb", "\udc00\ud800"])
    request: dict[str, Any] = seed.choice(
        [
            {"Content": {"Simple": {"Subject": {"Data": name}, "Body": {"Text": {"Data": "x"}}}}},
            {"FromEmailAddress": name, "Content": {"Raw": {"Data": "eA=="}}},
            {"Content": {"Template": {"TemplateName": name, "TemplateData": "{}"}}},
        ]
    )
    return Hostile(of_v2("POST", "/v2/email/outbound-emails", json.dumps(request).encode()), "sesv2", (400,))


@family
def bad_utf8_in_forms(seed: random.Random) -> Hostile:
    value = seed.choice(["%ff%fe", "%00", "%ed%a0%80", "%", "%zz", "\xff"])
    body = f"Action=GetTemplate&Version=2010-12-01&TemplateName={value}{seed.randrange(99)}".encode("latin-1")
    return Hostile(of_v1(body), "ses", (400,))


@family
def other_hosts(seed: random.Random) -> Hostile:
    host = seed.choice(
        [
            "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]", "0.0.0.0", "8.8.8.8", "[",
            "a b", "evil.example:8005", "[::ffff:8.8.8.8]", "127.0.0.1,evil.example", "\u00e9", "x@y",
        ]
    )  # fmt: skip
    target, service = seed.choice([("/", None), ("/v2/email/identities", "sesv2"), ("/api/messages", None)])
    fields = {"Authorization": authorization("ses")} if service else {}
    return Hostile(written(seed.choice(["GET", "POST"]), target, fields, host=host), service, (403,))


@family
def other_origins(seed: random.Random) -> Hostile:
    field, value = seed.choice(
        [
            ("Origin", "null"), ("Origin", "http://evil.example"), ("Origin", "http://localhost.evil.example"),
            ("Origin", "file://"), ("Origin", "http://["), ("Origin", ""), ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"), ("Origin", "http://localhost:1"),
        ]
    )  # fmt: skip
    method, target, fields, service = seed.choice(
        [
            ("POST", "/delete", {}, None),
            ("DELETE", "/api/messages", {}, None),
            ("GET", "/api/messages?wait=5", {}, None),
            ("GET", "/live", {}, None),
            (
                "GET",
                f"/?Action=SendEmail&X-Amz-Credential={quote('A/20260101/us-east-1/ses/aws4_request', safe='')}",
                {},
                "ses",
            ),
            ("POST", "/", {"Authorization": authorization("ses"), "Content-Type": FORM}, "ses"),
            ("POST", "/v2/email/outbound-emails", {"Content-Type": "text/plain"}, "sesv2"),
            ("POST", "/", {"Authorization": authorization("sns"), "Content-Type": FORM}, None),
        ]
    )
    return Hostile(written(method, target, {**fields, field: value}), service, (403,))


@family
def unsigned(seed: random.Random) -> Hostile:
    body = urlencode({"Action": seed.choice(["SendEmail", "", "CreateUser", junk(seed)])}).encode()
    return Hostile(written("POST", "/", {"Content-Type": FORM}, body), "ses", (403,))


# Templates that would take minutes or gigabytes, or are none, each with its data.
BOMBS: dict[str, tuple[str, dict[str, Any]]] = {
    "each": ("{{#each a}}" + "x" * 100_000 + "{{/each}}", {"a": [1] * 30_000}),
    "values": ("{{v}}" * 20_000, {"v": "x" * 50_000}),
    "open": ("{{#if a}}" * 20_000, {"a": 1}),
    "cut": ("{{#if " * 20_000, {}),
    "scalar": ("{{#each a}}{{b}}{{/each}}", {"a": 5}),
    "braces": ("{{", {}),
    "path": ("{{a.b.c}}", {"a": 1}),
}


@family
def template_bombs(seed: random.Random) -> Hostile:
    names = list(BOMBS)
    name = seed.choice(names if seed.random() < 0.3 else names[2:])  # the first are large
    data = json.dumps(BOMBS[name][1])
    if seed.random() < 0.5:
        action = {"Action": "TestRenderTemplate", "Version": "2010-12-01", "TemplateName": name, "TemplateData": data}
        return Hostile(of_v1(urlencode(action).encode()), "ses", (400,))
    body = json.dumps({"TemplateData": data}).encode()
    return Hostile(of_v2("POST", f"/v2/email/templates/{name}/render", body), "sesv2", (400,))


@family
def bad_queries_of_the_page(seed: random.Random) -> Hostile:
    """Numbers that are none have no page of errors; what is asked of a message that is not there is not found."""
    return Hostile(written("GET", f"/api/messages/{quote(junk(seed) or 'x', safe='')}", {}), None, (404, 308))


def requests() -> Iterator[Hostile]:
    seed = random.Random(14)
    yield from islice((made(seed) for made in cycle(FAMILIES)), COUNT)


def answered(connection: socket.socket, hostile: Hostile) -> tuple[int, dict[str, str], bytes]:
    connection.sendall(hostile.octets)
    response = HTTPResponse(connection, method="HEAD" if hostile.is_head else "POST")
    with closing(response):
        response.begin()
        body = response.read()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, body


def test_two_thousand_hostile_requests(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.WARNING)
    with LocalSes(Options(max_request=MAX_REQUEST, any_identity=True)) as ses:
        address = urlsplit(ses.endpoint_url)
        assert address.hostname is not None
        assert address.port is not None
        templates = ses.desk.state.region("us-east-1").templates
        for name, (text, _) in BOMBS.items():
            templates[name] = Template(name, subject="Hi", text=text)
        counted = before = 0
        problems: list[Any] = []
        for hostile in requests():
            with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
                connection.settimeout(20)
                status, fields, body = answered(connection, hostile)
            problem = problem_of(hostile, status, fields, body)
            if problem is not None:
                problems.append((problem, hostile.octets[:300], status, body[:300]))
            counted += 1
            if counted == COUNT // 2:
                before = resident()
        assert counted == COUNT
        assert problems == []
        assert resident() - before < 60, "MiB"
        assert len(ses.inbox) <= 1_000
        # It answers as before.
        message = b64encode(b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n").decode()
        form = urlencode({"Action": "SendRawEmail", "Version": "2010-12-01", "RawMessage.Data": message})
        with closing(HTTPConnection(address.hostname, address.port, timeout=20)) as client:
            client.request("POST", "/", form, {"Authorization": authorization("ses"), "Content-Type": FORM})
            assert client.getresponse().status == 200
    assert [record.getMessage() for record in caplog.records if record.name == "sesmime.local"] == []
    assert "Traceback" not in capfd.readouterr().err


def problem_of(hostile: Hostile, status: int, fields: dict[str, str], body: bytes) -> str | None:
    """Return what is wrong with an answer, None where nothing is."""
    wanted = hostile.statuses or (*range(400, 500), 501, 505)
    if status not in wanted:
        return "status"
    if b"Traceback" in body:
        return "traceback"
    if hostile.service is None or hostile.is_head:
        return None
    if "x-amzn-requestid" not in fields:
        return "no request id"
    if hostile.service == "ses":
        if not fields["content-type"].startswith("text/xml"):
            return "content type"
        names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(body).iter()}
        return None if names >= {"Error", "Code", "Message", "RequestId"} else "shape"
    if fields["content-type"] != "application/json":
        return "content type"
    told = json.loads(body)
    return None if isinstance(told["message"], str) and fields["x-amzn-errortype"].isalnum() else "shape"
