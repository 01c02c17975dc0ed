"""Rules about DKIM and other signatures."""
