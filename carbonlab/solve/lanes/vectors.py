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


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any, vector: Any) -> Any:
    """Return a pointer to the vector that begins at index × WIDTH of a contiguous array."""
    data = context.make_array(array_type)(context, builder, array).data
    start = builder.mul(index, ir.Constant(index.type, WIDTH))
    return builder.bitcast(builder.gep(data, [start]), vector.as_pointer())


def _call(builder: Any, name: str, *arguments: Any) -> Any:
    function_type = ir.FunctionType(_DOUBLES, [_DOUBLES] * len(arguments))
    insert: Any = cgutils.get_or_insert_function
    function = insert(builder.module, function_type, f"llvm.{name}.v{WIDTH}f64")
    return builder.call(function, arguments)


@_operation
def load(typing: Any, array: Any, index: Any) -> Any:
    """Return the eight numbers of one row of a contiguous array (rows, 8) of float64 or float32."""
    single = array.dtype == types.float32

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = context.cast(builder, arguments[1], signature.args[1], types.intp)
        address = _address(
            context, builder, signature.args[0], arguments[0], where, _FLOATS if single else _DOUBLES
        )
        value = builder.load(address, align=4 if single else _BYTES)
        return builder.fpext(value, _DOUBLES) if single else value

    return _vector_type(array, index), generate


@_operation
def store(typing: Any, array: Any, index: Any, vector: Any) -> Any:
    """Write eight numbers to one row of a contiguous array (rows, 8) of float64 or float32."""
    single = array.dtype == types.float32

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = context.cast(builder, arguments[1], signature.args[1], types.intp)
        address = _address(
            context, builder, signature.args[0], arguments[0], where, _FLOATS if single else _DOUBLES
        )
        value = builder.fptrunc(arguments[2], _FLOATS) if single else arguments[2]
        builder.store(value, address, align=4 if single else _BYTES)
        return context.get_dummy_value()

    return types.void(array, index, vector), generate


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
def where_positive(typing: Any, condition: Any, a: Any, b: Any) -> Any:
    """Return a in lanes where the condition is above zero, else b."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zero = ir.Constant(_DOUBLES, [0.0] * WIDTH)
        return builder.select(builder.fcmp_ordered(">", arguments[0], zero), arguments[1], arguments[2])

    return _vector_type(condition, a, b), generate
