"""The strict parser at its edges: header sections that begin with a blank, long words, groups among addresses."""

from __future__ import annotations

import pytest

from sesmime.ses.javamail import verdict
from sesmime.ses.javamail.mime import read_fields


@pytest.mark.parametrize(
    ("section", "fields"),
    [
        (" From: joe@a.example\r\nTo: c@d.example\r\n\r\n", {"from": ["joe@a.example"], "to": ["c@d.example"]}),
        ("\tFrom: joe@a.example\r\n more\r\n\r\n", {"from": ["joe@a.example\r\n more"]}),
        (" no colon\r\nTo: c@d.example\r\n\r\n", {"no colon": ["\r\n no colon"], "to": ["c@d.example"]}),
    ],
)
def test_a_first_line_that_begins_with_a_blank_is_a_field_of_its_own(
    section: str, fields: dict[str, list[str]]
) -> None:
    assert read_fields(section) == fields


def test_an_empty_comment_is_no_name() -> None:
    found = verdict("parse+validate", "joe@a.example ()")
    assert (found.error, found.unpredictable) == (None, False)
    assert found.parsed == [{"address": "joe@a.example", "personal": None, "group": False}]


def test_a_source_route_ends_at_its_first_colon() -> None:
    assert verdict("parse", "<@a.example,@b.example:joe@c.example>").error is None
    assert verdict("parse", "<@a.example:jo:e@c.example>").error == "Local address contains illegal character"
    assert verdict("parse", "<@a.example,b.example:joe@c.example>").error == "Illegal route-addr"


def test_the_members_of_a_group_are_all_between_its_colon_and_its_semicolon() -> None:
    found = verdict("parse", "g:a@b.example,c@d.example;")
    assert [member["address"] for member in found.parsed[0]["members"]] == ["a@b.example", "c@d.example"]
