"""The composing wing: messages made from texts, attachments and requests."""
