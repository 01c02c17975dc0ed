"""Rules about senders, recipients and address lists."""
