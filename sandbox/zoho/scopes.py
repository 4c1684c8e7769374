"""Whether a token's scopes allow a call (docs/vendor/zoho.md §1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zoho.errors import ZohoError
from sandbox.zoho.modules import MODULES

if TYPE_CHECKING:
    from sandbox.zoho.http import Call

# What besides the operation itself allows it.
_WIDER = {
    "READ": ("ALL",),
    "CREATE": ("WRITE", "ALL"),
    "UPDATE": ("WRITE", "ALL"),
    "DELETE": ("ALL",),
    "CUSTOM": ("ALL",),
}


def require(call: Call, needed: str, operation: str) -> None:
    """Check the call's token.

    Args:
        call: Its scopes are known.
        needed: A group such as `modules`, of which a part may be granted alone: the one behind a slash, or the one that the
            path names; or a whole scope if it has a dot.
        operation: What the call does, unless a whole scope says it.

    Raises:
        ZohoError: OAUTH_SCOPE_MISMATCH.
    """
    if "." in needed:
        group, _, operation = needed.rpartition(".")
        require_any(call, [group], operation)
        return
    group, _, part = needed.partition("/")
    parts = [part] if part else _parts(call, group)
    require_any(call, [f"ZohoCRM.{group}", *(f"ZohoCRM.{group}.{part}" for part in parts)], operation)


def require_module(call: Call, module: str) -> None:
    """Check that the token may read a module that is named in the body; users are under a group of their own as well."""
    own = ["ZohoCRM.users"] if module == "users" else []
    require_any(call, ["ZohoCRM.modules", f"ZohoCRM.modules.{_scope_name(module)}", *own], "READ")


def require_any(call: Call, groups: list[str], operation: str) -> None:
    """Check that the token has the operation for one of these groups."""
    granted = {scope.lower() for scope in call.scopes}
    # The documents write the same scope as bulk.READ and bulk.read.
    if not any(f"{group}.{word}".lower() in granted for group in groups for word in (operation, *_WIDER[operation])):
        raise ZohoError("OAUTH_SCOPE_MISMATCH")


def _parts(call: Call, group: str) -> list[str]:
    """Of the settings, the word that follows in the path; of all else, the module."""
    if group == "settings":
        return call.path.partition("/settings/")[2].split("/")[:1]
    return [_scope_name(call.args["module"])] if "module" in call.args else []


def _scope_name(module: str) -> str:
    found = MODULES.get(module)
    return "custom" if found is not None and found.generated_type == "custom" else module.lower()
