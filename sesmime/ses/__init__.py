"""The SES wing: the header fields that Amazon SES reads, its settings, and which value counts."""
