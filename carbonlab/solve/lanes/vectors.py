"""Vectors of eight lanes as values of compiled code: load, store, multiply and add, one instruction each.

Loops over the lanes written out in Python cost two to three times as much: the compiler cannot know that the
accumulator and the arrays do not overlap, and stores it in every step.
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
    """Eight float64, one per lane."""


_vector_type: Any = cast(Any, LaneVector)(name="LaneVector8")
_DOUBLES = ir.VectorType(ir.DoubleType(), WIDTH)
_FLOATS = ir.VectorType(ir.FloatType(), WIDTH)


@register_model(LaneVector)
class _LaneVectorModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        initialize: Any = super().__init__
        initialize(dmm, fe_type, _DOUBLES)


def _operation(implementation: Callable[..., Any]) -> Callable[..., Any]:
    """Make an operation of compiled code; the first parameter of its implementation is not one of the operation."""
    return cast(Callable[..., Any], intrinsic(implementation))


def _address(context: Any, builder: Any, array_type: Any, array: Any, start: Any) -> Any:
    """Return a pointer to the vector that begins at some number of a contiguous array, and how it is aligned."""
    single = array_type.dtype == types.float32
    data = context.make_array(array_type)(context, builder, array).data
    vector = _FLOATS if single else _DOUBLES
    return builder.bitcast(builder.gep(data, [start]), vector.as_pointer()), 4 if single else _BYTES


def _load(context: Any, builder: Any, array_type: Any, array: Any, start: Any) -> Any:
    address, align = _address(context, builder, array_type, array, start)
    value = builder.load(address, align=align)
    return builder.fpext(value, _DOUBLES) if array_type.dtype == types.float32 else value


def _store(context: Any, builder: Any, array_type: Any, array: Any, start: Any, vector: Any) -> None:
    address, align = _address(context, builder, array_type, array, start)
    value = builder.fptrunc(vector, _FLOATS) if array_type.dtype == types.float32 else vector
    builder.store(value, address, align=align)


def _whole(context: Any, builder: Any, value: Any, value_type: Any) -> Any:
    """Return an index as a whole number of the machine; what is unsigned stays above zero."""
    return context.cast(builder, value, value_type, types.intp)


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
    function_type = ir.FunctionType(_DOUBLES, [_DOUBLES] * len(arguments))
    insert: Any = cgutils.get_or_insert_function
    function = insert(builder.module, function_type, f"llvm.{name}.v{WIDTH}f64")
    return builder.call(function, arguments)


@_operation
def load(typing: Any, array: Any, index: Any) -> Any:
    """Return the eight numbers of one row of a contiguous array (rows, 8) of float64 or float32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = _whole(context, builder, arguments[1], signature.args[1])
        start = builder.mul(where, ir.Constant(where.type, WIDTH))
        return _load(context, builder, signature.args[0], arguments[0], start)

    return _vector_type(array, index), generate


@_operation
def load_from(typing: Any, array: Any, start: Any) -> Any:
    """Return eight numbers of a contiguous array (rows, 8), from the first of a row: eight times its index."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = _whole(context, builder, arguments[1], signature.args[1])
        return _load(context, builder, signature.args[0], arguments[0], where)

    return _vector_type(array, start), generate


@_operation
def store(typing: Any, array: Any, index: Any, vector: Any) -> Any:
    """Write eight numbers to one row of a contiguous array (rows, 8) of float64 or float32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = _whole(context, builder, arguments[1], signature.args[1])
        start = builder.mul(where, ir.Constant(where.type, WIDTH))
        _store(context, builder, signature.args[0], arguments[0], start, arguments[2])
        return context.get_dummy_value()

    return types.void(array, index, vector), generate


@_operation
def store_from(typing: Any, array: Any, start: Any, vector: Any) -> Any:
    """Write eight numbers to a contiguous array (rows, 8), from the first of a row: eight times its index."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = _whole(context, builder, arguments[1], signature.args[1])
        _store(context, builder, signature.args[0], arguments[0], where, arguments[2])
        return context.get_dummy_value()

    return types.void(array, start, vector), generate


@_operation
def splat(typing: Any, number: Any) -> Any:
    """Return one number in all eight lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = context.cast(builder, arguments[0], signature.args[0], types.float64)
        first = builder.insert_element(
            ir.Constant(_DOUBLES, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
        )
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(first, ir.Constant(_DOUBLES, ir.Undefined), lanes)

    return _vector_type(number), generate


@_operation
def multiply_add(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a b + c, rounded once."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call(builder, "fma", *arguments)

    return _vector_type(a, b, c), generate


@_operation
def multiply_subtract(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """Return c − a b, rounded once."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call(builder, "fma", builder.fneg(arguments[0]), arguments[1], arguments[2])

    return _vector_type(a, b, c), generate


@_operation
def add(typing: Any, a: Any, b: Any) -> Any:
    """Return a + b."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fadd(*arguments)

    return _vector_type(a, b), generate


@_operation
def subtract(typing: Any, a: Any, b: Any) -> Any:
    """Return a − b."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fsub(*arguments)

    return _vector_type(a, b), generate


@_operation
def multiply(typing: Any, a: Any, b: Any) -> Any:
    """Return a b."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fmul(*arguments)

    return _vector_type(a, b), generate


@_operation
def divide(typing: Any, a: Any, b: Any) -> Any:
    """Return a / b."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fdiv(*arguments)

    return _vector_type(a, b), generate


@_operation
def magnitude(typing: Any, a: Any) -> Any:
    """Return |a|."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call(builder, "fabs", *arguments)

    return _vector_type(a), generate


@_operation
def larger(typing: Any, a: Any, b: Any) -> Any:
    """Return the larger of a and b in each lane; NaN of b is kept, NaN of a too."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b = arguments
        takes_a = builder.fcmp_ordered(">=", a, b)
        chosen = builder.select(takes_a, a, b)
        return builder.select(builder.fcmp_unordered("uno", a, a), a, chosen)

    return _vector_type(a, b), generate


@_operation
def exceeds(typing: Any, a: Any, b: Any) -> Any:
    """Return whether a ≤ b does not hold in some lane: a larger one, or one that is not a number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = builder.bitcast(builder.fcmp_unordered(">", *arguments), ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", lanes, ir.Constant(lanes.type, 0))

    return types.boolean(a, b), generate


@_operation
def where_exceeds(typing: Any, a: Any, b: Any, x: Any, y: Any) -> Any:
    """Return x in lanes where a ≤ b does not hold, else y."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b, x, y = arguments
        return builder.select(builder.fcmp_unordered(">", a, b), x, y)

    return _vector_type(a, b, x, y), generate


@_operation
def smaller(typing: Any, a: Any, b: Any) -> Any:
    """Return the smaller of a and b in each lane; b where a is not a number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b = arguments
        return builder.select(builder.fcmp_ordered("<=", a, b), a, b)

    return _vector_type(a, b), generate


@_operation
def where_positive(typing: Any, condition: Any, a: Any, b: Any) -> Any:
    """Return a in lanes where the condition is above zero, else b."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zero = ir.Constant(_DOUBLES, [0.0] * WIDTH)
        return builder.select(builder.fcmp_ordered(">", arguments[0], zero), arguments[1], arguments[2])

    return _vector_type(condition, a, b), generate
