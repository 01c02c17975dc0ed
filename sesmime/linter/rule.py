"""What a rule is: one function that looks at a submission, with what there is to say about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from importlib import import_module

from sesmime.linter.findings import Fix, Severity
from sesmime.linter.occasions import OCCASIONS
from sesmime.mime.fields import Span
from sesmime.mime.hints import TYPE_CHECKING, Literal, TypeAlias, overload
from sesmime.mime.values import NamedTuple, dataclass
from sesmime.ses.evidence import Evidence

if TYPE_CHECKING:
    from sesmime.linter.view.outgoing import Outgoing
    from sesmime.linter.view.part import Part


class Subject(Enum):
    """What a rule is about, and so what its function takes: the submission, or the submission and a part."""

    PARAMETERS = "the parameters; asked on every interface"
    MESSAGE = "a raw message as a whole"
    PART = "each entity, in document order, except those inside attached messages"
    EVERY_PART = "each entity, those inside attached messages too"

    @property
    def is_part(self) -> bool:
        """Whether the rule is asked about one part after the other."""
        return self in (Subject.PART, Subject.EVERY_PART)


class Stage(Enum):
    """When a rule is asked: the stages in the order in which SES is expected to check (ASSUMED).

    The last four tell of what SES takes and does something to, or of what others expect.
    """

    PARAMETERS = "the parameters by themselves"
    SIZE = "the size of the message"
    SYNTAX = "the header section, line by line and field by field"
    REPEATS = "fields that may be there once"
    REQUIRED = "fields that must be there"
    ADDRESSES = "addresses"
    RECIPIENTS = "the number of recipients"
    MIME = "fields of MIME, parts, bodies"
    CONFIGURATION_SET = "the configuration set, after the syntax of all addresses (OBSERVED)"
    LENGTH = "the length of addresses (OBSERVED)"
    TEMPLATE = "the template and its data (OBSERVED)"
    SETTINGS = "settings, message tags, `X-SES-` fields (of a tag, name before value: OBSERVED)"
    SIGNATURES = "signatures that SES would break"
    LISTS = "list management and tracking"
    BULK = "what mailbox providers ask of bulk senders"
    SENDER = "identities, and what SES puts in their place"


class Fault(NamedTuple):
    """What a rule found: one sentence about what is there, its place, the text expected from SES, the remedy.

    `rejection` is UNKNOWN_TEXT where SES, or the SDK before it, refuses the call in words that are not known.
    `span` is the smallest place that shows it, `part` the entity it is in (None: the message, or the parameters where
    there is no span), `parameter` the dotted path in the request of a parameter. `severity`, `evidence` and `source`
    are given where they differ from the rule's. `further`, the same number in each fault of a rule, is how many places
    there are beside its faults, counted and not kept.
    """

    message: str
    span: Span | None = None
    part: Part | None = None
    rejection: str | None = None
    fix: Fix | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None
    source: str | None = None
    parameter: str | None = None
    further: int = 0


Check: TypeAlias = "Callable[[Outgoing], Iterable[Fault]]"
PartCheck: TypeAlias = "Callable[[Outgoing, Part], Iterable[Fault]]"


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule: its code, its name (the fault, read after "allow"), how bad it is and how sure, and where that stands.

    `check` takes an `Outgoing`, and for a rule about parts a `Part` besides, and gives a `Fault` for each place. It is
    called for a message that has one of the `triggers` (None: for each): a name of a top-level field, for a rule about
    parts of a field of the part, or an occasion such as `:multipart` (see `sesmime.linter.occasions`). Of our rules
    `stage` and `order` say when.
    """

    code: str
    name: str
    severity: Severity
    evidence: Evidence
    source: str
    check: Callable[..., Iterable[Fault]]
    subject: Subject = Subject.MESSAGE
    triggers: frozenset[str] | None = None
    stage: Stage = Stage.SENDER
    order: int = 0

    @property
    def summary(self) -> str:
        """The fault in one sentence: the first line of the docstring."""
        return self.explanation.partition("\n")[0]

    @property
    def explanation(self) -> str:
        """The whole docstring: what goes wrong, and for whom."""
        import inspect  # the command line shows it; to import it takes as long as a dozen rules

        return inspect.getdoc(self.check) or ""

    def __repr__(self) -> str:
        return f"<Rule {self.code} {self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        # By the name it has in its module, where it stands in the place of its function.
        return _named, (self.check.__module__, self.check.__qualname__)


def _named(module: str, name: str) -> Rule:
    found: Rule = getattr(import_module(module), name)
    return found


@overload
def rule(
    code: str,
    *,
    severity: Severity,
    evidence: Evidence,
    source: str,
    subject: Literal[Subject.PARAMETERS, Subject.MESSAGE] = ...,
    triggers: Iterable[str] | None = ...,
    stage: Stage = ...,
    order: int = ...,
) -> Callable[[Check], Rule]: ...


@overload
def rule(
    code: str,
    *,
    severity: Severity,
    evidence: Evidence,
    source: str,
    subject: Literal[Subject.PART, Subject.EVERY_PART],
    triggers: Iterable[str] | None = ...,
    stage: Stage = ...,
    order: int = ...,
) -> Callable[[PartCheck], Rule]: ...


def rule(
    code: str,
    *,
    severity: Severity,
    evidence: Evidence,
    source: str,
    subject: Subject = Subject.MESSAGE,
    triggers: Iterable[str] | None = None,
    stage: Stage = Stage.SENDER,
    order: int = 0,
) -> Callable[[Check], Rule] | Callable[[PartCheck], Rule]:
    """Make a rule of a function; the rule's name is the function's, with hyphens.

    `triggers` are what a message must have for the rule to be asked, one of them: names of fields, in any case, and
    occasions. Raises TypeError for triggers that are one str, ValueError for an occasion that there is not.

    The command line finds rules of other packages by the entry point group `sesmime.rules`, each entry one `Rule`.
    """
    if isinstance(triggers, str):
        raise TypeError("triggers is a list of str")
    called_by = None if triggers is None else frozenset(name.lower() for name in triggers)
    for name in called_by or ():
        if name.startswith(":") and name not in OCCASIONS:
            raise ValueError(f"there is no occasion {name}; there are {' '.join(OCCASIONS)}")

    def made(check: Callable[..., Iterable[Fault]]) -> Rule:
        name = check.__name__.replace("_", "-")
        return Rule(code, name, severity, evidence, source, check, subject, called_by, stage, order)

    return made
