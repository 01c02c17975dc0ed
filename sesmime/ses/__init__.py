"""The SES wing: the header fields that Amazon SES reads, its settings, and which value counts.

Two tables say most of it: `fields.SES_FIELDS`, a row for each X-SES field of a sender, and the rows of
`interfaces.Interface`, one for each way of sending. `settings` holds what is given beside a message, `precedence` which
value counts where both say something, `requests` how an API is asked.
"""
