"""The MIME wing: reads, edits and encodes messages, and knows nothing of SES."""
