"""The fields that SES takes at most once."""

from __future__ import annotations

from sesmime.mime.hints import Final

# dg/header-fields: the fields that SES takes at most once, by their names in lower case, each as the guide spells it.
SPELLINGS: Final = {
    name.lower(): name
    for name in """
    List-Unsubscribe-Post Accept-Language acceptLanguage Archived-At Auto-Submitted Bounces-to Comments
    Content-Alternative Content-Base Content-Class Content-Description Content-Disposition Content-Duration
    Content-ID Content-Language Content-Length Content-Location Content-MD5 Content-Transfer-Encoding Content-Type
    Date Delivered-To Disposition-Notification-Options Disposition-Notification-To DKIM-Signature
    DomainKey-Signature Errors-To From Importance In-Reply-To Keywords List-Archive List-Help List-Id List-Owner
    List-Post List-Subscribe List-Unsubscribe Message-Context Message-ID MIME-Version Organization Original-From
    Original-Message-ID Original-Recipient Original-Subject Precedence Priority References Reply-To Return-Path
    Return-Receipt-To Sender Solicitation Sensitivity Subject Thread-Index Thread-Topic User-Agent VBR-Info
    """.split()  # noqa: SIM905, a list of them fills sixty lines
}
ONCE_ONLY: Final = frozenset(SPELLINGS)
