"""What rules look at: the message on its way out, its parts, lines, texts and addresses, and their places."""
