"""CPython's own tests of `email` under policy SES: each result that differs from `policy.default` and `policy.SMTP`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Difference(NamedTuple):
    """Why tests of the library have another result under SES, and which."""

    reason: str
    tests: str  # names, of which a `*` stands for the rest of one


DIFFERENCES: Final[Mapping[str, Difference]] = {
    "addresses": Difference(
        "an address without @ and a local part beyond ASCII, which SES refuses, are refused when they are assigned",
        """
        test_contentmanager.TestContentManager.test_set_content_calls_clear_content
        test_inversion.TestInversion.test_body_*
        test_generator.TestBytesGenerator.test_smtputf8_policy
        """,
    ),
    "controls": Difference(
        "a control character is refused when it is assigned, not only line ends when the message is written",
        """
        test_generator.*.test_flatten_control_linesep
        test_generator.TestGenerator.test_verify_generated_headers
        test_policy.PolicyAPITests.test_verify_generated_headers
        """,
    ),
    "quotes": Difference(
        "a parameter that is a token stands without quotes; the values are the same (RFC 2045 section 5.1)",
        """
        test_contentmanager.TestRawDataManager.test_set_headers_from_*
        test_contentmanager.TestRawDataManager.test_set_message*
        test_contentmanager.TestRawDataManager.test_set_non_ascii_filename
        test_contentmanager.TestRawDataManager.test_set_text_charset_latin_1
        test_contentmanager.TestRawDataManager.test_set_text_html
        test_contentmanager.TestRawDataManager.test_set_text_plain
        test_contentmanager.TestRawDataManager.test_set_text_plain_null
        test_generator.TestBytesGenerator.test_cte_type_7bit_transforms_8bit_cte
        """,
    ),
    "encoding of texts": Difference(
        "texts are 7-bit whatever `cte_type` says, in quoted-printable or base64 by which of the two is shorter for "
        "the whole text, not for its first ten lines; the text that is read is the same",
        "test_contentmanager.TestRawDataManager.test_set_text_*_heuristics",
    ),
    "folds": Difference(
        "lines are folded between words only, never right after the field name, which leaves a first line of blanks in "
        "other readers; a word or parameter that is too long for the line is not divided by encoded words or pieces",
        """
        test_generator.*.test_max_line_length_*
        test_generator.*.test_maxheaderlen_par*
        test_generator.*.test_rfc2231_wrapping*
        test_policy.PolicyAPITests.test_short_maxlen_error
        """,
    ),
    "encoded words": Difference(
        "other encoded words for the same text: Q or B by which is shorter, one space between two, no blank at the "
        "edge of a field outside of them; the text that is read is the same, and lines have at most 78 characters",
        """
        test_generator.TestBytesGenerator.test_smtp_policy
        test_generator.TestBytesGenerator.test_defaults_handle_spaces_*
        test_message.TestEmailMessage.test_folding_with_utf8_encoding_*
        test_policy.PolicyAPITests.test_fold_zero_max_line_length
        test_policy.PolicyAPITests.test_fold_utf8
        test_policy.PolicyAPITests.test_non_ascii_chars_do_not_cause_inf_loop
        """,
    ),
    "parsed fields": Difference(
        "a field that was parsed is written as it stands, and not decoded and folded anew",
        """
        test_generator.*.test_keep_long_encoded_newlines
        test_message.TestEmailMessage.test_as_string_allows_maxheaderlen
        test_message.TestEmailMessage.test_as_string_uses_max_header_length_by_default
        test_message.TestEmailMessage.test_str_defaults_to_policy_max_line_length
        """,
    ),
    "raw 8-bit": Difference(
        "raw 8-bit octets in a field are read as UTF-8 where they are that, not as an unknown charset",
        "test_generator.TestBytesGenerator.test_cte_type_7bit_handles_unknown_8bit",
    ),
    "always ASCII": Difference(
        "fields are ASCII in `str(message)` too: the one form is the one that is sent",
        "test_message.TestEmailMessage.test_str_defaults_to_utf8",
    ),
    "the policy's own objects": Difference(
        "the tests ask for the library's header factory and field classes by name, and the policy has its own",
        """
        test_policy.PolicyAPITests.test_adding_default_policies_preserves_default_factory
        test_policy.PolicyAPITests.test_default_header_factory
        test_policy.PolicyAPITests.test_defaults
        test_policy.PolicyAPITests.test_policy_addition
        """,
    ),
}


def failed(*arguments: str) -> dict[str, str]:
    command = [sys.executable, "-m", "tests.policy.library_suite", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode == 3:
        pytest.skip("this Python has no tests of its own")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["count"] > 1_000
    return dict(found["failed"])


@pytest.mark.slow
def test_every_result_that_differs_has_its_reason() -> None:
    patterns = {
        re.compile(re.escape(name).replace(r"\*", "[^ ]*")): subject
        for subject, difference in DIFFERENCES.items()
        for name in difference.tests.split()
    }
    before, under_ses = failed(), failed("SES")
    unexplained = {
        name: text
        for name, text in under_ses.items()
        if name not in before and not any(pattern.fullmatch(name) for pattern in patterns)
    }
    assert not unexplained
    explained = {subject for name in under_ses for pattern, subject in patterns.items() if pattern.fullmatch(name)}
    assert set(DIFFERENCES) - explained <= {"controls"}  # which are met on newer Pythons only
