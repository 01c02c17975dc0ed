"""Archives of mail of any size, read with bounded memory, and checked message by message. Extra `archive`."""

from __future__ import annotations

from sesmime.archive.reading import messages, pieces, read_piece
from sesmime.archive.stored import Piece, Stored

__all__ = ["Piece", "Stored", "messages", "pieces", "read_piece"]
