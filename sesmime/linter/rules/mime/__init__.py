"""Rules about MIME fields, multiparts and file names."""
