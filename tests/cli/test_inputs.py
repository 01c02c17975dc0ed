"""What `sesmime lint` reads: files, folders, Maildirs, mbox files, requests, standard input."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from sesmime import ApiParameters, Destination, Interface, MessageTag
from sesmime.cli.inputs import Input, read_inputs
from sesmime.linter.output import Place, Unreadable
from tests.cli.running import Stream

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\n\r\nHi\r\n"


def read(*paths: object, **options: Any) -> list[Input]:
    """Read paths, of which all can be read."""
    found = list(read_inputs(map(str, paths), **options))
    inputs = [one for one in found if isinstance(one, Input)]
    assert inputs == found
    return inputs


def unreadable(path: object) -> str:
    """Return the reason why a path cannot be read."""
    (found,) = read_inputs([str(path)])
    assert isinstance(found, Unreadable)
    return found.reason


def write(file: Path, content: bytes = MESSAGE) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


class TestFiles:
    def test_a_file_is_one_message(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.eml")
        (one,) = read(file)
        assert (one.path, one.file, one.message) == (str(file), str(file), MESSAGE)
        assert (one.place, one.is_alone, one.request) == (Place(0, 1), True, None)

    def test_a_file_named_otherwise_is_a_message_too(self, tmp_path: Path) -> None:
        (one,) = read(write(tmp_path / "message.txt"))
        assert (one.message, one.is_alone) == (MESSAGE, True)

    def test_a_file_named_eml_is_a_message_whatever_is_in_it(self, tmp_path: Path) -> None:
        for content in (b"From a@b Mon Jan  1 00:00:00 2024\nTo: c@d.example\n\nHi\n", b"{}\n"):
            (one,) = read(write(tmp_path / "A.EML", content))
            assert (one.message, one.is_alone) == (content, True)

    def test_a_file_named_twice_is_read_once(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.eml")
        assert len(read(file, file)) == 1

    def test_what_cannot_be_read_is_told_and_the_others_follow(self, tmp_path: Path) -> None:
        missing, good = tmp_path / "missing.eml", write(tmp_path / "good.eml")
        first, second = read_inputs([str(missing), str(good)])
        assert first == Unreadable(str(missing), f"{missing} cannot be read: No such file or directory")
        assert isinstance(second, Input)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "is empty"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a binary file, not a message"),
        ],
    )
    @pytest.mark.parametrize("name", ["a.eml", "a"])
    def test_what_is_no_message_is_told(self, content: bytes, reason: str, name: str, tmp_path: Path) -> None:
        file = write(tmp_path / name, content)
        assert unreadable(file) == f"{file} {reason}"


class TestStandardInput:
    def test_it_is_a_message_without_a_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", Stream(content=MESSAGE))
        (one,) = read("-")
        assert (one.path, one.file, one.message, one.is_alone) == ("<stdin>", None, MESSAGE, True)

    def test_it_may_be_given_a_name_which_says_what_it_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        content = b"From a@b Mon Jan  1 00:00:00 2024\n" + MESSAGE
        monkeypatch.setattr(sys, "stdin", Stream(content=content))
        (one,) = read("-", stdin_name="mail/a.eml")
        assert (one.path, one.file, one.message) == ("mail/a.eml", None, content)
        monkeypatch.setattr(sys, "stdin", Stream(content=content))
        (one,) = read("-", stdin_name="box")
        assert (one.path, one.message, one.is_alone) == ("box#1", MESSAGE, False)


class TestFolders:
    def test_all_files_named_eml_are_found_in_the_order_of_their_names(self, tmp_path: Path) -> None:
        for name in ("b.eml", "a.EML", "sub/deep/c.eml", "a/d.eml", "notes.txt", "eml"):
            write(tmp_path / name)
        found = [Path(one.path).relative_to(tmp_path).as_posix() for one in read(tmp_path)]
        assert found == ["a.EML", "b.eml", "a/d.eml", "sub/deep/c.eml"]

    def test_names_are_short_where_the_folder_is_the_current_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tmp_path / "a.eml")
        write(tmp_path / "sub" / "b.eml")
        monkeypatch.chdir(tmp_path)
        assert [one.path for one in read(".")] == ["a.eml", os.path.join("sub", "b.eml")]
        assert [one.path for one in read("sub/")] == [os.path.join("sub", "b.eml")]

    def test_what_tools_keep_is_left_out(self, tmp_path: Path) -> None:
        for folder in (".git", ".venv", "node_modules", "kept"):
            write(tmp_path / folder / "a.eml")
        assert [Path(one.path).parent.name for one in read(tmp_path)] == ["kept"]

    def test_of_a_maildir_every_message_is_read_whatever_its_name(self, tmp_path: Path) -> None:
        box = tmp_path / "Maildir"
        for name in ("cur/1700000000.M1P1.host:2,S", "new/1700000001.M2P1.host", "tmp/1700000002.half"):
            write(box / name)
        write(box / "cur" / ".hidden")
        write(box / ".Sent" / "cur" / "1700000003.M3P1.host:2,S")
        for name in ("new", "tmp"):
            (box / ".Sent" / name).mkdir()
        write(box / "dovecot-uidlist")
        found = read(box)
        assert [Path(one.path).relative_to(box).as_posix() for one in found] == [
            "cur/1700000000.M1P1.host:2,S",
            "new/1700000001.M2P1.host",
            ".Sent/cur/1700000003.M3P1.host:2,S",
        ]
        assert all(one.is_alone for one in found)

    def test_a_maildir_below_a_folder_is_found(self, tmp_path: Path) -> None:
        write(tmp_path / "users" / "x" / "cur" / "1")
        (tmp_path / "users" / "x" / "new").mkdir()
        assert [Path(one.path).name for one in read(tmp_path)] == ["1"]

    def test_an_empty_maildir_holds_nothing_and_that_is_fine(self, tmp_path: Path) -> None:
        for name in ("cur", "new", "tmp"):
            (tmp_path / name).mkdir()
        assert read(tmp_path) == []

    def test_mbox_files_are_found_by_their_beginning(self, tmp_path: Path) -> None:
        box = (
            b"From a@b.example Sat Nov 21 08:30:00 2026\n" + MESSAGE + b"\nFrom c@d.example Sun Nov 22 08:30:00 2026\n"
        )
        for name, content in (
            ("in/box", box + MESSAGE),
            ("in/archive.mbox", box + MESSAGE),
            ("in/from.txt", b"From here on:\n\nA: b\n"),
            ("in/dated.txt", b"Sat Nov 21 08:30:00 2026\n"),
            ("mail/cur/1", box),
            ("mail/new/2", MESSAGE),
        ):
            file = tmp_path / name
            file.parent.mkdir(exist_ok=True, parents=True)
            file.write_bytes(content)
        found = [one.path.removeprefix(f"{tmp_path}/") for one in read_inputs([str(tmp_path)])]
        assert found == [
            *("in/archive.mbox#1", "in/archive.mbox#2", "in/box#1", "in/box#2", "mail/cur/1", "mail/new/2"),
        ]

    def test_files_and_folders_may_be_left_out_but_not_what_is_named(self, tmp_path: Path) -> None:
        for name in ("a.eml", "old/b.eml", "old/c.eml"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(MESSAGE)

        def found(*names: str, path: str = "") -> list[str]:
            inputs = read_inputs([str(tmp_path / path)], is_excluded=lambda path: Path(path).name in names)
            return [Path(one.path).name for one in inputs if isinstance(one, Input)]

        assert found() == ["a.eml", "b.eml", "c.eml"]
        assert found("old") == ["a.eml"]
        assert found("b.eml") == ["a.eml", "c.eml"]
        assert found("b.eml", path="old/b.eml") == ["b.eml"]
        assert found("old", path="old") == ["b.eml", "c.eml"]

    def test_a_folder_without_messages_is_told(self, tmp_path: Path) -> None:
        assert unreadable(tmp_path) == f"{tmp_path} contains no *.eml or mbox file and is not a Maildir"

    @pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
    def test_links_to_folders_are_not_followed_and_what_is_no_file_is_told(self, tmp_path: Path) -> None:
        write(tmp_path / "a.eml")
        (tmp_path / "loop").symlink_to(tmp_path)
        (tmp_path / "gone.eml").symlink_to(tmp_path / "nowhere")
        os.mkfifo(tmp_path / "pipe.eml")
        first, gone, pipe = read_inputs([str(tmp_path)])
        assert first.path == str(tmp_path / "a.eml")
        assert isinstance(gone, Unreadable)
        assert gone.reason == f"{tmp_path / 'gone.eml'} cannot be read: No such file or directory"
        assert isinstance(pipe, Unreadable)
        assert pipe.reason == f"{tmp_path / 'pipe.eml'} is not examined: it is a named pipe"

    def test_a_folder_that_cannot_be_listed_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path / "good" / "a.eml")
        closed = tmp_path / "closed"
        closed.mkdir()
        listing = os.scandir

        def scandir(path: str) -> Any:
            if str(path) == str(closed):
                raise PermissionError(13, "Permission denied", str(closed))
            return listing(path)

        monkeypatch.setattr(os, "scandir", scandir)
        found = list(read_inputs([str(tmp_path)]))
        assert Unreadable(str(closed), f"{closed} cannot be read: Permission denied") in found
        assert len(found) == 2


def request(content: Any, tmp_path: Path) -> Input:
    (one,) = read(write(tmp_path / "request.json", json.dumps(content).encode()))
    return one


DATA = base64.b64encode(MESSAGE).decode()


class TestRequests:
    def test_a_request_of_the_api_v1_gives_message_parameters_and_interface(self, tmp_path: Path) -> None:
        content = {
            "RawMessage": {"Data": DATA},
            "Destinations": ["x@y.example"],
            "Tags": [{"Name": "kind", "Value": "test"}],
        }
        one = request(content, tmp_path)
        assert (one.message, one.place, one.is_alone) == (MESSAGE, None, False)
        assert one.request is not None
        assert one.request.interface is Interface.SEND_RAW_EMAIL
        assert one.request.parameters == ApiParameters(
            destination=Destination(("x@y.example",)), message_tags=(MessageTag("kind", "test"),)
        )

    def test_a_request_of_the_api_v2_too(self, tmp_path: Path) -> None:
        one = request({"Content": {"Raw": {"Data": DATA}}, "TenantName": "bluebird"}, tmp_path)
        assert one.message == MESSAGE
        assert one.request is not None
        assert one.request.interface is Interface.V2_SEND_EMAIL_RAW
        assert one.request.parameters == ApiParameters(tenant="bluebird")

    def test_base64_may_be_broken_into_lines(self, tmp_path: Path) -> None:
        data = "\n".join(DATA[start : start + 20] for start in range(0, len(DATA), 20))
        assert request({"RawMessage": {"Data": data}}, tmp_path).message == MESSAGE

    def test_what_is_no_base64_is_the_message_as_text(self, tmp_path: Path) -> None:
        text = "From: a@b.example\nSubject: Grüße\n\nHi\n"
        assert request({"RawMessage": {"Data": text}}, tmp_path).message == text.encode()

    @pytest.mark.parametrize(
        ("content", "interface"),
        [
            ({"Content": {"Simple": {}}}, Interface.V2_SEND_EMAIL_SIMPLE),
            ({"Content": {"Template": {}}}, Interface.V2_SEND_EMAIL_TEMPLATE),
            ({"DefaultContent": {}, "BulkEmailEntries": []}, Interface.V2_SEND_BULK_EMAIL),
            ({"Source": "a@b.example", "Destination": {}, "Message": {}}, Interface.SEND_EMAIL),
            ({"Source": "a@b.example", "Template": "t", "TemplateData": "{}"}, Interface.SEND_TEMPLATED_EMAIL),
            (
                {"Source": "a@b.example", "Template": "t", "DefaultTemplateData": "{}", "Destinations": []},
                Interface.SEND_BULK_TEMPLATED_EMAIL,
            ),
            ({"EmailAddress": "a@b.example", "TemplateName": "t"}, Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL),
        ],
    )
    def test_requests_without_a_raw_message_have_parameters_alone(
        self, content: dict[str, Any], interface: Interface, tmp_path: Path
    ) -> None:
        one = request(content, tmp_path)
        assert one.message is None
        assert one.request is not None
        assert one.request.interface is interface

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b'{"a": [}', "looks like JSON but is invalid: line 1, column 8: Expecting value"),
            (b'{"a": "\xff"}', "looks like JSON but cannot be parsed"),
            (b'{"a":' * 100_000, "looks like JSON but cannot be parsed"),
            (b'{"a": 1}', "is JSON but not a request that sends mail: it has no RawMessage, Content or similar member"),
            (b'{"RawMessage": {}}', ": message 'None' is invalid: the request has no RawMessage.Data"),
            (
                b'{"RawMessage": 1}',
                ": message 'None' is invalid: RawMessage is int, where a structure with Data is wanted",
            ),
            (b'{"Content": {"Raw": {"Data": 1}}}', ": message 'int' is invalid: Content.Raw.Data must be bytes"),
            (b'{"RawMessage": {"Data": "\\ud800:"}}', ": message 'str' is invalid: RawMessage.Data must be bytes"),
        ],
    )
    def test_what_is_no_request_is_told_in_one_sentence(self, content: bytes, reason: str, tmp_path: Path) -> None:
        file = write(tmp_path / "request.json", content)
        told = unreadable(file)
        assert told == f"{file}{'' if reason.startswith(':') else ' '}{reason}"

    def test_an_empty_message_is_told(self, tmp_path: Path) -> None:
        file = write(tmp_path / "request.json", b'{"RawMessage": {"Data": ""}}')
        assert unreadable(file) == f"the message in {file} is empty"

    def test_a_setting_of_the_wrong_form_is_told(self, tmp_path: Path) -> None:
        file = write(tmp_path / "r.json", json.dumps({"RawMessage": {"Data": DATA}, "Tags": "a=b"}).encode())
        assert unreadable(file).startswith(
            f"{file}: message_tags 'a=b' is invalid: Tags does not match AWS's service model"
        )
