"""The operators and functions of formulas: values and exact partial derivatives.

Everything works on numbers and on arrays over draws alike. Where a function has a kink, the derivative is
that of the branch that is active: of several equal arguments of ``min`` or ``max`` the first, for ``abs`` at
0 the right-hand one. Steps (``floor``, ``round``, ``div``, …) have the derivative 0.

Where openLCA and Brightway give the same name to different functions, there are two tables. openLCA's were
read in the grammar and function classes of its formula interpreter (GreenDelta/olca-modules, olca-formula);
Brightway's are those of Python and numpy, with which bw2parameters evaluates formulas through asteval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Value: TypeAlias = Any
"""A numpy float or boolean, or an array (draws,) of them."""
Slope: TypeAlias = Callable[[int, Sequence[Value], Value], Value]
"""(number of the argument, arguments, value of the function) → partial derivative."""


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """An operator or function."""

    name: str
    value: Callable[..., Value]
    slope: Slope | None
    """None for functions of or to truth values, which have no derivative."""
    least: int = 1
    most: int | None = 1
    """Number of arguments; None for any number."""
    domain: str = ""
    """What the arguments have to be, for the error when the value is not a number."""
    takes_truth: bool = False
    gives_truth: bool = False
    is_lazy: bool = False
    """Whether arguments may stay unevaluated: ``if``, ``and``, ``or``."""


def _one(
    name: str, value: Callable[[Value], Value], slope: Callable[[Value, Value], Value], domain: str = ""
) -> Function:
    """A function of one argument whose derivative is ``slope(argument, value)``."""
    return Function(name, value, lambda i, a, v: slope(a[0], v), domain=domain)


def _step(name: str, value: Callable[..., Value], arguments: int = 1, domain: str = "") -> Function:
    """A function that is constant wherever it has a derivative."""
    return Function(name, value, lambda i, a, v: 0.0, arguments, arguments, domain=domain)


def _round_half_up(x: Value) -> Value:
    return np.floor(x + 0.5)


def _integer_divide(a: Value, b: Value) -> Value:
    divisor = _round_half_up(b)
    return np.trunc(_round_half_up(a) / np.where(divisor == 0.0, np.nan, divisor))[()]


def _power_slope(i: int, a: Sequence[Value], v: Value) -> Value:
    base, exponent = a
    if i == 0:
        # exponent 0 apart: 0 · 0^-1 would not be a number where the derivative is plainly 0
        flat = np.where(exponent == 0.0, 0.0, exponent * np.power(base, exponent - 1.0))
        return flat[()]
    positive = base > 0.0
    log = np.log(np.where(positive, base, 1.0))
    # x^y with x = 0 stays 0 while y > 0 moves; with x < 0 it is defined at whole y only
    return np.where(positive, v * log, np.where((base == 0.0) & (exponent > 0.0), 0.0, np.nan))[()]


def _floor_mod_slope(i: int, a: Sequence[Value], v: Value) -> Value:
    return 1.0 if i == 0 else -np.floor(a[0] / a[1])


def _fmod_slope(i: int, a: Sequence[Value], v: Value) -> Value:
    return 1.0 if i == 0 else -np.trunc(a[0] / a[1])


def _extreme(name: str, best: Callable[..., Value], where: Callable[..., Value]) -> Function:
    def value(*arguments: Value) -> Value:
        result = arguments[0]
        for argument in arguments[1:]:
            result = best(result, argument)
        return result

    def slope(i: int, a: Sequence[Value], v: Value) -> Value:
        return (where(np.stack(np.broadcast_arrays(*a)), axis=0) == i).astype(float)

    return Function(name, value, slope, 1, None)


def _total(*arguments: Value) -> Value:
    result = arguments[0]
    for argument in arguments[1:]:
        result = result + argument
    return result


def _mean(*arguments: Value) -> Value:
    return _total(*arguments) / len(arguments)


def _comparison(name: str, value: Callable[[Value, Value], Value]) -> Function:
    return Function(name, value, None, 2, 2, gives_truth=True)


def _logic(
    name: str, value: Callable[..., Value], least: int, most: int | None, is_lazy: bool = False
) -> Function:
    return Function(name, value, None, least, most, takes_truth=True, gives_truth=True, is_lazy=is_lazy)


_NOT_ZERO = "the divisor must not be 0"
_POSITIVE = "the argument must be greater than 0"
_WITHIN_ONE = "the argument must lie between -1 and 1"
_POWER = "0 has no negative powers, and a negative number has whole powers only"
_LN_10 = float(np.log(10.0))
_LN_2 = float(np.log(2.0))

ADD = Function("+", lambda a, b: a + b, lambda i, a, v: 1.0, 2, 2)
SUBTRACT = Function("-", lambda a, b: a - b, lambda i, a, v: 1.0 if i == 0 else -1.0, 2, 2)
MULTIPLY = Function("*", lambda a, b: a * b, lambda i, a, v: a[1 - i], 2, 2)
DIVIDE = Function(
    "/", lambda a, b: a / b, lambda i, a, v: 1.0 / a[1] if i == 0 else -v / a[1], 2, 2, _NOT_ZERO
)
POWER = Function("^", np.power, _power_slope, 2, 2, _POWER)
NEGATE = _one("-", lambda x: -x, lambda x, v: -1.0)
INTEGER_DIVIDE = _step("div", _integer_divide, 2, "the divisor, rounded, must not be 0")
MODULO = Function("mod", np.fmod, _fmod_slope, 2, 2, _NOT_ZERO)
FLOOR_DIVIDE = _step("//", np.floor_divide, 2, _NOT_ZERO)
FLOOR_MODULO = Function("%", np.mod, _floor_mod_slope, 2, 2, _NOT_ZERO)
LESS = _comparison("<", np.less)
LESS_EQUAL = _comparison("<=", np.less_equal)
EQUAL = _comparison("=", np.equal)
NOT_EQUAL = _comparison("<>", np.not_equal)
GREATER_EQUAL = _comparison(">=", np.greater_equal)
GREATER = _comparison(">", np.greater)
AND = _logic("and", np.logical_and, 1, None, is_lazy=True)
OR = _logic("or", np.logical_or, 1, None, is_lazy=True)
XOR = _logic("xor", np.logical_xor, 2, 2)
NOT = _logic("not", np.logical_not, 1, 1)
IF = Function("if", np.where, None, 3, 3, is_lazy=True)
TRUTH_AS_NUMBER = Function("number of", lambda x: np.float64(1.0) * x, lambda i, a, v: 0.0, takes_truth=True)
NUMBER_AS_TRUTH = Function("truth of", lambda x: x != 0.0, None, gives_truth=True)

_SIN = _one("sin", np.sin, lambda x, v: np.cos(x))
_COS = _one("cos", np.cos, lambda x, v: -np.sin(x))
_TAN = _one("tan", np.tan, lambda x, v: 1.0 + v * v)
_COT = _one(
    "cot", lambda x: 1.0 / np.tan(x), lambda x, v: -(1.0 + v * v), "the argument must not be a multiple of pi"
)
_ASIN = _one("asin", np.arcsin, lambda x, v: 1.0 / np.sqrt(1.0 - x * x), _WITHIN_ONE)
_ACOS = _one("acos", np.arccos, lambda x, v: -1.0 / np.sqrt(1.0 - x * x), _WITHIN_ONE)
_ATAN = _one("atan", np.arctan, lambda x, v: 1.0 / (1.0 + x * x))
_ATAN2 = Function(
    "atan2",
    np.arctan2,
    lambda i, a, v: (a[1] if i == 0 else -a[0]) / (a[0] * a[0] + a[1] * a[1]),
    2,
    2,
)
_SINH = _one("sinh", np.sinh, lambda x, v: np.cosh(x))
_COSH = _one("cosh", np.cosh, lambda x, v: np.sinh(x))
_TANH = _one("tanh", np.tanh, lambda x, v: 1.0 - v * v)
_ASINH = _one("asinh", np.arcsinh, lambda x, v: 1.0 / np.sqrt(x * x + 1.0))
_ACOSH = _one("acosh", np.arccosh, lambda x, v: 1.0 / np.sqrt(x * x - 1.0), "the argument must be at least 1")
_ATANH = _one(
    "atanh",
    np.arctanh,
    lambda x, v: 1.0 / (1.0 - x * x),
    "the argument must lie between -1 and 1, both excluded",
)
_LN = _one("ln", np.log, lambda x, v: 1.0 / x, _POSITIVE)
_LOG10 = _one("log10", np.log10, lambda x, v: 1.0 / (x * _LN_10), _POSITIVE)
_LOG2 = _one("log2", np.log2, lambda x, v: 1.0 / (x * _LN_2), _POSITIVE)
_SQRT = _one("sqrt", np.sqrt, lambda x, v: 0.5 / v, "the argument must not be negative")
_SQR = _one("sqr", lambda x: x * x, lambda x, v: 2.0 * x)
_ABS = _one("abs", np.abs, lambda x, v: np.where(x < 0.0, -1.0, 1.0)[()])
_TRUNC = _step("trunc", np.trunc)
_MEAN = Function("avg", _mean, lambda i, a, v: 1.0 / len(a), 1, None)
_SUM = Function("sum", _total, lambda i, a, v: 1.0, 1, None)
_MIN = _extreme("min", np.minimum, np.argmin)
_MAX = _extreme("max", np.maximum, np.argmax)
_WHOLE_POWER = Function(
    "ipower",
    lambda a, b: np.power(a, np.trunc(b)),
    lambda i, a, v: _power_slope(0, (a[0], np.trunc(a[1])), v) if i == 0 else 0.0,
    2,
    2,
    _POWER,
)

_SHARED: dict[str, Function] = {
    "abs": _ABS,
    "acos": _ACOS, "arccos": _ACOS,
    "acosh": _ACOSH, "arccosh": _ACOSH,
    "and": AND,
    "asin": _ASIN, "arcsin": _ASIN,
    "asinh": _ASINH, "arcsinh": _ASINH,
    "atan": _ATAN, "arctan": _ATAN,
    "atan2": _ATAN2, "arctan2": _ATAN2,
    "atanh": _ATANH, "arctanh": _ATANH,
    "ceil": _step("ceil", np.ceil),
    "cos": _COS,
    "cosh": _COSH,
    "exp": _one("exp", np.exp, lambda x, v: v),
    "floor": _step("floor", np.floor),
    "if": IF,
    "int": _TRUNC,
    "ln": _LN,
    "log10": _LOG10,
    "log2": _LOG2,
    "max": _MAX,
    "min": _MIN,
    "not": NOT,
    "or": OR,
    "pow": POWER, "power": POWER,
    "sign": _step("sign", np.sign), "sgn": _step("sgn", np.sign),
    "sin": _SIN,
    "sinh": _SINH,
    "sqrt": _SQRT,
    "tan": _TAN,
    "tanh": _TANH,
    "trunc": _TRUNC,
    "xor": XOR,
}  # fmt: skip

OPENLCA: dict[str, Function] = {
    **_SHARED,
    "avg": _MEAN, "mean": _MEAN,
    "cot": _COT, "cotan": _COT,
    "frac": _one("frac", lambda x: x - np.trunc(x), lambda x, v: 1.0),
    "iff": IF, "iif": IF,
    "ipower": _WHOLE_POWER,
    "lg": _LOG10,
    "log": replace(_LOG10, name="log"),
    "round": _step("round", _round_half_up),
    "sqr": _SQR,
    "sum": _SUM,
}  # fmt: skip
"""Functions of openLCA (``log`` of base 10, halves rounded up), and some that no tool reads differently."""

BRIGHTWAY: dict[str, Function] = {
    **_SHARED,
    "absolute": _ABS, "fabs": _ABS,
    "deg2rad": _one("deg2rad", np.deg2rad, lambda x, v: np.pi / 180.0),
    "degrees": _one("degrees", np.rad2deg, lambda x, v: 180.0 / np.pi),
    "exp2": _one("exp2", np.exp2, lambda x, v: v * _LN_2),
    "expm1": _one("expm1", np.expm1, lambda x, v: v + 1.0),
    "fmod": replace(MODULO, name="fmod"),
    "log": replace(_LN, name="log"),
    "log1p": _one("log1p", np.log1p, lambda x, v: 1.0 / (1.0 + x), "the argument must be greater than -1"),
    "maximum": _MAX,
    "minimum": _MIN,
    "mod": replace(FLOOR_MODULO, name="mod"), "remainder": replace(FLOOR_MODULO, name="remainder"),
    "rad2deg": _one("rad2deg", np.rad2deg, lambda x, v: 180.0 / np.pi),
    "radians": _one("radians", np.deg2rad, lambda x, v: np.pi / 180.0),
    "round": _step("round", np.rint), "rint": _step("rint", np.rint),
    "square": _SQR,
    "where": IF,
}  # fmt: skip
"""Functions of Brightway: numpy's, with ``log`` of base e and halves rounded to the even neighbor."""

RANDOM = ("random", "rand", "randn", "normal", "uniform", "lognormal")
"""Functions that give another number at each call: refused by name."""

CONSTANTS: dict[str, float] = {"pi": float(np.pi), "e": float(np.e)}
"""Names that a formula may use without a parameter of that name; a parameter of the same name hides them."""


def finite(values: Value) -> NDArray[np.bool_]:
    """Return where (draws,) a value is a number and not infinite."""
    return np.asarray(np.isfinite(values), dtype=bool)
