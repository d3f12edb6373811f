"""Read a formula: operator precedence, brackets, functions.

Precedence from the loosest to the tightest: ``or``, ``xor``, ``and``, ``not``, comparisons, ``+ -``,
``* / div mod``, ``^``, sign, ``**``. So ``-2^2`` is 4 and ``2^3^2`` is 64, as openLCA and spreadsheets have
it, whereas ``-2**2`` is −4 and ``2**3**2`` is 512, as Python and Brightway have it; a formula that mixes the
two is refused.
"""

from __future__ import annotations

from difflib import get_close_matches

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas import functions
from carbonlab.inventory.formulas.functions import Function
from carbonlab.inventory.formulas.operators import COMPARISON, OPERATORS, REFUSED, SIGN, is_reserved
from carbonlab.inventory.formulas.tokens import Token, TokenKind, tokens_of
from carbonlab.inventory.formulas.tree import Call, Dialect, Name, Node, Number, formula_error

DEEPEST = 100
"""Brackets, functions and signs inside each other."""
MOST_NODES = 5_000


def parse(text: str, dialect: Dialect) -> Node:
    """Return the tree of a formula.

    Raises
    ------
    FormulaError
        If the text is no formula; the message points at the place.
    """
    return _Parser(text, dialect).parse()


class _Parser:
    """One formula on its way from tokens to a tree (operator-precedence parsing, after Pratt 1973)."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.dialect = dialect
        self.tokens = tokens_of(text)
        self.index = 0
        self.depth = 0
        self.calls = 0
        self.known = functions.OPENLCA if dialect is Dialect.OPENLCA else functions.BRIGHTWAY

    def parse(self) -> Node:
        if self.token.kind is TokenKind.END:
            raise self.error(
                "the formula is empty", remedy="write a number or a formula, or leave the cell out"
            )
        if len(self.tokens) > MOST_NODES:
            raise self.error(
                f"the formula has {len(self.tokens)} parts; the limit is {MOST_NODES}",
                remedy="split it into several parameters",
            )
        self.check_one_power_sign()
        tree = self.expression(0)
        self.expect_end()
        return self.number(tree)

    def expect_end(self) -> None:
        if self.token.kind is not TokenKind.END:
            raise self.unexpected(self.token)

    def check_one_power_sign(self) -> None:
        signs = [token for token in self.tokens if token.text in ("^", "**")]
        other = next((token for token in signs if token.text != signs[0].text), None)
        if other:
            raise self.error(
                "the formula mixes the signs ^ and **",
                other,
                why="they bind differently: -2^2 is 4, -2**2 is -4",
                remedy="use one of them",
            )

    # -- reading -----------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def next(self) -> Token:
        token = self.token
        self.index += 1
        return token

    def word(self, token: Token) -> str:
        return token.text.lower() if self.dialect is Dialect.OPENLCA else token.text

    def expression(self, least: int) -> Node:
        """Read operands joined by operators that bind at least as tightly as `least`."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(
                f"the formula nests more than {DEEPEST} levels deep",
                remedy="split it into several parameters",
            )
        left = self.operand()
        while self.token.kind in (TokenKind.SIGN, TokenKind.NAME):
            operator = self.token
            if operator.kind is TokenKind.NAME and self.word(operator) == "if" and least == 0:
                left = self.choice(left)
                continue
            binding = OPERATORS.get(self.word(operator))
            if binding is None or binding[0] < least:
                break
            self.check_dialect(operator)
            self.next()
            right = self.expression(binding[1])
            left = self.call(binding[2], (left, right), operator)
            if binding[0] == COMPARISON:
                self.check_not_chained()
        self.depth -= 1
        return left

    def choice(self, value: Node) -> Node:
        """Read ``value if condition else other``, Python's way of choosing."""
        start = self.next()
        if self.dialect is not Dialect.BRIGHTWAY:
            raise self.error(
                "'if' stands where an operator is expected", start, remedy="write if(condition; a; b)"
            )
        condition = self.expression(1)
        if self.token.kind is not TokenKind.NAME or self.word(self.token) != "else":
            raise self.error("'if' has no 'else'", self.token, remedy="write a if condition else b")
        self.next()
        return self.call(functions.IF, (condition, value, self.expression(0)), start)

    def operand(self) -> Node:
        token = self.next()
        if token.kind is TokenKind.NUMBER:
            return self.constant(token)
        if token.kind is TokenKind.NAME:
            return self.named(token)
        if token.text == "(":
            inner = self.expression(0)
            self.expect_closing(token)
            return inner
        if token.text in ("+", "-"):
            operand = self.number(self.expression(SIGN))
            return self.call(functions.NEGATE, (operand,), token) if token.text == "-" else operand
        raise self.missing_operand(token)

    def constant(self, token: Token) -> Number:
        value = float(token.text)
        if value == float("inf"):
            raise self.error(
                f"the number {token.text} is too large", token, remedy="numbers go up to about 1.8e308"
            )
        return Number(value, token.position)

    def named(self, token: Token) -> Node:
        word = self.word(token)
        is_call = self.token.text == "("
        if word == "not" and not (is_call and self.dialect is Dialect.OPENLCA):
            return self.call(functions.NOT, (self.expression(COMPARISON),), token)
        if is_call:
            return self.function(token)
        if word in ("true", "false") or token.text in ("True", "False"):
            return Number(word.lower() == "true", token.position, is_truth=True)
        if is_reserved(word):
            raise self.missing_operand(token)
        return Name(token.text, token.position)

    def function(self, name: Token) -> Node:
        opening = self.next()
        arguments = self.arguments(opening)
        word = name.text.lower()
        if not arguments and word in (*functions.CONSTANTS, "true", "false"):
            return Number(
                functions.CONSTANTS.get(word, word == "true"), name.position, word in ("true", "false")
            )
        function = self.known.get(word)
        if function is None:
            raise self.unknown_function(name)
        if len(arguments) < function.least or (function.most is not None and len(arguments) > function.most):
            raise self.wrong_count(name, function, arguments)
        return self.call(function, arguments, name)

    def arguments(self, opening: Token) -> tuple[Node, ...]:
        """Read what stands between the brackets of a function, parted by ; (openLCA) or , (Python)."""
        found: list[Node] = []
        separator = ""
        if self.token.text == ")":
            self.next()
            return ()
        while True:
            found.append(self.expression(0))
            if self.token.text not in (",", ";"):
                self.expect_closing(opening)
                return tuple(found)
            token = self.next()
            if separator and token.text != separator:
                raise self.error(
                    "the arguments of one function are parted by , and by ;",
                    token,
                    why="a decimal comma and a comma between arguments look the same",
                    remedy="write decimals with a point, and part arguments by ; everywhere",
                )
            separator = token.text

    def expect_closing(self, opening: Token) -> None:
        if self.token.text == ")":
            self.next()
        elif self.token.kind is TokenKind.END:
            raise self.error("a bracket is not closed", opening, remedy="add the closing bracket")
        else:
            raise self.unexpected(self.token)

    # -- building ----------------------------------------------------------------------------------

    def call(self, function: Function, arguments: tuple[Node, ...], token: Token) -> Call:
        if function is functions.IF:
            condition, first, second = arguments
            arguments = (self.truth(condition), first, second)
            if first.is_truth != second.is_truth:
                arguments = (arguments[0], self.number(first), self.number(second))
            return Call(function, arguments, token.position, arguments[1].is_truth)
        convert = self.truth if function.takes_truth else self.number
        return Call(function, tuple(map(convert, arguments)), token.position, function.gives_truth)

    def number(self, node: Node) -> Node:
        """Return a node as a number; Brightway's formulas, being Python, count true as 1 and false as 0."""
        if not node.is_truth:
            return node
        if self.dialect is Dialect.BRIGHTWAY:
            return Call(functions.TRUTH_AS_NUMBER, (node,), node.position)
        raise formula_error(
            self.text,
            node.position,
            "a comparison or truth value stands where a number is expected",
            remedy="turn it into a number: if(condition; 1; 0)",
        )

    def truth(self, node: Node) -> Node:
        if node.is_truth:
            return node
        if self.dialect is Dialect.BRIGHTWAY:
            return Call(functions.NUMBER_AS_TRUTH, (node,), node.position, is_truth=True)
        raise formula_error(
            self.text,
            node.position,
            "a number stands where a condition is expected",
            remedy="compare it with something: x <> 0",
        )

    # -- refusing ----------------------------------------------------------------------------------

    def error(
        self, what: str, token: Token | None = None, *, why: str = "", remedy: str = ""
    ) -> FormulaError:
        return formula_error(self.text, (token or self.token).position, what, why=why, remedy=remedy)

    def check_dialect(self, token: Token) -> None:
        refusal = REFUSED[self.dialect].get(self.word(token))
        if refusal:
            raise self.error(refusal[0], token, remedy=refusal[1])

    def check_not_chained(self) -> None:
        binding = OPERATORS.get(self.word(self.token))
        if binding and binding[0] == COMPARISON:
            raise self.error(
                "comparisons follow each other",
                why="tools read a < b < c differently",
                remedy="write a < b and b < c",
            )

    def missing_operand(self, token: Token) -> FormulaError:
        if token.kind is TokenKind.END:
            return self.error("the formula ends where a number, a name or a bracket is expected", token,
                              remedy="complete it, or remove the last operator")  # fmt: skip
        return self.error(
            f"a number, a name or a bracket is missing before {token.text!r}",
            token,
            remedy="complete the formula",
        )

    def unexpected(self, token: Token) -> FormulaError:
        if token.text == ")":
            return self.error("a bracket is closed that was never opened", token, remedy="remove it")
        if token.text == ",":
            return self.error(
                "a comma stands outside a function", token, remedy="write decimals with a point: 1.5"
            )
        if token.text == ";":
            return self.error(
                "a semicolon stands outside a function", token, remedy="it parts the arguments of a function"
            )
        return self.error(
            f"an operator is missing before {token.text!r}",
            token,
            remedy="write * for a product, or correct the name",
        )

    def unknown_function(self, name: Token) -> FormulaError:
        word = name.text.lower()
        if word in functions.RANDOM:
            return self.error(
                f"the function {name.text} gives another number at every call",
                name,
                why="a result could not be computed again",
                remedy="give the parameter a distribution; draws are made from it",
            )
        near = get_close_matches(word, self.known, n=3)
        known = (
            f"did you mean {' or '.join(near)}?" if near else f"functions are {', '.join(sorted(self.known))}"
        )
        return self.error(
            f"there is no function {name.text!r}",
            name,
            remedy=f"{known} A product needs a *: {name.text}*(…)",
        )

    def wrong_count(self, name: Token, function: Function, arguments: tuple[Node, ...]) -> FormulaError:
        wanted = str(function.least) if function.least == function.most else f"at least {function.least}"
        plural = "" if wanted.endswith("1") else "s"
        return self.error(
            f"the function {name.text} takes {wanted} argument{plural}, not {len(arguments)}",
            name,
            remedy="part arguments by ; and write decimals with a point",
        )
