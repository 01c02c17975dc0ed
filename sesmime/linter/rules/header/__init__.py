"""Rules about the header section and fields in general."""
