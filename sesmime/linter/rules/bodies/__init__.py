"""Rules about lines, encodings, charsets and size."""
