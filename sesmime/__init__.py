"""sesmime: a raw-MIME toolkit for people who send through Amazon SES."""
