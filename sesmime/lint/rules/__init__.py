"""The rules, one file each, in the order in which SES is expected to check.

The order is ASSUMED (of a tag, name before value: OBSERVED): parameters, size, header syntax, repeats, required fields,
addresses, recipient count, MIME, settings. A line of `CATALOGUE` names a file and says when it is worth asking: always,
for messages that have one of these fields on top, or for parts that have one of these. A rule is imported when it is
first asked for, so that a short message costs the rules about its own fields.

To add one: the file `CODE_name.py` with one `@rule`, its line here, `tests/data/rules/CODE/{bad,good}/` (with
`NAME.fixed.eml` beside where it fixes) and a line in the changelog.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from importlib import import_module
from typing import Final, NamedTuple

from sesmime.lint.rule import Rule


class Subject(Enum):
    """What a rule is about."""

    PARAMETERS = "the parameters; asked on every interface"
    MESSAGE = "a raw message as a whole"
    PART = "each entity, in document order, but what stands inside attached messages"
    EVERY_PART = "each entity, those inside attached messages too"


class Entry(NamedTuple):
    """One line of the catalogue: the file, what the rule is about, and the fields (one of them) that call for it."""

    file: str
    subject: Subject
    fields: frozenset[str] | None
    is_about_parts: bool

    @property
    def code(self) -> str:
        """The rule's code."""
        return self.file.partition("_")[0].upper()

    def is_called(self, names: frozenset[str], *, is_raw: bool) -> bool:
        """Whether a submission may call for it, by these names of top-level fields, raw or not."""
        if not is_raw and self.subject is not Subject.PARAMETERS:
            return False
        return self.fields is None or self.is_about_parts or not self.fields.isdisjoint(names)

    def rule(self) -> Rule:
        """Import the rule."""
        return _rule(self.file)


@cache
def _rule(file: str) -> Rule:
    module = import_module(f"sesmime.lint.rules.{file}")
    found: Rule = getattr(module, file.partition("_")[2])
    return found


def _entry(file: str, subject: Subject, fields: str) -> Entry:
    is_about_parts = subject is Subject.PART or subject is Subject.EVERY_PART
    return Entry(file, subject, frozenset(fields.split()) if fields else None, is_about_parts)


def _parameters(file: str) -> Entry:
    return _entry(file, Subject.PARAMETERS, "")


def _message(file: str, fields: str = "") -> Entry:
    return _entry(file, Subject.MESSAGE, fields)


def _part(file: str, fields: str = "") -> Entry:
    return _entry(file, Subject.PART, fields)


def _every_part(file: str, fields: str = "") -> Entry:
    return _entry(file, Subject.EVERY_PART, fields)


# The fields that hold a setting.
_SETTINGS: Final = (
    "x-ses-configuration-set x-ses-message-tags x-ses-source-arn x-ses-from-arn x-ses-return-path-arn"
    " x-ses-list-management-options x-ses-tenant"
)

_RESENT: Final = (
    "resent-date resent-from resent-sender resent-to resent-cc resent-bcc resent-message-id resent-reply-to"
)

CATALOGUE: Final = (
    # Parameters
    _parameters("ses512_unsupported_setting"),
    _parameters("ses511_malformed_tag_parameter"),
    _parameters("ses504_malformed_setting"),
    _parameters("ses505_empty_setting"),
    _parameters("ses208_empty_address_parameter"),
    _parameters("ses207_unreadable_address_parameter"),
    _parameters("ses212_invalid_mail_from"),
    # Size
    _message("ses302_message_too_large"),
    # Header syntax
    _message("ses004_no_header_section"),
    _message("ses006_message_in_base64"),
    _message("ses001_lone_cr"),
    _message("ses002_empty_field_name"),
    _message("ses003_line_that_is_no_field"),
    _message("sec302_hidden_ses_field"),
    _message("sec303_nul_in_field"),
    _message("ses008_space_before_colon"),
    _message("ses007_fields_after_empty_line"),
    _message("ses005_long_header_section"),
    _part("rfc108_malformed_field_name"),
    _message("rfc107_control_in_field"),
    _message("rfc109_blank_continuation_line"),
    _message("rfc110_raw_8bit_field"),
    _message("rfc111_malformed_encoded_word"),
    _message("sec301_line_break_in_encoded_word"),
    _message("rfc102_malformed_date", "date"),
    _part("rfc103_malformed_message_id", "message-id in-reply-to references content-id"),
    _message("ses105_rewritten_field", "date message-id return-path"),
    _message(
        "ses106_field_of_ses",
        "feedback-id x-ses-outgoing x-ses-spam-verdict x-ses-virus-verdict x-ses-receipt x-ses-dkim-signature",
    ),
    _message("ses107_unknown_ses_field"),
    # Repeats
    _message("ses101_repeated_field"),
    _message("rfc101_repeated_recipient_field", "to cc bcc"),
    # Required fields
    _parameters("ses102_missing_from"),
    _message("ses103_missing_to"),
    _message("ses104_empty_to", "to"),
    # Addresses
    _message("rfc104_several_authors_without_sender", "from"),
    _message("ses201_unreadable_address"),
    _parameters("ses209_special_in_quoted_local_part"),
    _parameters("ses211_numeric_top_level_domain"),
    _parameters("ses213_punycode_outside_domain"),
    _message("ses205_leaked_bcc", "bcc resent-bcc"),
    _message("ses204_left_out_recipients", "to cc bcc"),
    _message("ses206_unused_resent_field", _RESENT),
    _message("rfc201_irregular_address"),
    _parameters("rfc202_encoded_word_in_address"),
    _parameters("rfc203_source_route"),
    _parameters("rfc205_overlong_address"),
    _parameters("sec101_misleading_display_name"),
    _parameters("sec103_bidirectional_control"),
    # Recipient count
    _message("ses202_no_recipient"),
    _parameters("ses203_too_many_recipients"),
    # MIME
    _message("ses402_malformed_content_type", "content-type"),
    _message("ses403_malformed_content_disposition", "content-type content-disposition"),
    _message("ses401_missing_start_boundary", "content-type"),
    _message("ses407_boundary_of_parent", "content-type"),
    _message("ses406_too_many_parts", "content-type"),
    _message("ses404_file_name_characters", "content-type content-disposition"),
    _message("ses405_blocked_attachment", "content-type content-disposition"),
    _message("ses304_unknown_charset", "content-type"),
    _message("ses301_long_line"),
    _message("ses303_eight_bit_body"),
    _message("sec201_end_of_data_look_alike"),
    _message("sec202_nul_in_body"),
    _message("sec203_part_in_epilogue", "content-type"),
    _message("sec401_differing_file_names", "content-type content-disposition"),
    _message("sec402_misleading_file_name", "content-type content-disposition"),
    _message("sec403_repeated_field_in_part", "content-type"),
    _message("rfc301_lone_lf"),
    _message("rfc302_lone_cr_in_body"),
    _message("rfc303_eight_bit_as_7bit"),
    _message("rfc304_unknown_transfer_encoding", "content-type content-transfer-encoding"),
    _message("rfc305_encoding_on_multipart", "content-type"),
    _message("rfc306_malformed_base64", "content-type content-transfer-encoding"),
    _message("rfc307_malformed_quoted_printable", "content-type content-transfer-encoding"),
    _message("rfc308_undecodable_text", "content-type"),
    _message("rfc309_undeclared_charset"),
    _message("rfc310_binary_encoding", "content-type content-transfer-encoding"),
    _message("rfc401_missing_end_boundary", "content-type"),
    _message("rfc402_long_boundary", "content-type"),
    _message("rfc403_boundary_characters", "content-type"),
    _message("rfc404_near_boundary_line", "content-type"),
    _message("rfc405_partial_message", "content-type"),
    _message("rfc406_external_body", "content-type"),
    _message("rfc407_malformed_parameter", "content-type content-disposition"),
    _message("rfc408_repeated_parameter", "content-type content-disposition"),
    _message("rfc409_encoded_message", "content-type"),
    _message("rfc410_encoded_word_in_parameter", "content-type content-disposition"),
    _message("rfc411_missing_boundary_parameter", "content-type"),
    _message("rfc412_unlabelled_multipart"),
    _message("rfc105_missing_mime_version", "content-type content-transfer-encoding content-disposition"),
    _message("rfc106_malformed_mime_version", "mime-version"),
    # Settings
    _parameters("ses502_repeated_message_tag"),
    _message("ses501_malformed_message_tags", "x-ses-message-tags"),
    _message("ses503_encoded_message_tags", "x-ses-message-tags"),
    _message("ses508_malformed_ses_field", _SETTINGS),
    _message("ses510_repeated_ses_field", _SETTINGS),
    _message("ses509_conflicting_setting", _SETTINGS),
    _message("ses506_differing_arns", "x-ses-from-arn"),
    _message("ses507_unread_setting", "x-ses-list-management-options x-ses-tenant"),
    _message("ses513_field_instead_of_parameter", _SETTINGS),
    _message("ses519_folded_ses_field", _SETTINGS),
    _message("ses520_setting_in_field", _SETTINGS),
    _every_part("ses515_ses_field_in_part", _SETTINGS),
    _parameters("ses514_tags_without_configuration_set"),
    _message("ses516_source_arn_alone", "from"),
    _parameters("ses517_too_many_tags"),
    _parameters("ses518_tenant_without_configuration_set"),
    _message("ses601_signed_field_that_ses_rewrites", "dkim-signature"),
    _message("ses602_signed_ses_field", "dkim-signature"),
    _message("ses603_oversigned_field", "dkim-signature"),
    _message("ses604_signed_list_fields", "dkim-signature"),
    _message("ses605_malformed_dkim_signature", "dkim-signature"),
    _message("sec601_truncated_signature", "dkim-signature"),
    _parameters("ses701_list_management_with_many_recipients"),
    _message("ses702_list_management_with_signature", "dkim-signature"),
    _message("ses703_overridden_list_unsubscribe", "list-unsubscribe list-unsubscribe-post"),
    _message("ses704_unused_unsubscribe_placeholder"),
    _message("ses705_repeated_open_tracker"),
    _message("ses706_malformed_link_tags"),
    _message("bulk101_missing_list_unsubscribe"),
    _message("bulk102_missing_one_click", "list-unsubscribe list-unsubscribe-post"),
    _message("bulk103_unsubscribe_without_https", "list-unsubscribe"),
    _message("bulk104_unsigned_unsubscribe_fields", "list-unsubscribe-post"),
    _message("bulk105_missing_feedback_id_tags"),
    _message("bulk106_html_without_text"),
    _message("bulk107_missing_subject"),
    _part("bulk108_clipped_message"),
    _message("bulk109_borrowed_mailbox_domain", "from"),
    _message("ses108_rewritten_from", "from"),
    _message("ses109_overruled_reply_to", "reply-to"),
    _message("ses110_return_path_conflict", "return-path"),
    _parameters("ses214_unverified_identity"),
)

# The top-level fields that call for a rule.
TRIGGERS: Final = frozenset().union(
    *(entry.fields for entry in CATALOGUE if entry.fields is not None and not entry.is_about_parts)
)
