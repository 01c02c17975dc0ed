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

from sesmime.linter.rule import Rule


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
        return self.file.rpartition(".")[2].partition("_")[0].upper()

    def is_called(self, called_by: frozenset[str]) -> bool:
        """Whether a submission may call for it, by its names of top-level fields and of occasions."""
        return self.triggers is None or self.is_about_parts or not self.triggers.isdisjoint(called_by)

    def rule(self) -> Rule:
        """Import the rule."""
        return _rule(self.file)


@cache
def _rule(file: str) -> Rule:
    module = import_module(f"sesmime.linter.rules.{file}")
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
    _parameters("settings.ses512_unsupported_setting", ":parameters"),
    _parameters("settings.ses511_malformed_tag_parameter", ":tags"),
    _parameters("settings.ses504_malformed_setting", ":parameters"),
    _parameters("settings.ses505_empty_setting", ":parameters"),
    _parameters("addresses.ses208_empty_address_parameter", ":parameters"),
    _parameters("addresses.ses207_unreadable_address_parameter", ":unusual-address"),
    _parameters("addresses.ses212_invalid_mail_from", ":parameters"),
    # Size
    _message("bodies.ses302_message_too_large"),
    # Header syntax
    _message("header.ses004_no_header_section"),
    _message("header.ses006_message_in_base64"),
    _message("header.ses001_lone_cr", ":stray-line-end"),
    _message("header.ses002_empty_field_name"),
    _message("header.ses003_line_that_is_no_field"),
    _message("header.sec302_hidden_ses_field"),
    _message("header.sec303_nul_in_field", ":odd-octet"),
    _message("header.ses008_space_before_colon", ":blank-before-colon"),
    _message("header.ses007_fields_after_empty_line"),
    _message("header.ses005_long_header_section"),
    _part("header.rfc108_malformed_field_name"),
    _message("header.rfc107_control_in_field", ":odd-octet"),
    _message("header.rfc109_blank_continuation_line", ":blank-line"),
    _message("header.rfc110_raw_8bit_field", ":odd-octet"),
    _message("header.rfc111_malformed_encoded_word", ":encoded-word"),
    _message("header.sec301_line_break_in_encoded_word", ":encoded-word"),
    _message("header.rfc102_malformed_date", "date"),
    _part("header.rfc103_malformed_message_id", "message-id in-reply-to references content-id"),
    _message("header.ses105_rewritten_field", "date message-id return-path"),
    _message(
        "header.ses106_field_of_ses",
        "feedback-id x-ses-outgoing x-ses-spam-verdict x-ses-virus-verdict x-ses-receipt x-ses-dkim-signature",
    ),
    _message("header.ses107_unknown_ses_field"),
    # Repeats
    _message("header.ses101_repeated_field", ":repeat"),
    _message("header.rfc101_repeated_recipient_field", ":repeat"),
    # Required fields
    _parameters("addresses.ses102_missing_from"),
    _message("addresses.ses103_missing_to"),
    _message("addresses.ses104_empty_to", "to"),
    # Addresses
    _message("addresses.rfc104_several_authors_without_sender", "from"),
    _message("addresses.ses201_unreadable_address", ":unusual-address"),
    _parameters("addresses.ses209_special_in_quoted_local_part", ":unusual-address"),
    _parameters("addresses.ses211_numeric_top_level_domain", ":unusual-address"),
    _parameters("addresses.ses213_punycode_outside_domain", ":unusual-address"),
    _message("addresses.ses205_leaked_bcc", "bcc resent-bcc"),
    _message("addresses.ses204_left_out_recipients", "to cc bcc"),
    _message("addresses.ses206_unused_resent_field", _RESENT),
    _message("addresses.rfc201_irregular_address", ":unusual-address"),
    _parameters("addresses.rfc202_encoded_word_in_address", ":unusual-address"),
    _parameters("addresses.rfc203_source_route", ":unusual-address"),
    _parameters("addresses.rfc205_overlong_address", ":unusual-address"),
    _parameters("addresses.sec101_misleading_display_name", ":unusual-address"),
    _parameters("addresses.sec103_bidirectional_control", ":unusual-address :encoded-word :odd-octet"),
    # Recipient count
    _message("addresses.ses202_no_recipient"),
    _parameters("addresses.ses203_too_many_recipients"),
    # MIME
    _message("mime.ses402_malformed_content_type", "content-type"),
    _message("mime.ses403_malformed_content_disposition", "content-type content-disposition"),
    _message("mime.ses401_missing_start_boundary", ":multipart"),
    _message("mime.ses407_boundary_of_parent", ":multipart"),
    _message("mime.ses406_too_many_parts", ":part"),
    _message("mime.ses404_file_name_characters", ":named-part"),
    _message("mime.ses405_blocked_attachment", ":named-part"),
    _message("bodies.ses304_unknown_charset", "content-type"),
    _message("bodies.ses301_long_line", ":long-line"),
    _message("bodies.ses303_eight_bit_body", ":8bit"),
    _message("bodies.sec201_end_of_data_look_alike", ":stray-line-end :nul"),
    _message("bodies.sec202_nul_in_body", ":nul"),
    _message("mime.sec203_part_in_epilogue", ":multipart"),
    _message("mime.sec401_differing_file_names", ":named-part"),
    _message("mime.sec402_misleading_file_name", ":named-part"),
    _message("mime.sec403_repeated_field_in_part", ":part"),
    _message("bodies.rfc301_lone_lf", ":stray-line-end"),
    _message("bodies.rfc302_lone_cr_in_body", ":stray-line-end"),
    _message("bodies.rfc303_eight_bit_as_7bit", ":8bit"),
    _message("bodies.rfc304_unknown_transfer_encoding", "content-type content-transfer-encoding"),
    _message("mime.rfc305_encoding_on_multipart", ":multipart"),
    _message("bodies.rfc306_malformed_base64", ":base64"),
    _message("bodies.rfc307_malformed_quoted_printable", ":quoted-printable"),
    _message("bodies.rfc308_undecodable_text", ":text-defect"),
    _message("bodies.rfc309_undeclared_charset", ":text-defect"),
    _message("bodies.rfc310_binary_encoding", ":binary"),
    _message("mime.rfc401_missing_end_boundary", ":multipart"),
    _message("mime.rfc402_long_boundary", ":multipart"),
    _message("mime.rfc403_boundary_characters", ":multipart"),
    _message("mime.rfc404_near_boundary_line", ":part"),
    _message("mime.rfc405_partial_message", "content-type"),
    _message("mime.rfc406_external_body", "content-type"),
    _message("mime.rfc407_malformed_parameter", "content-type content-disposition"),
    _message("mime.rfc408_repeated_parameter", "content-type content-disposition"),
    _message("mime.rfc409_encoded_message", "content-type"),
    _message("mime.rfc410_encoded_word_in_parameter", "content-type content-disposition"),
    _message("mime.rfc411_missing_boundary_parameter", ":multipart"),
    _message("mime.rfc412_unlabelled_multipart"),
    _message("mime.rfc105_missing_mime_version", "content-type content-transfer-encoding content-disposition"),
    _message("mime.rfc106_malformed_mime_version", "mime-version"),
    # Settings
    _parameters("settings.ses502_repeated_message_tag", "x-ses-message-tags :tags"),
    _message("settings.ses501_malformed_message_tags", "x-ses-message-tags"),
    _message("settings.ses503_encoded_message_tags", "x-ses-message-tags"),
    _message("settings.ses508_malformed_ses_field", _SETTINGS),
    _message("settings.ses510_repeated_ses_field", ":repeat"),
    _message("settings.ses509_conflicting_setting", _SETTINGS),
    _message("settings.ses506_differing_arns", "x-ses-from-arn"),
    _message("settings.ses507_unread_setting", "x-ses-list-management-options x-ses-tenant"),
    _message("settings.ses513_field_instead_of_parameter", _SETTINGS),
    _message("settings.ses519_folded_ses_field", _SETTINGS),
    _message("settings.ses520_setting_in_field", _SETTINGS),
    _every_part("settings.ses515_ses_field_in_part", _SETTINGS),
    _parameters("settings.ses514_tags_without_configuration_set", "x-ses-message-tags :tags"),
    _message("settings.ses516_source_arn_alone", "from"),
    _parameters("settings.ses517_too_many_tags", "x-ses-message-tags :tags"),
    _parameters("settings.ses518_tenant_without_configuration_set", "x-ses-tenant :tenant"),
    _message("signatures.ses601_signed_field_that_ses_rewrites", "dkim-signature"),
    _message("signatures.ses602_signed_ses_field", "dkim-signature"),
    _message("signatures.ses603_oversigned_field", "dkim-signature"),
    _message("signatures.ses604_signed_list_fields", "dkim-signature"),
    _message("signatures.ses605_malformed_dkim_signature", "dkim-signature"),
    _message("signatures.sec601_truncated_signature", "dkim-signature"),
    _parameters("bulk.ses701_list_management_with_many_recipients", "x-ses-list-management-options :list-management"),
    _message("bulk.ses702_list_management_with_signature", "dkim-signature"),
    _message("bulk.ses703_overridden_list_unsubscribe", "list-unsubscribe list-unsubscribe-post"),
    _message("bulk.ses704_unused_unsubscribe_placeholder", ":directive"),
    _message("bulk.ses705_repeated_open_tracker", ":directive"),
    _message("bulk.ses706_malformed_link_tags", ":directive"),
    _message("bulk.bulk101_missing_list_unsubscribe"),
    _message("bulk.bulk102_missing_one_click", "list-unsubscribe list-unsubscribe-post"),
    _message("bulk.bulk103_unsubscribe_without_https", "list-unsubscribe"),
    _message("bulk.bulk104_unsigned_unsubscribe_fields", "list-unsubscribe-post"),
    _message("bulk.bulk105_missing_feedback_id_tags"),
    _message("bulk.bulk106_html_without_text"),
    _message("bulk.bulk107_missing_subject"),
    _part("bulk.bulk108_clipped_message"),
    _message("bulk.bulk109_borrowed_mailbox_domain", "from"),
    _message("addresses.ses108_rewritten_from", "from"),
    _message("addresses.ses109_overruled_reply_to", "reply-to"),
    _message("addresses.ses110_return_path_conflict", "return-path"),
    _parameters("addresses.ses214_unverified_identity", ":verified-identities"),
)
