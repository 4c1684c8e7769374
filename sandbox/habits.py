"""What people do in a CRM's pages, one kind of act each with how often it happens, for the sandbox's traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


class Pick(Protocol):
    """Chooses some record of a module at random; gives its id, None if there is none."""

    def __call__(self, module: str) -> str | None: ...


class Habit(NamedTuple):
    """One kind of act.

    `share` is how often it comes, beside the others' shares; `record` is what it is done to: a record that is there, one
    that was deleted before, or a new one.
    """

    share: int
    module: str
    action: str
    record: Literal["there", "deleted", "new"] = "there"
    values: Callable[[random.Random, Pick], dict[str, Any]] = lambda _rng, _pick: {}
