"""Statements made ready once: the SQL text, the order of its parameters, how values go in and come out.

SQLAlchemy looks every execution up in its cache, builds a context, and takes the rows apart again: several times what the
drivers themselves need for one, and a booking is twenty. Only statements built once at module level are planned, after they
were seen a few times; one with an IN list has a plan for each power of two its length comes under. How a plan is carried out is
the backend's affair.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Delete, Executable, Insert, Row, Select, Update
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from callboard.domain.errors import Unavailable

SEEN_OFTEN = 3
LONGEST_LIST = 256  # beyond, every length is a statement of its own, kept by each connection: 30 KiB and more
_NUMBERS = count(1)
Values = Mapping[str, Any]


class Source(Protocol):
    """Who brings rows that are still on their way."""

    def settle(self) -> None:
        """Fill in every answer that is waited for, or raise the first refusal among them."""


class Rows:
    """What a statement brought: the part of SQLAlchemy's result that repositories use, without its making on every call.

    A backend may hand them out before the database has answered: who looks first waits, with all that is under way.
    """

    __slots__ = ("_count", "_found", "_make", "_source")

    def __init__(self, make: Callable[[Any], Row[Any]], source: Source | None = None) -> None:
        self._make = make
        self._source = source
        self._found: Sequence[Any] = ()
        self._count = 0

    def fill(self, data: Sequence[Any], rowcount: int) -> None:
        """The database's answer."""
        self._found = data
        self._count = rowcount
        self._source = None

    def _arrive(self) -> None:
        if self._source is not None:
            self._source.settle()
            if self._source is not None:
                raise Unavailable("the transaction was undone")

    @property
    def _data(self) -> Sequence[Any]:
        self._arrive()
        return self._found

    @property
    def rowcount(self) -> int:
        """How many rows were written."""
        self._arrive()
        return self._count

    def all(self) -> list[Row[Any]]:
        """Every row."""
        return [self._make(data) for data in self._data]

    def first(self) -> Row[Any] | None:
        """The first row or None."""
        return self._make(self._data[0]) if self._data else None

    def one(self) -> Row[Any]:
        """The only row."""
        (data,) = self._data
        return self._make(data)

    def __iter__(self) -> Iterator[Row[Any]]:
        return iter(self.all())

    def plain(self) -> Iterator[tuple[Any, ...]]:
        """Rows to be taken apart at once."""
        return iter(self._data)

    def scalar(self) -> Any:
        """The first value of the first row, or None."""
        return self._data[0][0] if self._data else None

    def scalars(self) -> list[Any]:
        """The first value of each row."""
        return [data[0] for data in self._data]


class Plan:
    """One statement with one set of parameter names, for one dialect. ``name`` is its own among all plans."""

    __slots__ = ("_constants", "_into", "_names", "_out", "brings", "make", "name", "sql")

    def __init__(self, compiled: SQLCompiler, given: Iterable[str], dialect: Dialect, lists: Values | None = None) -> None:
        self.name = b"callboard_%d" % next(_NUMBERS)
        self.sql = str(compiled)
        self._names = tuple(compiled.positiontup or ())
        processors: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001 - the ordinary way uses it too
        constants = compiled.construct_params({}, _check=False)
        if lists is not None:
            grown = compiled._process_parameters_for_postcompile({**constants, **lists})  # noqa: SLF001 - as above
            self.sql, self._names = grown.statement, tuple(grown.positiontup or ())
            processors = {**processors, **grown.processors}
            constants = {**constants, **grown.additional_parameters}
        self._into = tuple((i, processors[name]) for i, name in enumerate(self._names) if name in processors)
        self._constants = {**constants, **_defaults(compiled)}
        for name in given:
            self._constants.pop(name, None)
        columns = compiled._result_columns  # noqa: SLF001 - as above
        found = [c.type.dialect_impl(dialect).result_processor(dialect, None) for c in columns]
        self._out = tuple((index, out) for index, out in enumerate(found) if out is not None)
        metadata = SimpleResultMetaData([c.keyname for c in columns])
        self.make = partial(Row, metadata, None, metadata._key_to_index)  # noqa: SLF001 - as above
        self.brings = bool(columns)

    def values(self, parameters: Values) -> list[Any]:
        """The parameters in the order of the text, as the driver takes them."""
        constants = self._constants
        values = [parameters[name] if name in parameters else constants[name] for name in self._names]
        for index, into in self._into:
            values[index] = into(values[index])
        return values

    def come_out(self, data: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """The driver's rows as the columns' types have them."""
        return [self._come_out(row) for row in data] if self._out else data

    def _come_out(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for index, out in self._out:
            values[index] = out(values[index])
        return tuple(values)


def refusal(sql: str, error: Exception, base: type[Exception]) -> Exception:
    """The driver's error as the ordinary way raises it, without the values (they may be customers' data)."""
    return DBAPIError.instance(sql, None, error, base, hide_parameters=True)


def _defaults(compiled: SQLCompiler) -> dict[str, Any]:
    """Values the columns have for themselves, where they are plain values."""
    columns = [*(compiled.insert_prefetch or ()), *(compiled.update_prefetch or ())]
    defaults: dict[str, Any] = {column.key: column.default for column in columns}
    return {key: default.arg for key, default in defaults.items() if default is not None and default.is_scalar}


def _filled_up(values: Collection[Any]) -> list[Any]:
    """The list up to the next power of two, its last value said again: the same to IN, and nine plans do for 256 lengths."""
    found = list(values)
    short = (1 << (len(found) - 1).bit_length()) - len(found) if found else 0
    return found + found[-1:] * short


class Family:
    """The plans of a statement with IN lists, one for each length they are filled up to."""

    def __init__(self, compiled: SQLCompiler, names: Sequence[str], dialect: Dialect) -> None:
        self._compiled = compiled
        self._names = names
        self._dialect = dialect
        lists = (compiled.bind_names[p] for p in compiled.post_compile_params)
        self._lists = tuple(name for name in lists if name in names)  # the others are part of the statement
        self._plans: dict[tuple[int, ...], Plan] = {}

    def find(self, parameters: Values) -> tuple[Plan, Values] | None:
        """The plan for lists as long as these, and the parameters with the lists taken apart."""
        grown = {name: _filled_up(parameters[name]) for name in self._lists}
        lengths = tuple([len(values) for values in grown.values()])
        if not all(0 < length <= LONGEST_LIST for length in lengths):
            return None
        plan = self._plans.get(lengths)
        if plan is None:
            plan = self._plans[lengths] = Plan(self._compiled, self._names, self._dialect, lists={**parameters, **grown})
        flat = {k: v for k, v in parameters.items() if k not in self._lists}
        for name, values in grown.items():
            flat.update((f"{name}_{index}", value) for index, value in enumerate(values, 1))
        return plan, flat


def _plannable(statement: Executable, compiled: SQLCompiler) -> bool:
    if compiled.literal_execute_params:
        return False
    prefetched = [*(compiled.insert_prefetch or ()), *(compiled.update_prefetch or ())]
    if any(column.default is None or not column.default.is_scalar for column in prefetched):
        return False
    asked = bool(getattr(statement, "_returning", ()))
    return asked or isinstance(statement, Select) or not compiled.effective_returning


class Plans:
    """The plans of one engine."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._lock = threading.Lock()
        self._known: WeakKeyDictionary[Executable, dict[Any, Any]] = WeakKeyDictionary()

    def find(self, statement: Executable, parameters: Any) -> Plan | Family | None:
        """The plan for a statement with these parameter names, once it has been seen often enough; None: the ordinary way."""
        many = isinstance(parameters, list)
        names = tuple(parameters[0] if many else parameters or ())
        known = self._known.get(statement)
        if known is None:
            if not isinstance(statement, Select | Insert | Update | Delete):
                return None
            with self._lock:
                known = self._known.setdefault(statement, {})
        entry = known.get((names, many), 0)
        if isinstance(entry, int):
            known[(names, many)] = entry = entry + 1
            if entry >= SEEN_OFTEN:
                known[(names, many)] = entry = self._make(statement, names, many=many)
            else:
                return None
        found: Plan | Family | None = entry
        return found

    def _make(self, statement: Any, names: Sequence[str], *, many: bool) -> Plan | Family | None:
        compiled = statement.compile(dialect=self._dialect, column_keys=sorted(names), for_executemany=many)
        if not _plannable(statement, compiled):
            return None
        if compiled.post_compile_params:
            return None if many else Family(compiled, names, self._dialect)
        return Plan(compiled, names, self._dialect)

    def ready(self, statement: Executable, parameters: Any) -> tuple[Plan, Any] | None:
        """The plan and the values it wants (a list of them for a list of parameters); None: the ordinary way."""
        plan = self.find(statement, parameters)
        if isinstance(plan, Family):
            grown = plan.find(parameters)
            if grown is None:
                return None
            plan, parameters = grown
        if plan is None:
            return None
        if isinstance(parameters, list):
            return plan, [plan.values(one) for one in parameters]
        return plan, plan.values(parameters or _EMPTY)


_EMPTY: Values = {}
