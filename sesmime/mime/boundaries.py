"""The boundary scanner: the span tree of a message in one pass, by loop, linear in size and in depth.

It stands for the multipart half of `email.feedparser.FeedParser._parsegen` and finds the same parts. The plan:

- The open boundaries stand in one dict, boundary to depth. A line that begins with `--` is looked up there
  once, however deep the nesting: no level scans what another has scanned.
- Candidate lines are found by one-byte `find(b"-")`, which is memchr: base64 has no hyphen, so 40 MB of it
  cost one call (15 to 40 times faster than a search for two or three bytes).
- Text full of hyphens would make that hop at every few bytes. After a run of misses the next stretch is
  searched for the open boundaries themselves: long needles run at several GB/s. With many boundaries open it is
  searched for a line end and two hyphens.
- Nothing of a body is copied but candidate lines. What an entity is (multipart, message, leaf) is told by a
  function that is given its header section; this module knows no Content-Type.

A delimiter line is `--`, the boundary, `--` if it closes, blanks, and a line end; the whole line must match
(RFC 2046 section 5.1.1 would take a prefix; Python's email and most readers do not). The line end before it belongs
to it. Where two open entities have the same boundary the outer one has it, as in Python's email.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sesmime.mime.fields import Defect, Source, Span, header_section_end
from sesmime.mime.hints import Final, TypeAlias
from sesmime.mime.limits import Limits
from sesmime.mime.patterns import lazy_pattern

# In a part the header section also ends at a delimiter line: stop at an empty line, or at a line with two hyphens.
_SECTION_STOP = lazy_pattern(rb"\n(?=\r?\n|--)")

# After this many hyphens in less than so many bytes that begin no delimiter line, search for needles instead: in
# a first stretch of this length, doubled up to the longest.
_MISSES = 12
_DENSE = _MISSES * 160
_FIRST_STRETCH = 1 << 11
_LONGEST_STRETCH = 1 << 16
_MANY_BOUNDARIES = 8

_LF, _CR, _SPACE, _TAB = b"\n\r \t"

LEAF, MULTIPART, MESSAGE = range(3)

# What follows the colon of an entity's Content-Type, Content-Transfer-Encoding and Content-Disposition, folds and all.
ContentFields: TypeAlias = tuple[bytes | None, bytes | None, bytes | None]
NO_CONTENT_FIELDS: Final[ContentFields] = (None, None, None)

# Given a source, the span of a header section, and whether the entity stands in a multipart/digest: what the
# entity is, its boundary (multiparts), whether it is a multipart/digest, and its content fields.
Structure: TypeAlias = tuple[int, bytes, bool, ContentFields]
StructureOf: TypeAlias = Callable[[Source, int, int, bool], Structure]


class Node:
    """One entity of the span tree; all places are offsets in the source, all relations indexes in the tree."""

    __slots__ = (
        "body_start",
        "boundary",
        "children",
        "closed",
        "content_fields",
        "defects",
        "digest",
        "epilogue_start",
        "header_stop",
        "kind",
        "number",
        "parent",
        "preamble_stop",
        "start",
        "stop",
    )

    def __init__(self, parent: int, start: int) -> None:
        self.parent = parent
        self.number = 1
        self.start = start
        self.header_stop = start
        self.body_start = start
        self.stop = start
        self.kind = LEAF
        self.boundary = b""
        self.content_fields = NO_CONTENT_FIELDS
        self.digest = False
        self.closed = False
        self.preamble_stop = -1
        self.epilogue_start = -1
        self.children: list[int] | None = None
        self.defects: list[Defect] | None = None

    def note(self, name: str, start: int, stop: int, message: str) -> None:
        """Keep a defect of this entity."""
        if self.defects is None:
            self.defects = []
        self.defects.append(Defect(name, Span(start, stop), message))


class _Scanner:
    """One pass over a source. `stack` holds the entities that are open, the root first."""

    __slots__ = ("end", "limits", "longest", "nodes", "open", "source", "stack", "structure_of")

    def __init__(self, source: Source, limits: Limits, structure_of: StructureOf) -> None:
        self.source = source
        self.end = len(source)
        self.limits = limits
        self.structure_of = structure_of
        self.nodes: list[Node] = []
        self.stack: list[int] = []
        self.open: dict[bytes, int] = {}  # boundary: its entity's place in the stack
        self.longest = 0  # octets of the longest boundary met

    def run(self, root: Node, structure: Structure) -> list[Node]:
        """Scan from the first byte to the last."""
        position = self._begin(root, structure)
        while self.open and position < self.end:
            found = self._next_delimiter(position)
            if found is None:
                break
            line, after, depth, closes = found
            position = self._at_delimiter(line, after, depth, closes)
            if position < 0:
                break
        self._close_down_to(0, self.end)
        return self.nodes

    def _begin(self, node: Node, structure: Structure) -> int:
        """Begin an entity, and attached messages inside one another; return where the body continues."""
        nodes, end = self.nodes, self.end
        while True:
            start, index = node.start, len(nodes)
            nodes.append(node)
            self.stack.append(index)
            kind, boundary, digest, node.content_fields = structure
            if kind == LEAF:
                return node.body_start
            if len(self.stack) > self.limits.levels or len(nodes) >= self.limits.parts:
                which = "levels" if len(self.stack) > self.limits.levels else "parts"
                text = f"more than {getattr(self.limits, which)} {which}: this entity is not divided"
                node.note(f"too-many-{which}", node.body_start, node.body_start, text)
                return node.body_start
            node.kind = kind
            if kind == MULTIPART:
                node.boundary = boundary
                node.digest = digest
                if boundary in self.open:
                    node.note(
                        "boundary-reused", start, node.header_stop, "an enclosing multipart has the same boundary"
                    )
                else:
                    self.open[boundary] = len(self.stack) - 1
                    self.longest = max(self.longest, len(boundary))
                return node.body_start
            if node.body_start == node.header_stop and node.body_start < end:
                # The section ended at a delimiter line: the attached message is empty.
                empty = Node(index, node.body_start)
                node.children = [len(nodes)]
                nodes.append(empty)
                return node.body_start
            node, structure = self._below(index, node.body_start)

    def _below(self, parent: int, start: int) -> tuple[Node, Structure]:
        """Return the next entity, which begins at `start` in another."""
        source, index, above = self.source, len(self.nodes), self.nodes[parent]
        node = Node(parent, start)
        if above.children is None:
            above.children = [index]
        else:
            above.children.append(index)
            node.number = len(above.children)
        if self.open:
            node.header_stop, node.body_start = self._section_end(start)
        else:
            node.header_stop, node.body_start = header_section_end(source, start)
        return node, self.structure_of(source, start, node.header_stop, above.digest)

    def _section_end(self, start: int) -> tuple[int, int]:
        """Find the end of a part's header section: an empty line, or a delimiter line before it."""
        source, end = self.source, self.end
        if start >= end:
            return end, end
        position = start - 1  # the line end before the part
        while True:
            match = _SECTION_STOP.search(source, position, end)
            if match is None:
                return end, end
            line = match.end()
            first = source[line]
            if first == _LF:
                return line, line + 1
            if first == _CR:
                return line, line + 2
            if self._delimiter_at(line) is not None:
                return line, line
            position = line

    def _next_delimiter(self, position: int) -> tuple[int, int, int, bool] | None:
        """Find the next delimiter line at or after `position`, which is the start of a line."""
        source, end = self.source, self.end
        find = source.find
        begin, misses, stretch = position, 0, _FIRST_STRETCH
        while True:
            place = find(b"-", position, end)
            if place < 0:
                return None
            if (place == 0 or source[place - 1] == _LF) and source[place + 1 : place + 2] == b"-":
                found = self._delimiter_at(place)
                if found is not None:
                    return found
            position = place + 1
            misses += 1
            if misses < _MISSES:
                continue
            if position - begin < _DENSE:
                stop = min(end, position + stretch)
                for line in self._candidates(position, stop):
                    found = self._delimiter_at(line)
                    if found is not None:
                        return found
                position = stop
                stretch = min(stretch * 2, _LONGEST_STRETCH)
            else:
                stretch = _FIRST_STRETCH
            begin, misses = position, 0

    def _candidates(self, start: int, stop: int) -> Iterator[int]:
        """Return the lines in a stretch that begin like a delimiter line, in order, by the line end before each."""
        find, end = self.source.find, self.end
        if len(self.open) > _MANY_BOUNDARIES:
            needles = [b"\n--"]
        else:
            needles = [b"\n--" + boundary for boundary in self.open]
        # Where each needle stands next; a needle is searched for on from its own last place only.
        places = {needle: find(needle, start, min(end, stop + len(needle) - 1)) for needle in needles}
        while True:
            nearest, which = stop, b""
            for needle, place in places.items():
                if 0 <= place < nearest:
                    nearest, which = place, needle
            if not which:
                return
            yield nearest + 1
            places[which] = find(which, nearest + 1, min(end, stop + len(which) - 1))

    def _delimiter_at(self, line: int) -> tuple[int, int, int, bool] | None:
        """Read the line at `line`, which begins with `--`: it, where it ends, whose it is, whether it closes."""
        source = self.source
        after = source.find(b"\n", line, self.end) + 1
        stop = after - 1 if after else self.end
        after = after or self.end
        if stop > line and source[stop - 1] == _CR:
            stop -= 1
        if stop - line > self.longest + 4 and source[stop - 1] != _SPACE and source[stop - 1] != _TAB:
            return None  # too long, and not by blanks: never copied
        text = bytes(source[line + 2 : stop]).rstrip(b" \t")
        depth = self.open.get(text)
        if text.endswith(b"--"):
            closed = self.open.get(text[:-2])
            if closed is not None and (depth is None or closed < depth):
                return line, after, closed, True
        if depth is None:
            return None
        return line, after, depth, False

    def _at_delimiter(self, line: int, after: int, depth: int, closes: bool) -> int:
        """Take in a delimiter line and return where to go on, or -1 when a limit ends the scan."""
        source, nodes = self.source, self.nodes
        content_end = line - 1  # of the line end before it, since a multipart has a field above
        if source[content_end - 1] == _CR:
            content_end -= 1
        self._close_down_to(depth + 1, content_end)
        index = self.stack[depth]
        node = nodes[index]
        if node.preamble_stop < 0:
            node.preamble_stop = max(node.body_start, content_end)
        # QUIRK: delimiter lines that follow each other have no part between them, as in Python's email.
        while not closes and source[after : after + 2] == b"--":
            found = self._delimiter_at(after)
            if found is None or found[2] != depth:
                break
            line, after, _, closes = found
        if closes:
            node.closed = True
            node.epilogue_start = after
            del self.open[node.boundary]
            if node.children is None:
                node.note("no-start-boundary", line, after, "the closing delimiter comes before any part")
            return after
        if len(nodes) >= self.limits.parts:
            node.epilogue_start = line
            node.closed = True
            text = f"more than {self.limits.parts} parts: the rest is not divided"
            node.note("too-many-parts", line, line, text)
            return -1
        node, structure = self._below(index, after)
        if structure[0] != LEAF:
            return self._begin(node, structure)
        # As most parts are: what `_begin` does of a leaf.
        node.content_fields = structure[3]
        self.stack.append(len(nodes))
        nodes.append(node)
        return node.body_start

    def _close_down_to(self, depth: int, content_end: int) -> None:
        """End the entities above `depth` on the stack at `content_end`."""
        stack, nodes = self.stack, self.nodes
        # An empty part begins behind the line end that belongs to the delimiter line after it: so those around it end.
        while len(stack) > depth:
            node = nodes[stack.pop()]
            if content_end < node.start:
                content_end = node.start
            stop = node.stop = content_end
            if node.body_start > stop:
                node.body_start = stop
                node.header_stop = min(node.header_stop, stop)
            if node.kind == LEAF:
                continue
            if node.kind == MESSAGE and node.children is not None:
                child = nodes[node.children[0]]
                if child.stop > stop or child.start > stop:  # an empty attached message
                    child.start = child.header_stop = child.body_start = child.stop = stop
            if node.kind != MULTIPART:
                continue
            if self.open.get(node.boundary) == len(stack):
                del self.open[node.boundary]
            if node.preamble_stop < 0:
                node.preamble_stop = stop
                node.epilogue_start = stop
                node.note(
                    "no-start-boundary",
                    node.body_start,
                    node.body_start,
                    "this multipart has no delimiter line",
                )
                continue
            node.preamble_stop = min(node.preamble_stop, stop)
            if not node.closed:
                node.epilogue_start = stop
                node.note("no-closing-boundary", stop, stop, "this multipart has no closing delimiter line")
            node.epilogue_start = min(node.epilogue_start, stop)


def scan_tree(source: Source, limits: Limits, structure_of: StructureOf) -> list[Node]:
    """Return the entities of a message in document order, the root first."""
    root = Node(-1, 0)
    root.header_stop, root.body_start = header_section_end(source)
    structure = structure_of(source, 0, root.header_stop, False)
    if structure[0] != LEAF:
        return _Scanner(source, limits, structure_of).run(root, structure)
    root.content_fields = structure[3]
    root.stop = len(source)
    return [root]
