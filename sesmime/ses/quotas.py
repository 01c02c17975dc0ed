"""What SES takes at the most, and what it takes in no file name; each figure with its source, and no other home."""

from __future__ import annotations

import re
from typing import Final

# dg/quotas, v1:SendRawEmail: To, Cc and Bcc together; the members of a group count each.
MAX_RECIPIENTS: Final = 50

# dg/send-email-raw. How SES counts is not documented: here multiparts, and what is in attached messages, count too.
MAX_PARTS: Final = 500

# Octets. dg/quotas: after base64, 10 MB for v1 and 40 MB for v2 and SMTP. v1 prints its limit in octets
# (aws/aws-sdk-go-v2#1774); that the other one is counted alike is assumed.
MAX_SIZE_V1: Final = 10 * 1024 * 1024
MAX_SIZE_V2: Final = 40 * 1024 * 1024

# BadRequestException of the API v2: https://github.com/govuk-forms/forms-runner/issues/1594
NOT_IN_FILE_NAMES: Final = re.compile(r'[/\\:*?"<>|]')
