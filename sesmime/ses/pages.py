"""Where AWS and the mailbox providers say what the rules rest on."""

from __future__ import annotations

from sesmime.mime.hints import Final

_DG: Final = "https://docs.aws.amazon.com/ses/latest/dg/"
_API: Final = "https://docs.aws.amazon.com/ses/latest/APIReference"
_GITHUB: Final = "https://github.com/"

EVENTS: Final = _DG + "event-publishing-send-email.html"
CONFIGURATION_SETS: Final = _DG + "using-configuration-sets-in-email.html"
AUTHORIZATION: Final = _DG + "sending-authorization-delegate-sender-tasks-email.html"
LISTS: Final = _DG + "sending-email-list-management.html"
SUBSCRIPTIONS: Final = _DG + "sending-email-subscription-management.html"
TENANTS: Final = _DG + "tenants.html"
TRACKING: Final = _DG + "faqs-metrics.html"
OVERRIDES: Final = _DG + "configuration-overrides.html"
MANUAL_DKIM: Final = _DG + "send-email-authentication-dkim-manual.html"
MESSAGE_TAG: Final = _API + "-V2/API_MessageTag.html"
RAW_MESSAGE: Final = _API + "/API_RawMessage.html"

QUOTAS: Final = _DG + "quotas.html"
RAW_EMAIL: Final = _DG + "send-email-raw.html"
HEADER_FIELDS: Final = _DG + "header-fields.html"
ATTACHMENTS: Final = _DG + "attachments.html"
ERROR_MESSAGES: Final = _DG + "troubleshoot-error-messages.html"
SMTP_PROBLEMS: Final = _DG + "troubleshoot-smtp.html"

# Recorded answers of the service about message tags.
RECORDED_TAGS: Final = _GITHUB + "localstack/localstack/pull/11284"
# A wrong configuration set or list in a field of a raw message of the API v2 was refused.
FIELDS_ON_V2: Final = _GITHUB + "aws/aws-sdk-rails/issues/93"
# A Postfix log of what SES answered to quoted local parts over SMTP, character by character (August 2020).
QUOTED_LOCAL_PARTS: Final = "https://blog.serverworks.co.jp/summary-of-SES-relay-for-non-RFC-compliant-email-addresses"

GOOGLE: Final = "https://support.google.com/mail/answer/81126"
GOOGLE_FEEDBACK_LOOP: Final = "https://support.google.com/mail/answer/6254652"
ONE_CLICK: Final = "https://www.rfc-editor.org/rfc/rfc8058#section-3.1"
UNSIGNED_UNSUBSCRIBE: Final = "https://www.rfc-editor.org/rfc/rfc8058#section-4"
YAHOO: Final = "https://senders.yahooinc.com/best-practices/"
SCORED_HTML: Final = _GITHUB + "RainLoop/rainloop-webmail/issues/69"
SCORED_SUBJECT: Final = _GITHUB + "rspamd/rspamd/issues/343"
CLIPPED: Final = _GITHUB + "hteumeuleu/email-bugs/issues/41"
