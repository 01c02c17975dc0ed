"""The handover wing: messages made ready for SES."""
