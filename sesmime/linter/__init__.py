"""The linter: what SES is expected to refuse, what will be lost, and what readers will suffer from."""
