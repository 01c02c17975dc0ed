"""The rules, one file each, in the order in which SES is expected to check.

The order is ASSUMED (of a tag, name before value: OBSERVED): parameters, size, header syntax, repeats, required fields,
addresses, recipient count, MIME, settings. A line of `CATALOGUE` names a file and says when it is worth asking: always,
for messages that have one of these fields on top or give one of these occasions (`:name`, see `lint.occasions`), or for
parts that have one of these fields. A rule is imported when it is first asked for.

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
    """One line of the catalogue: the file, what the rule is about, and what calls for it: fields and occasions."""

    file: str
    subject: Subject
    triggers: frozenset[str] | None
    is_about_parts: bool

    @property
    def code(self) -> str:
        """The rule's code."""
        return self.file.partition("_")[0].upper()

    def is_called(self, called_by: frozenset[str]) -> bool:
        """Whether a submission may call for it, by its names of top-level fields and of occasions."""
        return self.triggers is None or self.is_about_parts or not self.triggers.isdisjoint(called_by)

    def rule(self) -> Rule:
        """Import the rule."""
        return _rule(self.file)


@cache
def _rule(file: str) -> Rule:
    module = import_module(f"sesmime.lint.rules.{file}")
    found: Rule = getattr(module, file.partition("_")[2])
    return found


def _entry(file: str, subject: Subject, triggers: str) -> Entry:
    is_about_parts = subject is Subject.PART or subject is Subject.EVERY_PART
    return Entry(file, subject, frozenset(triggers.split()) if triggers else None, is_about_parts)


def _parameters(file: str, triggers: str = "") -> Entry:
    return _entry(file, Subject.PARAMETERS, triggers)


def _message(file: str, triggers: str = "") -> Entry:
    return _entry(file, Subject.MESSAGE, triggers)


def _part(file: str, triggers: str = "") -> Entry:
    return _entry(file, Subject.PART, triggers)


def _every_part(file: str, triggers: str = "") -> Entry:
    return _entry(file, Subject.EVERY_PART, triggers)


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
    _parameters("ses512_unsupported_setting", ":parameters"),
    _parameters("ses511_malformed_tag_parameter", ":tags"),
    _parameters("ses504_malformed_setting", ":parameters"),
    _parameters("ses505_empty_setting", ":parameters"),
    _parameters("ses208_empty_address_parameter", ":parameters"),
    _parameters("ses207_unreadable_address_parameter", ":unusual-address"),
    _parameters("ses212_invalid_mail_from", ":parameters"),
    # Size
    _message("ses302_message_too_large"),
    # Header syntax
    _message("ses004_no_header_section"),
    _message("ses006_message_in_base64"),
    _message("ses001_lone_cr", ":stray-line-end"),
    _message("ses002_empty_field_name"),
    _message("ses003_line_that_is_no_field"),
    _message("sec302_hidden_ses_field"),
    _message("sec303_nul_in_field", ":odd-octet"),
    _message("ses008_space_before_colon", ":blank-before-colon"),
    _message("ses007_fields_after_empty_line"),
    _message("ses005_long_header_section"),
    _part("rfc108_malformed_field_name"),
    _message("rfc107_control_in_field", ":odd-octet"),
    _message("rfc109_blank_continuation_line", ":blank-line"),
    _message("rfc110_raw_8bit_field", ":odd-octet"),
    _message("rfc111_malformed_encoded_word", ":encoded-word"),
    _message("sec301_line_break_in_encoded_word", ":encoded-word"),
    _message("rfc102_malformed_date", "date"),
    _part("rfc103_malformed_message_id", "message-id in-reply-to references content-id"),
    _message("ses105_rewritten_field", "date message-id return-path"),
    _message(
        "ses106_field_of_ses",
        "feedback-id x-ses-outgoing x-ses-spam-verdict x-ses-virus-verdict x-ses-receipt x-ses-dkim-signature",
    ),
    _message("ses107_unknown_ses_field"),
    # Repeats
    _message("ses101_repeated_field", ":repeat"),
    _message("rfc101_repeated_recipient_field", ":repeat"),
    # Required fields
    _parameters("ses102_missing_from"),
    _message("ses103_missing_to"),
    _message("ses104_empty_to", "to"),
    # Addresses
    _message("rfc104_several_authors_without_sender", "from"),
    _message("ses201_unreadable_address", ":unusual-address"),
    _parameters("ses209_special_in_quoted_local_part", ":unusual-address"),
    _parameters("ses211_numeric_top_level_domain", ":unusual-address"),
    _parameters("ses213_punycode_outside_domain", ":unusual-address"),
    _message("ses205_leaked_bcc", "bcc resent-bcc"),
    _message("ses204_left_out_recipients", "to cc bcc"),
    _message("ses206_unused_resent_field", _RESENT),
    _message("rfc201_irregular_address", ":unusual-address"),
    _parameters("rfc202_encoded_word_in_address", ":unusual-address"),
    _parameters("rfc203_source_route", ":unusual-address"),
    _parameters("rfc205_overlong_address", ":unusual-address"),
    _parameters("sec101_misleading_display_name", ":unusual-address"),
    _parameters("sec103_bidirectional_control", ":unusual-address :encoded-word :odd-octet"),
    # Recipient count
    _message("ses202_no_recipient"),
    _parameters("ses203_too_many_recipients"),
    # MIME
    _message("ses402_malformed_content_type", "content-type"),
    _message("ses403_malformed_content_disposition", "content-type content-disposition"),
    _message("ses401_missing_start_boundary", ":multipart"),
    _message("ses407_boundary_of_parent", ":multipart"),
    _message("ses406_too_many_parts", ":part"),
    _message("ses404_file_name_characters", ":named-part"),
    _message("ses405_blocked_attachment", ":named-part"),
    _message("ses304_unknown_charset", "content-type"),
    _message("ses301_long_line", ":long-line"),
    _message("ses303_eight_bit_body", ":8bit"),
    _message("sec201_end_of_data_look_alike", ":stray-line-end :nul"),
    _message("sec202_nul_in_body", ":nul"),
    _message("sec203_part_in_epilogue", ":multipart"),
    _message("sec401_differing_file_names", ":named-part"),
    _message("sec402_misleading_file_name", ":named-part"),
    _message("sec403_repeated_field_in_part", ":part"),
    _message("rfc301_lone_lf", ":stray-line-end"),
    _message("rfc302_lone_cr_in_body", ":stray-line-end"),
    _message("rfc303_eight_bit_as_7bit", ":8bit"),
    _message("rfc304_unknown_transfer_encoding", "content-type content-transfer-encoding"),
    _message("rfc305_encoding_on_multipart", ":multipart"),
    _message("rfc306_malformed_base64", ":base64"),
    _message("rfc307_malformed_quoted_printable", ":quoted-printable"),
    _message("rfc308_undecodable_text", ":text-defect"),
    _message("rfc309_undeclared_charset", ":text-defect"),
    _message("rfc310_binary_encoding", ":binary"),
    _message("rfc401_missing_end_boundary", ":multipart"),
    _message("rfc402_long_boundary", ":multipart"),
    _message("rfc403_boundary_characters", ":multipart"),
    _message("rfc404_near_boundary_line", ":part"),
    _message("rfc405_partial_message", "content-type"),
    _message("rfc406_external_body", "content-type"),
    _message("rfc407_malformed_parameter", "content-type content-disposition"),
    _message("rfc408_repeated_parameter", "content-type content-disposition"),
    _message("rfc409_encoded_message", "content-type"),
    _message("rfc410_encoded_word_in_parameter", "content-type content-disposition"),
    _message("rfc411_missing_boundary_parameter", ":multipart"),
    _message("rfc412_unlabelled_multipart"),
    _message("rfc105_missing_mime_version", "content-type content-transfer-encoding content-disposition"),
    _message("rfc106_malformed_mime_version", "mime-version"),
    # Settings
    _parameters("ses502_repeated_message_tag", "x-ses-message-tags :tags"),
    _message("ses501_malformed_message_tags", "x-ses-message-tags"),
    _message("ses503_encoded_message_tags", "x-ses-message-tags"),
    _message("ses508_malformed_ses_field", _SETTINGS),
    _message("ses510_repeated_ses_field", ":repeat"),
    _message("ses509_conflicting_setting", _SETTINGS),
    _message("ses506_differing_arns", "x-ses-from-arn"),
    _message("ses507_unread_setting", "x-ses-list-management-options x-ses-tenant"),
    _message("ses513_field_instead_of_parameter", _SETTINGS),
    _message("ses519_folded_ses_field", _SETTINGS),
    _message("ses520_setting_in_field", _SETTINGS),
    _every_part("ses515_ses_field_in_part", _SETTINGS),
    _parameters("ses514_tags_without_configuration_set", "x-ses-message-tags :tags"),
    _message("ses516_source_arn_alone", "from"),
    _parameters("ses517_too_many_tags", "x-ses-message-tags :tags"),
    _parameters("ses518_tenant_without_configuration_set", "x-ses-tenant :tenant"),
    _message("ses601_signed_field_that_ses_rewrites", "dkim-signature"),
    _message("ses602_signed_ses_field", "dkim-signature"),
    _message("ses603_oversigned_field", "dkim-signature"),
    _message("ses604_signed_list_fields", "dkim-signature"),
    _message("ses605_malformed_dkim_signature", "dkim-signature"),
    _message("sec601_truncated_signature", "dkim-signature"),
    _parameters("ses701_list_management_with_many_recipients", "x-ses-list-management-options :list-management"),
    _message("ses702_list_management_with_signature", "dkim-signature"),
    _message("ses703_overridden_list_unsubscribe", "list-unsubscribe list-unsubscribe-post"),
    _message("ses704_unused_unsubscribe_placeholder", ":directive"),
    _message("ses705_repeated_open_tracker", ":directive"),
    _message("ses706_malformed_link_tags", ":directive"),
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
    _parameters("ses214_unverified_identity", ":verified-identities"),
)
