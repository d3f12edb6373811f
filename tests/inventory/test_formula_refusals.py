"""Formulas that are refused, each by its words and with the place that it points at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas import Dialect, parse_formula

OPENLCA, BRIGHTWAY = Dialect.OPENLCA, Dialect.BRIGHTWAY

MALFORMED = [
    (OPENLCA, "", "the formula is empty", "write a number or a formula"),
    (OPENLCA, "   ", "the formula is empty", "write a number"),
    (OPENLCA, "a +", "ends where a number, a name or a bracket is expected", "remove the last operator"),
    (OPENLCA, "a + * b", "a number, a name or a bracket is missing before '*'", "complete the formula"),
    (OPENLCA, "(a + b", "a bracket is not closed", "add the closing bracket"),
    (OPENLCA, "max(a; b", "a bracket is not closed", "add the closing bracket"),
    (OPENLCA, "a + b)", "a bracket is closed that was never opened", "remove it"),
    (OPENLCA, "()", r"missing before '\)'", "complete the formula"),
    (OPENLCA, "2 a", "an operator is missing before 'a'", r"write \* for a product"),
    (OPENLCA, "2a", "the number '2' runs into a name", r"write \* between a number and a name"),
    (OPENLCA, "1_000", "the number '1' runs into a name", "signs between thousands"),
    (OPENLCA, "1.2.3", "the number '1.2' runs into '.'", "one decimal point"),
    (OPENLCA, "1e", "the exponent of 1e has no digits", "write a power of ten as 1e-3"),
    (OPENLCA, "0x1F", "the number '0' runs into a name", "units"),
    (OPENLCA, "1e999", "the number 1e999 is too large", "about 1.8e308"),
    (OPENLCA, "1,5 * a", "a comma stands outside a function", "with a point: 1.5"),
    (OPENLCA, "a; b", "a semicolon stands outside a function", "parts the arguments"),
    (OPENLCA, "max(1,5; 2)", "parted by , and by ;", "write decimals with a point"),
    (OPENLCA, "sqrt(1,5)", "the function sqrt takes 1 argument, not 2", "write decimals with a point"),
    (OPENLCA, "if(a > 1; 2)", "the function if takes 3 arguments, not 2", "part arguments by ;"),
    (OPENLCA, "max()", "the function max takes at least 1 argument, not 0", "part arguments"),
    (OPENLCA, "squrt(2)", "there is no function 'squrt'", "did you mean sqrt"),
    (OPENLCA, "load(2)", "there is no function 'load'", r"a product needs a \*: load\*\(…\)"),
    (
        OPENLCA,
        "random()",
        "the function random gives another number at every call",
        "give the parameter a distribution",
    ),
    (OPENLCA, "__import__('os')", 'the character "\'" has no meaning', "a formula holds numbers, names"),
    (OPENLCA, "a.b", "the character '.' has no meaning", "a formula holds"),
    (OPENLCA, "a[0]", r"the character '\[' has no meaning", r"write '\('"),
    (OPENLCA, "2 × a", "the character '×' has no meaning", r"write '\*' instead"),
    (OPENLCA, "max（a；b）", "the character '（' has no meaning", r"write '\(' instead"),
    (OPENLCA, "a − b", "the character '−' has no meaning", "write '-' instead"),
    (OPENLCA, "a = lambda: 1", "the character ':' has no meaning", "a formula holds"),
    (
        OPENLCA,
        "5 % 2",
        "the sign % means a percentage to some and a remainder to others",
        "write /100, or mod",
    ),
    (OPENLCA, "5 // 2", "the sign // is not known in openLCA's formulas", "a div b"),
    (OPENLCA, "2^2 + 3**2", r"the formula mixes the signs \^ and \*\*", "use one of them"),
    (OPENLCA, "if(1 < a < 3; 1; 0)", "comparisons follow each other", "write a < b and b < c"),
    (
        OPENLCA,
        "(a > 1) * 3",
        "a comparison or truth value stands where a number is expected",
        r"if\(condition; 1; 0\)",
    ),
    (
        OPENLCA,
        "a > 1",
        "a comparison or truth value stands where a number is expected",
        r"if\(condition; 1; 0\)",
    ),
    (OPENLCA, "if(a; 1; 0)", "a number stands where a condition is expected", "x <> 0"),
    (
        OPENLCA,
        "a if b > 1 else c",
        "'if' stands where an operator is expected",
        r"write if\(condition; a; b\)",
    ),
    (OPENLCA, "mod + 1", "missing before 'mod'", "complete the formula"),
    (OPENLCA, "(" * 120 + "1" + ")" * 120, "nests more than 100 levels deep", "several parameters"),
    (OPENLCA, "-" * 150 + "1", "nests more than 100 levels deep", "several parameters"),
    (OPENLCA, "+".join(["1"] * 4000), "the formula has 8000 parts; the limit is 5000", "several parameters"),
    (OPENLCA, "1" * 30_000, "a formula of 30000 characters is too long", "several parameters"),
    (BRIGHTWAY, "a ^ 2", r"the sign \^ is not a power in Brightway's formulas", r"write \*\*"),
    (BRIGHTWAY, "a > 1 & b > 1", "the sign & binds tighter than a comparison", "write and"),
    (BRIGHTWAY, "a mod 2", "Brightway's formulas have no operator mod", "write %"),
    (BRIGHTWAY, "a if b", "'if' has no 'else'", "write a if condition else b"),
    (BRIGHTWAY, "lg(2)", "there is no function 'lg'", "did you mean"),
    (BRIGHTWAY, "normal(0, 1)", "the function normal gives another number at every call", "distribution"),
]


@pytest.mark.parametrize(("dialect", "text", "what", "remedy"), MALFORMED, ids=[m[1][:30] for m in MALFORMED])
def test_malformed(dialect: Dialect, text: str, what: str, remedy: str) -> None:
    with pytest.raises(FormulaError) as raised:
        parse_formula(text, dialect=dialect)
    assert raised.match(f"(?i){what}")
    assert raised.match(f"(?is)remedy: .*{remedy}")
    assert raised.value.where.startswith("character ")


POWERS = "0 has no negative powers, and a negative number has whole powers only"
UNDEFINED = [
    ("1 / x", 0.0, "'/' has no value for 1, 0: the divisor must not be 0"),
    ("5 mod x", 0.0, "'mod' has no value for 5, 0: the divisor must not be 0"),
    ("5 div x", 0.3, "'div' has no value for 5, 0.3: the divisor, rounded, must not be 0"),
    ("ln(x)", 0.0, "'ln' has no value for 0: the argument must be greater than 0"),
    ("log(x)", -1.0, "'log' has no value for -1: the argument must be greater than 0"),
    ("sqrt(x)", -4.0, "'sqrt' has no value for -4: the argument must not be negative"),
    ("asin(x)", 2.0, "'asin' has no value for 2: the argument must lie between -1 and 1"),
    ("x ^ 0.5", -1.0, "'^' has no value for -1, 0.5: " + POWERS),
    ("x ^ (-1)", 0.0, "'^' has no value for 0, -1: " + POWERS),
    ("10 ^ x", 400.0, "'^' of 10, 400 is too large to be a number"),
    ("9^x^x", 30.0, "'^' of 4.23912e+28, 30 is too large to be a number"),
    ("exp(x)", 1000.0, "'exp' of 1000 is too large to be a number"),
    ("x * x", 1e200, "'*' of 1e+200, 1e+200 is too large to be a number"),
    ("x + 1", float("nan"), "the value of 'x' is not a finite number"),
    ("x + 1", float("inf"), "the value of 'x' is not a finite number"),
]


@pytest.mark.parametrize(("text", "x", "what"), UNDEFINED)
def test_no_value(text: str, x: float, what: str) -> None:
    formula = parse_formula(text)
    with pytest.raises(FormulaError) as raised:
        formula.evaluate({"x": x})
    assert raised.value.what.splitlines()[0] == what
    assert "spread through the whole system" in raised.value.why
    with pytest.raises(FormulaError) as raised:
        formula.evaluate({"x": [x, 1.0, x]})
    assert raised.value.what.splitlines()[0] == f"{what} (in 2 of 3 draws, first in draw 0)"


def test_the_error_counts_draws_of_the_whole_run() -> None:
    formula = parse_formula("if(x > 0; 1 / (x - 2); 0)")
    with pytest.raises(FormulaError, match=r"in 1 of 4 draws, first in draw 3"):
        formula.evaluate({"x": [-1.0, 1.0, -1.0, 2.0]})


def test_no_finite_derivative() -> None:
    with pytest.raises(FormulaError, match="'sqrt' has no finite derivative by 'x'"):
        parse_formula("sqrt(x)").derivatives({"x": 0.0})


def test_the_error_points_at_the_place() -> None:
    with pytest.raises(FormulaError) as raised:
        parse_formula("fuel * (distance + ) / load")
    assert raised.value.what.splitlines()[1:] == [
        "    fuel * (distance + ) / load",
        "                       ^",
    ]
    assert raised.value.where == "character 20 of the formula"


def test_a_long_formula_is_shown_in_part() -> None:
    with pytest.raises(FormulaError) as raised:
        parse_formula("a + " * 200 + "2b" + " + a" * 200)
    shown, marker = raised.value.what.splitlines()[1:]
    assert len(shown) < 80
    assert shown[marker.index("^")] == "b"


def test_unknown_name() -> None:
    with pytest.raises(FormulaError) as raised:
        parse_formula("2 * distnce").evaluate({"distance": 1.0, "load": 2.0})
    assert raised.match(r"the name 'distnce' is unknown")
    assert raised.match(r"did you mean 'distance'\?")


def test_draws_of_different_length() -> None:
    with pytest.raises(FormulaError, match=r"differ in their number of draws(?s:.*)'y' has the shape"):
        parse_formula("x + y").evaluate({"x": [1.0, 2.0], "y": [1.0, 2.0, 3.0]})


PIECES = st.sampled_from(
    [*"()+-*/^<>=&|,;. 19ex_%", "if(", "max(", "and", "not", "mod", "else", "1e", "pi", "**", "true"]
)


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join)), st.sampled_from(Dialect))
def test_any_text_is_a_formula_or_refused(text: str, dialect: Dialect) -> None:
    """Nothing else is ever raised, whatever a file holds."""
    try:
        formula = parse_formula(text, dialect=dialect)
        formula.linearize({name: 1.5 for name in formula.names})
    except FormulaError as error:
        assert error.what
        assert error.where


@pytest.mark.parametrize("opening", ["(", "-", "abs(", "if(x < 1; x; ", "max(1; ", "not "])
def test_the_deepest_formula_that_is_read_is_also_evaluated(opening: str) -> None:
    closing = ")" * opening.count("(")
    deepest = 96
    inner = "x > 1" if opening == "not " else "x"
    text = opening * deepest + inner + closing * deepest
    if opening == "not ":
        text = f"if({text}; 1; 0)"
    formula = parse_formula(text)
    assert len(formula.derivatives({"x": [0.5, 2.0]})["x"]) == 2
    with pytest.raises(FormulaError, match="nests more than 100 levels deep"):
        parse_formula(opening * 101 + inner + closing * 101)
