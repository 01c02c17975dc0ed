"""Display names as encoded words, everything else as it was."""

from __future__ import annotations

import pytest

from sesmime.mime.address_names import encode_names

WRITTEN = {
    "Kristóf <me@example.com>": "=?utf-8?q?Krist=C3=B3f?= <me@example.com>",
    '"Ng, Zoë"<zoe@example.com>': "=?utf-8?b?TmcsIFpvw6s=?= <zoe@example.com>",
    "Zoë (home) <a@b.example> (x)": "=?utf-8?q?Zo=C3=AB?= <a@b.example> (x)",
    "Zoë < a@b.example >": "=?utf-8?q?Zo=C3=AB?= < a@b.example >",
    "a@b.example (Zoë)": "=?utf-8?q?Zo=C3=AB?= <a@b.example>",
    "=?utf-8?q?Ek?= Zoë <a@b.example>": "=?utf-8?q?Ek_Zo=C3=AB?= <a@b.example>",
    "Joe <j@b.example>,  Zoë <a@b.example>": "Joe <j@b.example>,  =?utf-8?q?Zo=C3=AB?= <a@b.example>",
    "Grüße: Zoë <a@b.example>, c@d.eu;": "=?utf-8?b?R3LDvMOfZQ==?=: =?utf-8?q?Zo=C3=AB?= <a@b.example>, c@d.eu;",
    # The address stays, beyond ASCII or not: other rules tell of it.
    "Zoë <zoë@bücher.example>": "=?utf-8?q?Zo=C3=AB?= <zoë@bücher.example>",
}
# Of these no rewriting says the same, or there is no name beyond ASCII.
LEFT = [
    "",
    "Joe <a@b.example>",
    "=?utf-8?q?Zo=C3=AB?= <a@b.example>",
    "zoë@b.example",
    "Zoë",
    "Zoë <a@b.example",
    "Zoë <>",
    '"Zo\në" <a@b.example>',
    "Joe <a@b.example> (Zoë)",
]


@pytest.mark.parametrize("given", WRITTEN)
def test_names_become_encoded_words(given: str) -> None:
    assert encode_names(given) == WRITTEN[given]
    assert encode_names(WRITTEN[given]) == WRITTEN[given]


@pytest.mark.parametrize("given", LEFT)
def test_the_rest_stays(given: str) -> None:
    assert encode_names(given) == given
