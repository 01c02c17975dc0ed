"""The strict parser at its edges: header sections that begin with a blank, long words, groups among addresses."""

from __future__ import annotations

import pytest

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
