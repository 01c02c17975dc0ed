"""Interfaces by their names."""

from __future__ import annotations

import pytest

from sesmime import Interface


def test_an_interface_is_named_shortly_or_in_full() -> None:
    assert Interface.of("ses") is Interface.SEND_RAW_EMAIL
    assert Interface.of("sesv2") is Interface.V2_SEND_EMAIL_RAW
    assert [Interface.of(one.value) for one in Interface] == list(Interface)


@pytest.mark.parametrize("text", ["", "SES", "sesv2.SendEmail", "smtp\x1b"])
def test_another_text_is_told_with_the_names_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an interface; choose from ses, sesv2, smtp") as told:
        Interface.of(text)
    assert str(told.value).isprintable()
