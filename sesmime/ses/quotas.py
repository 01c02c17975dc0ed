"""What SES takes at the most, and what it takes in no file name; each figure with its source, and no other home."""

from __future__ import annotations

from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern

# dg/quotas, v1:SendRawEmail: To, Cc and Bcc together; the members of a group count each.
MAX_RECIPIENTS: Final = 50

# UTF-16 units of an address with its display name, measured by `sesmime.ses.address_length`: zulip/zulip#17558,
# alphagov/notifications-utils#628, steedos/workflow#1614.
MAX_MAILBOX: Final = 320
# What no mailbox of fewer characters can pass: every one of the name escaped, the quotes, the blank, the brackets.
LEAST_OVERLONG: Final = (MAX_MAILBOX - 5) // 2

# dg/send-email-raw. How SES counts is not documented: here multiparts, and what is in attached messages, count too.
MAX_PARTS: Final = 500

# Octets. dg/quotas: after base64, 10 MB for v1 and 40 MB for v2 and SMTP. v1 prints its limit in octets
# (aws/aws-sdk-go-v2#1774); that the other one is counted alike is assumed.
MAX_SIZE_V1: Final = 10 * 1024 * 1024
MAX_SIZE_V2: Final = 40 * 1024 * 1024

# BadRequestException of the API v2: https://github.com/govuk-forms/forms-runner/issues/1594
NOT_IN_FILE_NAMES: Final = lazy_pattern(r'[/\\:*?"<>|]')

# dg/attachments, as it was in 2026: suffixes of file names.
BLOCKED_SUFFIXES: Final = frozenset(
    """
    ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk
    mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh1xml msh2 msh2xml mshxml msi msp
    mst ops pcd pif plg prf prg ps1 ps1xml ps2 ps2xml psc1 psc2 reg scf scr sct shb shs sys tmp url vb vbe vbs vps
    vsmacros vss vst vsw vxd ws wsc wsf wsh xnk
    """.split()  # noqa: SIM905, a list of them fills a hundred lines
)

# Octets of the header section beyond which event records are cut (dg/event-publishing-retrieving-sns-contents).
MAX_RECORDED_HEADER: Final = 10 * 1024

# dg/faqs-metrics: links of a message that are tracked at most.
MAX_TRACKED_LINKS: Final = 250

# No limit is documented. 50 is that of the tags of a resource of AWS, and far beyond what anybody has reported to send.
MAX_TAGS: Final = 50

# Octets of HTML. Senders have measured 102 kB (1,024 octets each) in Gmail; Google has not published the number.
MAX_HTML: Final = 102 * 1024
