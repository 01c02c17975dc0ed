"""The page of the local SES: what was handed over, what SES is expected to do with it, and why."""
