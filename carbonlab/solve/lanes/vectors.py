"""Vectors of eight lanes of one, two or four right-hand sides as values of compiled code, one instruction per eight.

Loops over the lanes written out in Python cost two to three times as much: the compiler cannot know that the
accumulator and the arrays do not overlap, and stores it in every step.

How wide a vector is follows from the type of the array it is read from: rows (8,) hold the lanes of one side, rows
(2, 8) those of two, rows (2, 2, 8) those of four. In an operation on vectors of different width the lanes of the
narrower one stand for all sides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

WIDTH = 8
"""Lanes of a vector."""
_BYTES = 8


class LaneVector(types.Type):
    """Eight float64, one per lane, for every side."""

    def __init__(self, sides: int) -> None:
        self.sides = sides
        initialize: Any = super().__init__
        initialize(name=f"LaneVector{WIDTH}x{sides}")


def _type(sides: int) -> Any:
    return cast(Any, LaneVector)(sides)


def _doubles(sides: int) -> Any:
    return ir.VectorType(ir.DoubleType(), WIDTH * sides)


def _sides_of(array_type: Any) -> int:
    """Return how many sides a row of an array (rows, ..., 8) holds."""
    return int(2 ** (array_type.ndim - 2))


@register_model(LaneVector)
class _LaneVectorModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        initialize: Any = super().__init__
        initialize(dmm, fe_type, _doubles(fe_type.sides))


def _operation(implementation: Callable[..., Any]) -> Callable[..., Any]:
    """Make an operation of compiled code; the first parameter of its implementation is not one of the operation."""
    return cast(Callable[..., Any], intrinsic(implementation))


def _widen(builder: Any, value: Any, have: int, sides: int) -> Any:
    """Repeat the lanes of a vector for more sides."""
    if have == sides:
        return value
    lanes = list(range(WIDTH * have)) * (sides // have)
    return _shuffle(builder, value, value, lanes)


def _shuffle(builder: Any, a: Any, b: Any, lanes: list[int]) -> Any:
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(a, b, mask)


def _address(builder: Any, context: Any, array_type: Any, array: Any, start: Any, sides: int) -> Any:
    """Return a pointer to the vector that begins at some number of a contiguous array, and how it is aligned."""
    single = array_type.dtype == types.float32
    data = context.make_array(array_type)(context, builder, array).data
    vector = ir.VectorType(ir.FloatType() if single else ir.DoubleType(), WIDTH * sides)
    return builder.bitcast(builder.gep(data, [start]), vector.as_pointer()), 4 if single else _BYTES


def _load(context: Any, builder: Any, array_type: Any, array: Any, start: Any, sides: int) -> Any:
    address, align = _address(builder, context, array_type, array, start, sides)
    value = builder.load(address, align=align)
    return builder.fpext(value, _doubles(sides)) if array_type.dtype == types.float32 else value


def _store(context: Any, builder: Any, signature: Any, array: Any, start: Any, vector: Any) -> None:
    array_type, vector_type = signature.args[0], signature.args[2]
    sides = _sides_of(array_type)
    value = _widen(builder, vector, vector_type.sides, sides)
    address, align = _address(builder, context, array_type, array, start, sides)
    if array_type.dtype == types.float32:
        value = builder.fptrunc(value, ir.VectorType(ir.FloatType(), WIDTH * sides))
    builder.store(value, address, align=align)


def _whole(context: Any, builder: Any, value: Any, value_type: Any) -> Any:
    """Return an index as a whole number of the machine; what is unsigned stays above zero."""
    return context.cast(builder, value, value_type, types.intp)


def _first_of_row(context: Any, builder: Any, signature: Any, row: Any) -> Any:
    """Return the number at which the row of an array of vectors begins."""
    where = _whole(context, builder, row, signature.args[1])
    return builder.mul(where, ir.Constant(where.type, WIDTH * _sides_of(signature.args[0])))


@_operation
def number(typing: Any, array: Any, index: Any) -> Any:
    """Return one number of a contiguous array (m,); an index below zero is not looked for."""
    result = types.intp if isinstance(array.dtype, types.Integer) else array.dtype

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type = signature.args[0]
        data = context.make_array(array_type)(context, builder, arguments[0]).data
        where = _whole(context, builder, arguments[1], signature.args[1])
        value = builder.load(builder.gep(data, [where]))
        return context.cast(builder, value, array_type.dtype, result)

    return result(array, index), generate


def _call(builder: Any, name: str, *arguments: Any) -> Any:
    kind = arguments[0].type
    function_type = ir.FunctionType(kind, [kind] * len(arguments))
    insert: Any = cgutils.get_or_insert_function
    function = insert(builder.module, function_type, f"llvm.{name}.v{kind.count}f64")
    return builder.call(function, arguments)


@_operation
def load(typing: Any, array: Any, index: Any) -> Any:
    """Return the vector in one row of a contiguous array (rows, ..., 8) of float64 or float32."""
    sides = _sides_of(array)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start = _first_of_row(context, builder, signature, arguments[1])
        return _load(context, builder, signature.args[0], arguments[0], start, sides)

    return _type(sides)(array, index), generate


@_operation
def load_from(typing: Any, array: Any, start: Any) -> Any:
    """Return the vector that begins at some number of a contiguous array (rows, ..., 8), the first of a row."""
    sides = _sides_of(array)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = _whole(context, builder, arguments[1], signature.args[1])
        return _load(context, builder, signature.args[0], arguments[0], where, sides)

    return _type(sides)(array, start), generate


@_operation
def load_all(typing: Any, arrays: Any, index: Any) -> Any:
    """Return one row of several contiguous arrays (rows, 8), a tuple with one for each side."""
    sides = arrays.count

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type = signature.args[0].dtype
        where = _whole(context, builder, arguments[1], signature.args[1])
        start = builder.mul(where, ir.Constant(where.type, WIDTH))
        parts = [
            _load(context, builder, array_type, builder.extract_value(arguments[0], side), start, 1)
            for side in range(sides)
        ]
        while len(parts) > 1:
            lanes = list(range(2 * parts[0].type.count))
            parts = [_shuffle(builder, a, b, lanes) for a, b in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]

    return _type(sides)(arrays, index), generate


@_operation
def store(typing: Any, array: Any, index: Any, vector: Any) -> Any:
    """Write a vector to one row of a contiguous array (rows, ..., 8) of float64 or float32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start = _first_of_row(context, builder, signature, arguments[1])
        _store(context, builder, signature, arguments[0], start, arguments[2])
        return context.get_dummy_value()

    return types.void(array, index, vector), generate


@_operation
def store_from(typing: Any, array: Any, start: Any, vector: Any) -> Any:
    """Write a vector to a contiguous array (rows, ..., 8), from the first number of a row."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = _whole(context, builder, arguments[1], signature.args[1])
        _store(context, builder, signature, arguments[0], where, arguments[2])
        return context.get_dummy_value()

    return types.void(array, start, vector), generate


@_operation
def store_side(typing: Any, array: Any, row: Any, vectors: Any, side: Any, index: Any) -> Any:
    """Write the lanes of one side of a row of an array (rows, ..., 8) to a row of an array (rows, 8)."""
    sides = _sides_of(vectors)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        target, side_of, row_of = (_whole(context, builder, arguments[k], kinds[k]) for k in (1, 3, 4))
        eight = ir.Constant(target.type, WIDTH)
        start = builder.mul(builder.add(builder.mul(row_of, ir.Constant(target.type, sides)), side_of), eight)
        value = _load(context, builder, kinds[2], arguments[2], start, 1)
        address, align = _address(builder, context, kinds[0], arguments[0], builder.mul(target, eight), 1)
        builder.store(value, address, align=align)
        return context.get_dummy_value()

    return types.void(array, row, vectors, side, index), generate


@_operation
def splat(typing: Any, number: Any) -> Any:
    """Return one number in all lanes of one side."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = context.cast(builder, arguments[0], signature.args[0], types.float64)
        nothing = ir.Constant(_doubles(1), ir.Undefined)
        first = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
        return _shuffle(builder, first, nothing, [0] * WIDTH)

    return _type(1)(number), generate


@_operation
def spread(typing: Any, array: Any, index: Any) -> Any:
    """Return one row of an array (rows,), (rows, 2) or (rows, 2, 2): the number of each side in all its lanes."""
    sides = 2 ** (array.ndim - 1)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type = signature.args[0]
        data = context.make_array(array_type)(context, builder, arguments[0]).data
        where = _whole(context, builder, arguments[1], signature.args[1])
        start = builder.mul(where, ir.Constant(where.type, sides))
        kind = ir.VectorType(ir.DoubleType(), sides)
        numbers = builder.load(builder.bitcast(builder.gep(data, [start]), kind.as_pointer()), align=_BYTES)
        return _shuffle(builder, numbers, numbers, [side for side in range(sides) for _ in range(WIDTH)])

    return _type(sides)(array, index), generate


@_operation
def zeros(typing: Any, array: Any) -> Any:
    """Return zeros, as wide as a row of an array (rows, ..., 8)."""
    sides = _sides_of(array)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(_doubles(sides), [0.0] * (WIDTH * sides))

    return _type(sides)(array), generate


def _elementwise(typing_arguments: tuple[Any, ...], compute: Callable[..., Any]) -> Any:
    """Return signature and code of an operation that is done lane by lane, as wide as the widest argument."""
    sides = max(argument.sides for argument in typing_arguments)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = [
            _widen(builder, argument, kind.sides, sides)
            for argument, kind in zip(arguments, signature.args, strict=True)
        ]
        return compute(builder, *wide)

    return _type(sides)(*typing_arguments), generate


@_operation
def multiply_add(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a b + c, rounded once."""
    return _elementwise((a, b, c), lambda builder, *all_of: _call(builder, "fma", *all_of))


@_operation
def multiply_subtract(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """Return c − a b, rounded once."""
    return _elementwise((a, b, c), lambda builder, a, b, c: _call(builder, "fma", builder.fneg(a), b, c))


@_operation
def add(typing: Any, a: Any, b: Any) -> Any:
    """Return a + b."""
    return _elementwise((a, b), lambda builder, a, b: builder.fadd(a, b))


@_operation
def subtract(typing: Any, a: Any, b: Any) -> Any:
    """Return a − b."""
    return _elementwise((a, b), lambda builder, a, b: builder.fsub(a, b))


@_operation
def multiply(typing: Any, a: Any, b: Any) -> Any:
    """Return a b."""
    return _elementwise((a, b), lambda builder, a, b: builder.fmul(a, b))


@_operation
def divide(typing: Any, a: Any, b: Any) -> Any:
    """Return a / b."""
    return _elementwise((a, b), lambda builder, a, b: builder.fdiv(a, b))


@_operation
def magnitude(typing: Any, a: Any) -> Any:
    """Return |a|."""
    return _elementwise((a,), lambda builder, a: _call(builder, "fabs", a))


@_operation
def larger(typing: Any, a: Any, b: Any) -> Any:
    """Return the larger of a and b in each lane; NaN of b is kept, NaN of a too."""

    def compute(builder: Any, a: Any, b: Any) -> Any:
        takes_a = builder.fcmp_ordered(">=", a, b)
        chosen = builder.select(takes_a, a, b)
        return builder.select(builder.fcmp_unordered("uno", a, a), a, chosen)

    return _elementwise((a, b), compute)


@_operation
def exceeds(typing: Any, a: Any, b: Any) -> Any:
    """Return whether a ≤ b does not hold in some lane: a larger one, or one that is not a number."""

    def compute(builder: Any, a: Any, b: Any) -> Any:
        found = builder.fcmp_unordered(">", a, b)
        lanes = builder.bitcast(found, ir.IntType(found.type.count))
        return builder.icmp_unsigned("!=", lanes, ir.Constant(lanes.type, 0))

    return types.boolean(a, b), _elementwise((a, b), compute)[1]


@_operation
def where_exceeds(typing: Any, a: Any, b: Any, x: Any, y: Any) -> Any:
    """Return x in lanes where a ≤ b does not hold, else y."""

    def compute(builder: Any, a: Any, b: Any, x: Any, y: Any) -> Any:
        return builder.select(builder.fcmp_unordered(">", a, b), x, y)

    return _elementwise((a, b, x, y), compute)


@_operation
def smaller(typing: Any, a: Any, b: Any) -> Any:
    """Return the smaller of a and b in each lane; b where a is not a number."""

    def compute(builder: Any, a: Any, b: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<=", a, b), a, b)

    return _elementwise((a, b), compute)


@_operation
def where_positive(typing: Any, condition: Any, a: Any, b: Any) -> Any:
    """Return a in lanes where the condition is above zero, else b."""

    def compute(builder: Any, condition: Any, a: Any, b: Any) -> Any:
        zero = ir.Constant(condition.type, [0.0] * condition.type.count)
        return builder.select(builder.fcmp_ordered(">", condition, zero), a, b)

    return _elementwise((condition, a, b), compute)
