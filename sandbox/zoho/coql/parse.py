"""Tokens → tree, by recursive descent (docs/vendor/zoho.md §3, "Language")."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sandbox.zoho.coql import problems
from sandbox.zoho.coql.split import split
from sandbox.zoho.coql.tokens import Token
from sandbox.zoho.coql.tree import Aggregate, Condition, Criteria, Item, Ordering, Pair, Statement, What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Names of columns and modules only in quotes; the vendor says "reserved words of SQL" and gives no list.
_CLAUSES = ("where", "group", "order", "limit")
_OTHERS = ("as", "asc", "by", "desc", "external", "from", "having", "join", "offset", "on", "select", "union")
_OF_CRITERIA = ("and", "between", "in", "is", "like", "not", "null", "or")
RESERVED = frozenset((*_CLAUSES, *_OTHERS, *_OF_CRITERIA))
SYMBOLS = ("=", "!=", ">", ">=", "<", "<=")
# 25 conditions in pairs need 24; the rest is for needless parentheses.
_DEEPEST = 60
_Part = TypeVar("_Part")


def parse(query: str) -> Statement:
    """The tree of a query.

    Raises:
        ZohoError: SYNTAX_ERROR, INVALID_ALIAS.
    """
    return _Parser(split(query)).statement()


class _Parser:
    def __init__(self, tokens: Iterator[Token]) -> None:
        self._tokens, self._next, self._depth = tokens, next(tokens), 0

    def _take(self) -> Token:
        token = self._next
        self._next = next(self._tokens, token)
        return token

    def _took_word(self, *words: str) -> bool:
        found = self._next.is_word(*words)
        if found:
            self._take()
        return found

    def _took_symbol(self, symbol: str) -> bool:
        found = self._next.is_symbol(symbol)
        if found:
            self._take()
        return found

    def _expect_word(self, word: str) -> None:
        if not self._took_word(word):
            raise problems.unexpected(self._next)

    def _expect_symbol(self, symbol: str) -> None:
        if not self._took_symbol(symbol):
            raise problems.unexpected(self._next)

    def statement(self) -> Statement:
        if not self._took_word("select"):
            raise problems.no_select()
        found = self._select()
        if self._next.kind != "end":
            raise problems.unexpected(self._next)
        return found

    def _select(self) -> Statement:
        items = self._list(self._item)
        self._clause("from")
        module, cvid = self._module()
        self._clause("where")
        where = self._criteria()
        if self._next.is_word("and", "or"):
            raise problems.unparsable(self._next)
        group = self._by("group", self._name)
        order = self._by("order", self._ordering)
        limit, offset = self._limit()
        return Statement(items, module, cvid, where, group, order, limit, offset)

    def _clause(self, word: str) -> None:
        if self._took_word(word):
            return
        if self._next.kind == "end" or self._next.is_word(*_CLAUSES) or self._next.is_symbol(")"):
            raise problems.missing_clause(word)
        raise problems.unexpected(self._next)

    def _list(self, part: Callable[[], _Part]) -> tuple[_Part, ...]:
        found = [part()]
        while self._took_symbol(","):
            found.append(part())
        return tuple(found)

    def _by(self, clause: str, part: Callable[[], _Part]) -> tuple[_Part, ...]:
        if not self._took_word(clause):
            return ()
        self._expect_word("by")
        return self._list(part)

    def _name(self) -> str:
        """A column's path; in quotes it may be anything."""
        token = self._next
        if token.kind == "text" or (token.kind == "word" and token.text.lower() not in RESERVED):
            return self._take().text
        raise problems.unexpected(token)

    def _what(self) -> What:
        name = self._name()
        if not self._took_symbol("("):
            return name
        column = self._name()
        self._expect_symbol(")")
        return Aggregate(name, column)

    def _item(self) -> Item:
        what = self._what()
        if self._took_word("as") or self._next.kind == "text":
            alias = self._name()
            if not alias.strip():
                raise problems.empty_alias(str(what))
            return Item(what, alias)
        return Item(what, None)

    def _module(self) -> tuple[str, str | None]:
        module = self._name()
        if not self._took_symbol("#"):
            return module, None
        if self._next.kind not in ("number", "word"):
            raise problems.unexpected(self._next)
        return module, self._take().text

    def _criteria(self) -> Criteria:
        """One operand, or two around a single `and` or `or`."""
        left = self._operand()
        if not self._next.is_word("and", "or"):
            return left
        word = self._take().text.lower()
        return Pair(word, left, self._operand())

    def _operand(self) -> Criteria:
        if not self._took_symbol("("):
            return self._condition()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise problems.unparsable(self._next)
        inner = self._criteria()
        if self._next.is_word("and", "or"):
            raise problems.unparsable(self._next)
        self._expect_symbol(")")
        self._depth -= 1
        return inner

    def _condition(self) -> Condition:
        if self._next.is_word("not"):
            raise problems.unknown_operator(self._next.text)
        name = self._name()
        operator = self._operator()
        if operator in ("is null", "is not null"):
            return Condition(name, operator, ())
        if operator in ("between", "not between"):
            low = self._value()
            self._expect_word("and")
            return Condition(name, operator, (low, self._value()))
        if operator in ("in", "not in") or (operator in SYMBOLS and self._next.is_symbol("(")):
            return self._in_brackets(name, operator)
        return Condition(name, operator, (self._value(),))

    def _in_brackets(self, name: str, operator: str) -> Condition:
        """Literals or a subquery; after a comparison nothing but a subquery."""
        self._expect_symbol("(")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise problems.unparsable(self._next)
        if self._next.is_word("select"):
            self._take()
            found = Condition(name, operator, (), self._select())
        elif operator in SYMBOLS:
            raise problems.unexpected(self._next)
        else:
            found = Condition(name, operator, self._list(self._value))
        self._expect_symbol(")")
        self._depth -= 1
        return found

    def _operator(self) -> str:
        token = self._take()
        if token.kind == "symbol" and token.text in SYMBOLS:
            return token.text
        if token.is_word("is"):
            operator = "is not null" if self._took_word("not") else "is null"
            self._expect_word("null")
            return operator
        negated = token.is_word("not")
        word = self._take() if negated else token
        if word.is_word("in", "like", "between"):
            return f"not {word.text.lower()}" if negated else word.text.lower()
        if negated or token.kind == "word" or token.text in ("<>", "=="):
            raise problems.unknown_operator(token.text)
        raise problems.unexpected(token)

    def _value(self) -> Token:
        """A literal: quoted, a number, or a bare word, as in some of the vendor's own examples."""
        token = self._next
        if token.kind in ("text", "number") or (token.kind == "word" and token.text.lower() not in RESERVED - {"null"}):
            return self._take()
        raise problems.unexpected(token)

    def _ordering(self) -> Ordering:
        what = self._what()
        descending = self._took_word("desc")
        if not descending:
            self._took_word("asc")
        return Ordering(what, descending)

    def _limit(self) -> tuple[str | None, str | None]:
        """`limit count`, `limit offset, count` or `limit count offset offset`."""
        if not self._took_word("limit"):
            return None, None
        first = self._number()
        if self._took_symbol(","):
            return self._number(), first
        return first, self._number() if self._took_word("offset") else None

    def _number(self) -> str:
        if self._next.kind not in ("number", "word", "text"):
            raise problems.unexpected(self._next)
        return self._take().text
