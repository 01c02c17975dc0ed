"""Archives in S3, by s3fs against moto's server."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from sesmime.archive import Stored, messages, pieces, read_piece, rows
from tests.archive.archives import BOX, MAIL, SECOND, mail, relative, tar, zipped
from tests.cli.running import run

pytestmark = pytest.mark.edges
s3fs = pytest.importorskip("s3fs")


@pytest.fixture
def options(endpoint: str, credentials: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    s3fs.S3FileSystem.clear_instance_cache()
    return {"endpoint_url": endpoint}


@pytest.fixture
def client(options: dict[str, Any]) -> Any:
    return boto3.client("s3", endpoint_url=options["endpoint_url"])


@pytest.fixture
def bucket(client: Any) -> str:
    name = f"mail-{time.time_ns()}"
    client.create_bucket(Bucket=name)
    return name


def fill(client: Any, bucket: str, files: dict[str, bytes]) -> None:
    for key, content in files.items():
        client.put_object(Bucket=bucket, Key=key, Body=content)


def read(bucket: str, options: dict[str, Any], **named: Any) -> list[Stored]:
    return list(messages(f"s3://{bucket}", storage_options=options, **named))


class TestBucket:
    def test_objects_are_read_by_their_keys_whatever_they_hold(
        self, client: Any, bucket: str, options: dict[str, Any]
    ) -> None:
        files = {
            "inbound/": b"",
            "inbound/0a b+ä%2F?.eml": MAIL,
            "inbound/AMAZON_SES_SETUP_NOTIFICATION": mail(0),
            "inbound/o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1": mail(1),
            "inbound/box": BOX,
            "inbound/box.gz": gzip.compress(BOX),
            "inbound/empty": b"",
            "inbound/m.tar": tar([("a.eml", MAIL), ("box", BOX)]),
            "inbound/m.zip": zipped([("a.eml", MAIL), ("box", BOX)]),
            "inbound/large.eml": mail(2, 9_000_000),
            "inboundtoo/x.eml": MAIL,
            "x.eml": MAIL,
        }
        fill(client, bucket, files)
        expected = [
            ("/0a b+ä%2F?.eml", MAIL),
            ("/AMAZON_SES_SETUP_NOTIFICATION", mail(0)),
            ("/box@0", MAIL),
            (f"/box@{SECOND}", MAIL),
            ("/box.gz@0", MAIL),
            (f"/box.gz@{SECOND}", MAIL),
            ("/empty", "is empty"),
            ("/large.eml", mail(2, 9_000_000)),
            ("/m.tar#a.eml@0", MAIL),
            ("/m.tar#box@1024@0", MAIL),
            (f"/m.tar#box@1024@{SECOND}", MAIL),
            ("/m.zip#a.eml@0", MAIL),
            ("/m.zip#box@74@0", MAIL),
            (f"/m.zip#box@74@{SECOND}", MAIL),
            ("/o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1", mail(1)),
        ]
        prefix = f"s3://{bucket}/inbound"
        for source in (prefix, f"{prefix}/"):
            assert relative(messages(source, storage_options=options), prefix) == expected
        for size in (50, 200, 100_000):
            divided = pieces(prefix, piece_size=size, storage_options=options)
            found = [one for piece in divided for one in read_piece(piece, storage_options=options)]
            assert relative(found, prefix) == expected
        (box,) = pieces(f"{prefix}/box", storage_options=options)
        assert relative(read_piece(box, storage_options=options), prefix) == expected[2:4]
        whole = [one.id for one in read(bucket, options)]
        assert whole[-2:] == [f"s3://{bucket}/inboundtoo/x.eml", f"s3://{bucket}/x.eml"]

    def test_the_endpoint_may_come_from_the_environment(
        self, client: Any, bucket: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(client, bucket, {"a.eml": MAIL})
        monkeypatch.setenv("AWS_ENDPOINT_URL", options["endpoint_url"])
        assert [one.message for one in messages(f"s3://{bucket}")] == [MAIL]

    def test_a_scan_is_told_how_to_read_the_bucket(
        self, client: Any, bucket: str, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(client, bucket, {"in/a.eml": MAIL, "in/b.eml": b"Subject: a\r\nSubject: b\r\n\r\n", "in/empty": b""})
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name)
        output = tmp_path / "out.jsonl"
        secret = "a+secret/of+the+bucket"
        given = [f"endpoint_url={options['endpoint_url']}", "key=AKIA", f"secret={secret}", "use_ssl=false"]
        given.append('client_kwargs={"region_name": "us-east-1"}')
        argv = [word for one in given for word in ("--storage-option", one)]
        ran = run("scan", "--jobs", "1", f"s3://{bucket}/in/", "-o", output, *argv)
        found = [json.loads(line) for line in output.read_bytes().splitlines()]
        expected = rows(messages(f"s3://{bucket}/in/", storage_options={**options, "key": "AKIA", "secret": secret}))
        assert found == [row._asdict() for row in expected]
        assert {one["id"].rpartition("/")[2] for one in found} >= {"b.eml", "empty"}
        assert secret.encode() not in ran.out + ran.err.encode() + output.read_bytes()
        # And nobody is asked for a key where the bucket is open to all.
        anonymous = ("--storage-option", "anon=true", *argv[:2], *argv[-2:])
        client.put_bucket_acl(Bucket=bucket, ACL="public-read")
        for key in ("in/a.eml", "in/b.eml", "in/empty"):
            client.put_object_acl(Bucket=bucket, Key=key, ACL="public-read")
        run("scan", "--jobs", "1", f"s3://{bucket}/in/", "-o", tmp_path / "open.jsonl", *anonymous)
        assert len((tmp_path / "open.jsonl").read_bytes().splitlines()) == len(found)

    @pytest.mark.slow
    def test_ten_thousand_objects_are_listed_as_they_are_read(
        self, client: Any, bucket: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = pytest.importorskip("moto.core").DEFAULT_ACCOUNT_ID
        backend = pytest.importorskip("moto.s3.models").s3_backends[account]["aws"]
        for number in range(10_000):
            backend.put_object(bucket, f"inbound/{number:05}", mail(number))
        pages = 0
        real = s3fs.S3FileSystem.call_s3

        def counting(system: Any, method: str, *rest: Any, **named: Any) -> Any:
            nonlocal pages
            pages += 1
            return real(system, method, *rest, **named)

        monkeypatch.setattr(s3fs.S3FileSystem, "call_s3", counting)
        found = pieces(f"s3://{bucket}/inbound/", piece_size=1_000_000, storage_options=options)
        first = next(found)
        assert pages == 1
        held = [first, *found]
        assert pages == 10
        names = [name for piece in held for name in piece.members]
        assert names == [f"s3://{bucket}/inbound/{number:05}" for number in range(10_000)]
        for piece in (held[0], held[-1]):
            read = list(read_piece(piece, storage_options=options))
            assert [one.id for one in read] == list(piece.members)
            assert [one.message for one in read] == [mail(int(name[-5:])) for name in piece.members]


class TestFaults:
    def test_an_object_that_is_gone_denied_or_archived_is_told_and_the_others_follow(
        self, client: Any, bucket: str, options: dict[str, Any]
    ) -> None:
        fill(client, bucket, {f"{name}.eml": MAIL for name in ("a", "b", "d")})
        client.put_object(Bucket=bucket, Key="c.eml", Body=MAIL, StorageClass="GLACIER")
        (piece,) = pieces(f"s3://{bucket}", storage_options=options)
        client.delete_object(Bucket=bucket, Key="a.eml")
        found = relative(read_piece(piece, storage_options=options), f"s3://{bucket}")
        assert found[0] == ("/a.eml", "cannot be read: No such file or directory")
        assert found[1] == ("/b.eml", MAIL)
        assert found[2][0] == "/c.eml"
        assert str(found[2][1]).startswith("cannot be read: ")
        assert found[3] == ("/d.eml", MAIL)

    def test_access_that_is_denied_is_told(
        self, client: Any, bucket: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from botocore.exceptions import ClientError

        fill(client, bucket, {"a.eml": MAIL, "b.eml": MAIL})
        real = s3fs.S3FileSystem._call_s3

        async def denying(system: Any, method: str, *rest: Any, **named: Any) -> Any:
            if named.get("Key") == "a.eml":
                answer = {"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}
                raise s3fs.errors.translate_boto_error(ClientError(answer, "GetObject"))
            return await real(system, method, *rest, **named)

        monkeypatch.setattr(s3fs.S3FileSystem, "_call_s3", denying)
        assert relative(read(bucket, options), f"s3://{bucket}") == [
            ("/a.eml", "cannot be read: Permission denied"),
            ("/b.eml", MAIL),
        ]

    def test_a_listing_that_breaks_off_is_raised_and_loses_no_object(
        self, client: Any, bucket: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(client, bucket, {f"{number}.eml": MAIL for number in range(4)})
        real = s3fs.S3FileSystem.call_s3

        def breaking(system: Any, method: str, *rest: Any, **named: Any) -> Any:
            if "ContinuationToken" in named:
                raise ConnectionError("reset")
            return real(system, method, *rest, MaxKeys=2, **named)

        monkeypatch.setattr(s3fs.S3FileSystem, "call_s3", breaking)
        found = pieces(f"s3://{bucket}", piece_size=1, storage_options=options)
        assert next(found).members == (f"s3://{bucket}/0.eml",)
        with pytest.raises(OSError, match="the archive cannot be listed: reset"):
            list(found)

    def test_a_bucket_that_is_absent_is_told_before_anything_is_read(self, options: dict[str, Any]) -> None:
        with pytest.raises(FileNotFoundError, match="there is no archive to read"):
            messages("s3://nothing-here/inbound/", storage_options=options)

    def test_an_empty_prefix_is_told_before_anything_is_read(
        self, client: Any, bucket: str, options: dict[str, Any]
    ) -> None:
        fill(client, bucket, {"a.eml": MAIL})
        with pytest.raises(FileNotFoundError, match="there is no archive to read"):
            messages(f"s3://{bucket}/inbound/", storage_options=options)

    def test_a_server_that_is_not_there_is_told(self, credentials: None) -> None:
        options = {"endpoint_url": "http://127.0.0.1:9", "config_kwargs": {"retries": {"max_attempts": 0}}}
        s3fs.S3FileSystem.clear_instance_cache()
        system = s3fs.S3FileSystem(**options)
        system.retries = 1
        with pytest.raises(OSError, match="there is no archive to read: "):
            messages("s3://bucket/inbound/", storage_options=options)

    def test_a_huge_object_is_told_and_read_no_further(self, client: Any, bucket: str, options: dict[str, Any]) -> None:
        fill(client, bucket, {"a.eml": mail(1, 30_000_000), "b.eml": MAIL})
        large, good = read(bucket, options, max_size=1_000_000)
        assert (large.error or "").endswith("/a.eml has more than 1,000,000 octets")
        assert good.message == MAIL
