"""Formulas: values, precedence, dialects and derivatives."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas import Dialect, functions, parse_formula

OPENLCA, BRIGHTWAY = Dialect.OPENLCA, Dialect.BRIGHTWAY


def value_of(text: str, dialect: Dialect = Dialect.OPENLCA, **values: float) -> float:
    return float(parse_formula(text, dialect=dialect).evaluate(values))


# -- openLCA: what its own interpreter gives for the same text (grammar and function classes, olca-formula)

OPENLCA_VALUES = [
    ("pi", math.pi),
    ("PI()", math.pi),
    ("e", math.e),
    ("E()", math.e),
    ("-(-1)", 1),
    ("-2^-3", -0.125),
    ("-2^2", 4),
    ("2^2^3", 64),
    ("2*-2", -4),
    ("- 2  ^  - 3  *  8 ", -1),
    ("6/2/2", 1.5),
    ("12 div 5", 2),
    ("7.5 div 2", 4),
    ("-7 div 2", -3),
    ("13 mod 5", 3),
    ("-13 mod 5", -3),
    ("2 * (7 div 2 + 2)", 10),
    ("3 - 6", -3),
    ("5-2-0.5", 2.5),
    ("1+2^2", 5),
    (".5 + 1.", 1.5),
    ("1E3+1e-3", 1000.001),
    ("if(3 = 3;2;0)", 2),
    ("if(3 == 4;2;0)", 0),
    ("iff(3 <> 4; 8; 3)", 8),
    ("iif(5 != 5; 8; 3)", 3),
    ("if(-4 < -5; 4; 2)", 2),
    ("if(3 <= 3.0; 4;2)", 4),
    ("if(3 >=-3; 4; 2)", 4),
    ("if(3 > -3, 4, 2)", 4),
    ("if(3 > 2 & 4 > 3; 4; 2)", 4),
    ("if(3 > 2 && 4 < 3; 4; 2)", 2),
    ("if(3 < 2 | 4 < 3; 4; 2)", 2),
    ("if(3 > 2 || 4 < 3; 4; 2)", 4),
    ("if(3>2 xor 4>3; 1; 0)", 0),
    ("if(and(3>2;4>3;5>4);4;2)", 4),
    ("if(or(1>2;3>4;5==5);1;0)", 1),
    ("if(not(4>3);1;0)", 0),
    ("if(TRUE; 1; 0)", 1),
    ("if(false(); 1; 0)", 0),
    ("if(1>2 or 2>1 and 3>2; 1; 0)", 1),
    ("if(not 1>2; 1; 0)", 1),
    ("acos(-1)", math.pi),
    ("arccos(-1)", math.pi),
    ("asin(-1)", -math.pi / 2),
    ("atan(-1)", -math.pi / 4),
    ("avg(1;2;3;4;5)", 3),
    ("mean(1,2,3)", 2),
    ("sum(1;2;3)", 6),
    ("max(8;5;1;8;12)", 12),
    ("min(8;5;1;8;12)", 1),
    ("ceil(2.2)", 3),
    ("floor(2.7)", 2),
    ("int(-2.7)", -2),
    ("trunc(2.7)", 2),
    ("frac(-2.7)", -0.7),
    ("round(0.5)", 1),
    ("round(2.5)", 3),
    ("round(-0.5)", 0),
    ("round(-1.5)", -1),
    ("log(1000)", 3),
    ("lg(1000)", 3),
    ("log10(1000)", 3),
    ("ln(e*e)", 2),
    ("LN(1)", 0),
    ("exp(2)", math.e**2),
    ("ipower(4;2.9)", 16),
    ("power(4;0.5)", 2),
    ("pow(9;0.5)", 3),
    ("sqr(3)", 9),
    ("sqrt(9)", 3),
    ("cotan(1)", 1 / math.tan(1)),
    ("cosh(0)", 1),
    ("sgn(-3)", -1),
    ("1" + "+1" * 1500, 1501),
]


@pytest.mark.parametrize(("text", "expected"), OPENLCA_VALUES, ids=[text[:40] for text, _ in OPENLCA_VALUES])
def test_openlca(text: str, expected: float) -> None:
    assert value_of(text) == pytest.approx(expected, rel=1e-14, abs=1e-14)


# -- Brightway: the same text evaluated by Python ------------------------------------------------

PYTHON_NAMES = {
    "log": math.log,
    "log10": math.log10,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "maximum": max,
    "minimum": min,
    "max": max,
    "min": min,
    "abs": abs,
    "pi": math.pi,
    "arctan2": math.atan2,
    "where": lambda c, a, b: a if c else b,
    "x": 2.5,
    "y": -1.25,
    "n": 3.0,
    "zero": 0.0,
}
BRIGHTWAY_TEXTS = [
    "log(10)",
    "log10(100)",
    "round(2.5)",
    "round(3.5)",
    "-2**2",
    "2**3**2",
    "2**-1",
    "-x**2*3",
    "x**2/n",
    "7 % 3",
    "-7 % 3",
    "7 // 2",
    "-7 // 2",
    "x if y > 0 else n",
    "x if not y > 0 else n",
    "(x > 2) * 3 + (y > 0)",
    "n if zero else x",
    "1 + (2 if x > 1 and y < 0 or zero > 1 else 3)",
    "where(x > y, x, y)",
    "abs(y) - -x",
    "maximum(x, n) + minimum(y, 0)",
    "max(x, y, n)",
    "arctan2(1, 2)",
    "x - y - n",
    "x / n / 2",
    "x - (y - n)",
    "not x > 3",
    "x == 2.5",
    "x != 2.5",
    "1 if x else 0 if y else 2",
    "exp(-x) * sin(pi * y)",
    "0 - 2 ** -2 * 3",
]


@pytest.mark.parametrize("text", BRIGHTWAY_TEXTS)
def test_brightway_agrees_with_python(text: str) -> None:
    expected = float(eval(text, {"__builtins__": {}}, PYTHON_NAMES))
    values = {name: value for name, value in PYTHON_NAMES.items() if isinstance(value, float)}
    assert value_of(text, BRIGHTWAY, **values) == pytest.approx(expected, rel=1e-14, abs=1e-14)


def test_log_depends_on_the_dialect() -> None:
    assert value_of("log(100)") == pytest.approx(2.0)
    assert value_of("log(100)", BRIGHTWAY) == pytest.approx(math.log(100))
    assert value_of("round(2.5)") == 3.0
    assert value_of("round(2.5)", BRIGHTWAY) == 2.0


# -- random trees --------------------------------------------------------------------------------

LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
"""Precedence in openLCA; a sign binds tighter than all of them, everything groups from the left."""
CALLS = {"sqrt": np.sqrt, "exp": np.exp, "ln": np.log, "abs": np.abs, "atan": np.arctan, "tanh": np.tanh}
LEAVES = st.one_of(
    st.sampled_from(["x", "y", "z"]),
    st.floats(0, 1e6, allow_nan=False).map(lambda number: float(f"{number:.6g}")),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(sorted(LEVEL)), inner, inner),
        st.tuples(st.just("neg"), inner),
        st.tuples(st.sampled_from(sorted(CALLS)), inner),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner),
        st.tuples(st.just("if"), inner, inner, inner, inner),
    ),
    max_leaves=25,
)


def text_of(tree: object, level: int = 0) -> str:
    """Write a tree with no more brackets than openLCA's precedence needs."""
    if isinstance(tree, str):
        return tree
    if isinstance(tree, float):
        return repr(tree)
    name, *parts = tree
    if name in LEVEL:
        own = LEVEL[name]
        text = f"{text_of(parts[0], own)} {name} {text_of(parts[1], own + 1)}"
        return f"({text})" if own < level else text
    if name == "neg":
        text = f"-{text_of(parts[0], 5)}"
        return f"({text})" if level > 4 else text
    if name == "if":
        return "if({} < {}; {}; {})".format(*map(text_of, parts))
    return f"{name}({'; '.join(map(text_of, parts))})"


def reference(tree: object, values: dict[str, float]) -> float:
    """Evaluate a tree operation by operation; anything that is not a finite number raises."""
    if isinstance(tree, str):
        return values[tree]
    if isinstance(tree, float):
        return tree
    name, *parts = tree
    if name == "if":
        is_less = reference(parts[0], values) < reference(parts[1], values)
        return reference(parts[2 if is_less else 3], values)
    numbers = [reference(part, values) for part in parts]
    operations: dict[str, Callable[..., float]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "^": np.power,
        "neg": lambda a: -a,
        "min": min,
        "max": max,
        **CALLS,
    }
    with np.errstate(all="ignore"):
        result = float(operations[name](*numbers))
    if not math.isfinite(result):
        raise ValueError(name)
    return result


NUMBERS = st.floats(-100, 100, allow_nan=False).map(lambda number: float(f"{number:.4g}"))


@given(TREES, st.fixed_dictionaries({"x": NUMBERS, "y": NUMBERS, "z": NUMBERS}))
def test_random_formulas_mean_their_trees(tree: object, values: dict[str, float]) -> None:
    formula = parse_formula(text_of(tree))
    try:
        expected = reference(tree, values)
    except (ValueError, ZeroDivisionError, OverflowError):
        with pytest.raises(FormulaError):
            formula.evaluate(values)
        return
    assert formula.evaluate(values) == expected


@given(TREES, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6), NUMBERS)
def test_draws_are_independent_of_each_other(
    tree: object, draws: list[tuple[float, float]], z: float
) -> None:
    """Many draws at once give what each gives alone, branches that others take included."""
    formula = parse_formula(text_of(tree))
    each = [{"x": x, "y": y, "z": z} for x, y in draws]
    try:
        alone = [formula.linearize(values) for values in each]
    except FormulaError:
        with pytest.raises(FormulaError):
            formula.linearize({"x": [x for x, _ in draws], "y": [y for _, y in draws], "z": z})
        return
    value, slopes = formula.linearize(
        {"x": np.array([x for x, _ in draws]), "y": np.array([y for _, y in draws]), "z": z}
    )
    if {"x", "y"} & set(formula.names):
        np.testing.assert_allclose(value, [result for result, _ in alone], rtol=1e-12)
        for name in formula.names:
            np.testing.assert_allclose(slopes[name], [found[name] for _, found in alone], rtol=1e-12)


SMOOTH = st.recursive(
    st.one_of(st.sampled_from(["x", "y"]), st.floats(0.5, 3).map(lambda number: float(f"{number:.3g}"))),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["+", "*", "/", "-"]), inner, inner),
        st.tuples(st.sampled_from(["sqrt", "exp", "ln", "sin", "tanh"]), inner),
        st.tuples(st.just("^"), inner, st.floats(-2, 3).map(lambda number: float(f"{number:.2g}"))),
        st.tuples(st.just("^"), st.floats(0.5, 3).map(lambda number: float(f"{number:.3g}")), inner),
        st.tuples(st.just("if"), inner, inner, inner, inner),
    ),
    max_leaves=12,
)
STEP = 1e-200


def complex_reference(tree: object, values: dict[str, complex]) -> complex:
    if isinstance(tree, str):
        return values[tree]
    if isinstance(tree, float):
        return complex(tree)
    name, *parts = tree
    numbers = [complex_reference(part, values) for part in parts]
    if name == "if":
        return numbers[2] if numbers[0].real < numbers[1].real else numbers[3]
    if name in ("sqrt", "ln", "^") and (numbers[0].real <= 0 or not math.isfinite(numbers[0].real)):
        raise ValueError(name)
    operations: dict[str, Callable[..., complex]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "^": lambda a, b: cmath.exp(b * cmath.log(a)),
        "neg": lambda a: -a,
        "sqrt": cmath.sqrt,
        "exp": cmath.exp,
        "ln": cmath.log,
        "sin": cmath.sin,
        "tanh": cmath.tanh,
    }
    result = operations[name](*numbers)
    if not (cmath.isfinite(result) and abs(result) < 1e100):
        raise ValueError(name)
    return result


@given(SMOOTH, st.floats(0.5, 3), st.floats(0.5, 3))
def test_derivatives_agree_with_the_complex_step(tree: object, x: float, y: float) -> None:
    """f'(x) = Im f(x + ih) / h without cancellation (Squire & Trapp 1998, doi:10.1137/S003614459631241X)."""
    formula = parse_formula(text_of(tree))
    try:
        by_x = complex_reference(tree, {"x": complex(x, STEP), "y": complex(y)}).imag / STEP
        by_y = complex_reference(tree, {"x": complex(x), "y": complex(y, STEP)}).imag / STEP
    except (ValueError, ZeroDivisionError, OverflowError):
        return
    slopes = formula.derivatives({"x": x, "y": y})
    expected = {"x": by_x, "y": by_y}
    for name in formula.names:
        assert slopes[name] == pytest.approx(expected[name], rel=1e-6, abs=1e-9)


POINTS = {"acosh": (1.7,), "arccosh": (1.7,), "atan2": (0.4, 1.3), "arctan2": (0.4, 1.3)}


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        (name, dialect)
        for dialect, table in ((Dialect.OPENLCA, functions.OPENLCA), (BRIGHTWAY, functions.BRIGHTWAY))
        for name, function in table.items()
        if function.slope is not None
    ],
)
def test_derivative_of_every_function(name: str, dialect: Dialect) -> None:
    table = functions.OPENLCA if dialect is Dialect.OPENLCA else functions.BRIGHTWAY
    function = table[name]
    point = POINTS.get(name, (0.6, 1.7, 0.9)[: function.most or 3])
    names = ["a", "b", "c"][: len(point)]
    formula = parse_formula(f"{name}({'; '.join(names)})", dialect=dialect)
    at = dict(zip(names, point, strict=True))
    slopes = formula.derivatives(at)
    for argument in names:
        low, high = at | {argument: at[argument] - 1e-6}, at | {argument: at[argument] + 1e-6}
        difference = (formula.evaluate(high) - formula.evaluate(low)) / 2e-6
        assert slopes[argument] == pytest.approx(difference, rel=1e-6, abs=1e-9)


# -- kinks, branches, constants ------------------------------------------------------------------


def test_at_a_kink_the_active_branch_counts() -> None:
    assert parse_formula("abs(x)").derivatives({"x": 0.0}) == {"x": 1.0}
    assert parse_formula("max(x; y)").derivatives({"x": 2.0, "y": 2.0}) == {"x": 1.0, "y": 0.0}
    assert parse_formula("min(x; 2; y)").derivatives({"x": 3.0, "y": 2.0}) == {"x": 0.0, "y": 0.0}
    assert parse_formula("if(x > 1; 5*x; x^2)").derivatives({"x": 1.0}) == {"x": 2.0}
    assert parse_formula("floor(x)").derivatives({"x": 3.0}) == {"x": 0.0}


def test_a_clipped_argument_has_the_slope_zero() -> None:
    formula = parse_formula("sqrt(max(0; x))")
    assert formula.derivatives({"x": -2.0}) == {"x": 0.0}
    np.testing.assert_allclose(formula.derivatives({"x": [-2.0, 4.0]})["x"], [0.0, 0.25])


def test_the_branch_not_taken_may_be_undefined() -> None:
    formula = parse_formula("if(load = 0; 0; fuel / load)")
    value, slopes = formula.linearize({"load": [0.0, 2.0, 4.0], "fuel": 8.0})
    np.testing.assert_allclose(value, [0.0, 4.0, 2.0])
    np.testing.assert_allclose(slopes["fuel"], [0.0, 0.5, 0.25])
    np.testing.assert_allclose(slopes["load"], [0.0, -2.0, -0.5])
    guarded = parse_formula("if(load <> 0 & fuel / load > 3; 1; 0)")
    np.testing.assert_allclose(guarded.evaluate({"load": [0.0, 2.0, 4.0], "fuel": 8.0}), [0.0, 1.0, 0.0])
    nested = parse_formula("if(x < 0; 0; if(x < 1; 1 / x; ln(x)))")
    np.testing.assert_allclose(nested.evaluate({"x": [-1.0, 0.5, math.e, -2.0]}), [0.0, 2.0, 1.0, 0.0])


def test_a_parameter_hides_a_constant_of_its_name() -> None:
    formula = parse_formula("e * 2")
    assert formula.evaluate({}) == pytest.approx(2 * math.e)
    assert formula.evaluate({"e": 3.0}) == 6.0
    assert formula.evaluate({"E": 3.0}) == 6.0
    assert formula.derivatives({"e": 3.0}) == {"e": 2.0}
    assert formula.derivatives({}) == {}


def test_names_ignore_case_in_openlca_only() -> None:
    assert parse_formula("Belt * belt").evaluate({"BELT": 3.0}) == 9.0
    assert parse_formula("Belt * belt").evaluate({"Belt": 3.0, "belt": 5.0}) == 15.0
    with pytest.raises(FormulaError, match=r"the name 'belt' is unknown(?s:.*)did you mean 'Belt'\?"):
        parse_formula("belt", dialect=BRIGHTWAY).evaluate({"Belt": 3.0})


def test_names_in_any_script() -> None:
    formula = parse_formula("电耗 * η_1")
    assert formula.names == ("电耗", "η_1")
    assert formula.evaluate({"电耗": 2.0, "η_1": 0.5}) == 1.0


def test_derivatives_by_some_names_only() -> None:
    assert parse_formula("x * y").derivatives({"x": 2.0, "y": 3.0}, names=["y"]) == {"y": 2.0}


def test_results_are_copies() -> None:
    values = np.array([1.0, 2.0])
    result = parse_formula("x").evaluate({"x": values})
    assert isinstance(result, np.ndarray)
    result[0] = 99.0
    assert values[0] == 1.0


def test_a_number_stays_a_number() -> None:
    assert type(parse_formula("1 + x").evaluate({"x": 1})) is float
