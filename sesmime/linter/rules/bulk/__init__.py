"""Rules about list management, tracking and what mailbox providers ask of bulk senders."""
