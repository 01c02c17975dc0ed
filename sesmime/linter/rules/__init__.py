"""The rules, a file each, in folders by family; nothing else stands here."""
