"""The amounts that formulas make of parameters, and their exact derivatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from carbonlab.errors import FormulaError, NotFoundError
from carbonlab.inventory.formulas import Amount, Dialect
from carbonlab.inventory.parameters.dependencies import error_with_chain
from carbonlab.inventory.parameters.propagation import Failures, needed_by, slopes_of, values_of
from carbonlab.inventory.parameters.scopes import Definitions, ParameterKey, definitions_of

if TYPE_CHECKING:
    from carbonlab.inventory.database import Database


@dataclass(frozen=True, eq=False, repr=False)
class ParameterTable:
    """The parameters of a database and the exchanges whose amounts are formulas of them.

    Attributes
    ----------
    definitions : Definitions
        Every parameter and formula, with what its names mean.
    unit_factors : array (formula exchanges,)
        What the value of a formula is multiplied by to be in the reference unit of the flow.

    Examples
    --------
    >>> from carbonlab.inventory.builder import DatabaseBuilder
    >>> from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, Parameter, UnitProcess
    >>> from carbonlab.vocabulary import FlowKind
    >>> builder = DatabaseBuilder(DatabaseMeta(name="example"))
    >>> builder.flows.append(Flow(id="diesel", name="Diesel", kind=FlowKind.PRODUCT, unit="kg"))
    >>> drive = Exchange(flow="diesel", is_input=True, amount=5.0, formula="use * distance")
    >>> builder.processes.append(UnitProcess(id="truck", name="Truck", exchanges=(drive,)))
    >>> builder.parameters.append(Parameter(name="use", amount=0.05, process="truck"))
    >>> builder.parameters.append(Parameter(name="distance", amount=100.0))
    >>> table = ParameterTable.of(builder.build())
    >>> table.evaluate()
    array([5.])
    >>> table.evaluate({ParameterKey("distance"): [100.0, 200.0]})
    array([[ 5., 10.]])
    >>> table.jacobian().toarray()
    array([[1.e+02, 5.e-02]])
    """

    definitions: Definitions
    unit_factors: NDArray[np.float64]

    @classmethod
    def of(cls, db: Database, *, dialect: Dialect = Dialect.OPENLCA) -> ParameterTable:
        """Read the parameters and formulas of a database.

        Formulas that cannot be read do not raise here but where their value is asked for (see `failures`).
        """
        definitions = definitions_of(db, dialect)
        return cls(definitions, db.column("exchanges", "unit_factor")[definitions.rows])

    @property
    def exchange_rows(self) -> NDArray[np.intp]:
        """Rows (formula exchanges,) of exchanges with a formula: the rows of `evaluate` and `jacobian`."""
        return self.definitions.rows

    @cached_property
    def input_rows(self) -> NDArray[np.intp]:
        """Rows (inputs,) of the parameters without a formula: the columns of `jacobian`."""
        items = self.definitions.items[: len(self.definitions.keys)]
        return np.array([i for i, item in enumerate(items) if not item.has_formula], dtype=np.intp)

    @cached_property
    def inputs(self) -> tuple[ParameterKey, ...]:
        """The parameters without a formula, in the order of the columns of `jacobian`."""
        return tuple(self.definitions.keys[row] for row in self.input_rows)

    def rows_that_use(self, parameters: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the rows of exchanges whose formula uses some parameters (rows), directly or through others."""
        definitions = self.definitions
        depends = np.zeros(len(definitions.items), bool)
        depends[parameters] = True
        for number in definitions.order[0]:
            depends[number] |= any(depends[used] for used in definitions.items[number].uses.values())
        return np.sort(self.exchange_rows[depends[len(definitions.keys) :]]).astype(np.int64)

    @cached_property
    def _numbers(self) -> dict[ParameterKey, int]:
        return {key: number for number, key in enumerate(self.definitions.keys)}

    # -- values ------------------------------------------------------------------------------------

    def evaluate(
        self,
        inputs: Mapping[ParameterKey, ArrayLike] | None = None,
        *,
        rows: Iterable[int] | None = None,
    ) -> NDArray[np.float64]:
        """Return the amounts that the formulas give, in the reference unit of each flow.

        Parameters
        ----------
        inputs : mapping of ParameterKey to float or array (draws,), optional
            Values of input parameters other than the stored ones.
        rows : iterable of int, optional
            Rows of exchanges to evaluate (default: `exchange_rows`).

        Returns
        -------
        array (formula exchanges,) or (formula exchanges, draws)
            With draws if any input has them.

        Raises
        ------
        FormulaError
            If a formula that counts has no value: unknown name, circle, division by zero, …
        NotFoundError
            If there is no parameter of such a key.
        """
        wanted, factors = self._wanted(rows)
        values, failed, draws = self._values(inputs, wanted)
        self._check_none_failed(wanted, failed)
        shape = (len(wanted),) if draws is None else (len(wanted), draws)
        amounts = np.empty(shape)
        for i, number in enumerate(wanted):
            amounts[i] = values[number]
        return amounts * (factors if draws is None else factors[:, np.newaxis])

    def parameter_values(
        self, inputs: Mapping[ParameterKey, ArrayLike] | None = None
    ) -> dict[ParameterKey, Amount]:
        """Return the value of every parameter, those with formulas included (raises as `evaluate`)."""
        numbers = range(len(self.definitions.keys))
        values, failed, _ = self._values(inputs, numbers)
        self._check_none_failed(numbers, failed)
        return {key: values[number] for number, key in enumerate(self.definitions.keys)}

    def failures(self, inputs: Mapping[ParameterKey, ArrayLike] | None = None) -> dict[int, FormulaError]:
        """Return why an exchange has no amount, for the rows of exchanges whose formula gives none."""
        wanted, _ = self._wanted(None)
        _, failed, _ = self._values(inputs, wanted)
        return {
            int(row): error_with_chain(self.definitions.items, number, failed)
            for row, number in zip(self.exchange_rows, wanted, strict=True)
            if number in failed
        }

    def unused_failures(self) -> dict[ParameterKey, FormulaError]:
        """Return why a parameter has no value, for those that no formula of an exchange uses.

        Of parameters that fail because of another one, only that other one is named.
        """
        wanted, _ = self._wanted(None)
        is_used = needed_by(self.definitions, wanted)
        _, failed, _ = self._values(None, range(len(self.definitions.keys)))
        return {
            self.definitions.keys[number]: error_with_chain(self.definitions.items, number, failed)
            for number, own in failed.items()
            if own is not None and not is_used[number]
        }

    def _values(
        self, inputs: Mapping[ParameterKey, ArrayLike] | None, wanted: Iterable[int]
    ) -> tuple[dict[int, Amount], Failures, int | None]:
        """Evaluate what is wanted and all that it needs; what fails is noted, not raised."""
        changed, draws = self._changed(inputs or {})
        values, failed = values_of(self.definitions, wanted, changed)
        return values, failed, draws

    # -- derivatives ---------------------------------------------------------------------------------

    def jacobian(
        self,
        inputs: Mapping[ParameterKey, float] | None = None,
        *,
        rows: Iterable[int] | None = None,
    ) -> sparse.csr_array:
        """Return the derivative of each amount by each input parameter, exact, at one point.

        The chain rule runs through dependent parameters; at a kink the branch that is active counts.

        Parameters
        ----------
        inputs : mapping of ParameterKey to float, optional
            Values of input parameters other than the stored ones.
        rows : iterable of int, optional
            Rows of exchanges (default: `exchange_rows`).

        Returns
        -------
        csr_array (formula exchanges, inputs)
            [reference unit of the flow per unit of the parameter]; columns as in `inputs`.

        Raises
        ------
        FormulaError, NotFoundError
            As `evaluate`; also if a derivative is not finite, or an input has draws.
        """
        wanted, factors = self._wanted(rows)
        values, failed, draws = self._values(inputs, wanted)
        self._check_none_failed(wanted, failed)
        if draws is not None:
            raise FormulaError(
                f"derivatives are taken at one point, and inputs were given for {draws} draws",
                remedy="give one number per parameter, and call it once per point",
            )
        columns = {int(number): column for column, number in enumerate(self.input_rows)}
        slopes = slopes_of(self.definitions, values, columns)
        entries = [
            (i, column, factor * slope)
            for i, (number, factor) in enumerate(zip(wanted, factors, strict=True))
            for column, slope in slopes[number].items()
        ]
        i, j, x = (np.array(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
        shape = (len(wanted), len(self.inputs))
        return sparse.coo_array((np.asarray(x, dtype=np.float64), (i, j)), shape=shape).tocsr()

    # -- what is asked for -----------------------------------------------------------------------------

    def _changed(self, inputs: Mapping[ParameterKey, ArrayLike]) -> tuple[dict[int, Amount], int | None]:
        """Return the given values by number of the parameter, and the number of draws (None: no draws)."""
        changed: dict[int, Amount] = {}
        draws: int | None = None
        for key, given in inputs.items():
            number = self._numbers.get(ParameterKey(*key))
            if number is None:
                raise self._no_such_parameter(ParameterKey(*key))
            if self.definitions.items[number].has_formula:
                raise FormulaError(
                    f"the parameter {key[0]!r} is computed by a formula and takes no other value",
                    where=self.definitions.items[number].where,
                    remedy="change the input parameters that its formula uses",
                )
            value = np.asarray(given, dtype=np.float64)
            if value.ndim > 1 or (value.ndim and draws not in (None, value.size)):
                raise FormulaError(
                    "the values of parameters differ in their number of draws",
                    where=f"{key[0]!r} has the shape {value.shape}",
                    remedy="give a number, or one value per draw, for every parameter",
                )
            draws = value.size if value.ndim else draws
            changed[number] = value if value.ndim else float(value)
        return changed, draws

    def _no_such_parameter(self, key: ParameterKey) -> NotFoundError:
        alike = [other for other in self.definitions.keys if other.name.lower() == key.name.strip().lower()]
        shown = ", ".join(repr(tuple(other)) for other in alike[:3])
        return NotFoundError(
            f"there is no parameter {key.name!r}"
            + (f" in process {key.process!r}" if key.process else " of the database itself"),
            why="the value would have no effect",
            remedy=f"parameters of that name are {shown}"
            if alike
            else "take a key from ParameterTable.inputs",
        )

    def _wanted(self, rows: Iterable[int] | None) -> tuple[list[int], NDArray[np.float64]]:
        """Return the definitions of exchanges in some rows, and their unit factors."""
        first = len(self.definitions.keys)
        if rows is None:
            return list(range(first, len(self.definitions.items))), self.unit_factors
        asked = np.asarray(list(rows), dtype=np.intp)
        place = np.searchsorted(self.exchange_rows, asked)
        inside = place < len(self.exchange_rows)
        is_formula = inside.copy()
        is_formula[inside] = self.exchange_rows[place[inside]] == asked[inside]
        if not is_formula.all():
            raise FormulaError(
                f"the exchange in row {asked[~is_formula][0]} has no formula",
                remedy="ask for rows that ParameterTable.exchange_rows names",
            )
        return [first + int(i) for i in place], self.unit_factors[place]

    def _check_none_failed(self, wanted: Iterable[int], failed: Failures) -> None:
        broken = [number for number in wanted if number in failed]
        if not broken:
            return
        error = error_with_chain(self.definitions.items, broken[0], failed)
        if len(broken) > 1:
            error.remedy += f" ({len(broken) - 1} more formulas have no value; check_formulas lists them)"
        raise error
