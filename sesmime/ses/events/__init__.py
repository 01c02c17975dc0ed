"""Events: what SES publishes about mail that it took, read and made. `sesmime.events` has the public names."""
