"""The org, its roles and its currencies (docs/vendor/zoho.md §5.3, §9A.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import currencies
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.http import Call, Reply

if TYPE_CHECKING:
    from sandbox.zoho.directory import Role
    from sandbox.zoho.state import State

ORG: dict[str, Any] = {
    "id": "5000000000000101",
    "zgid": "700000001",
    "company_name": "兰亭 Lanting",
    "domain_name": "org700000001",
    "type": "production",
    "currency": "Chinese Yuan",
    "currency_symbol": "¥",
    "iso_code": "CNY",
    "currency_locale": "zh_CN",
    "time_zone": "Asia/Shanghai",
    "country_code": "CN",
    "primary_email": "crm.admin@lanting.example",
    "license_details": {
        "paid_expiry": None,
        "trial_type": None,
        "trial_expiry": None,
        "portal_users_license_purchased": 0,
    },
    "privacy_settings": False,
}


class Org:
    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, _call: Call) -> Reply:
        """`GET /org`."""
        switches = self._state.switches
        bought = {
            "paid": switches.edition != "free",
            "paid_type": switches.edition,
            "users_license_purchased": switches.users_licensed,
        }
        return Reply(
            200,
            {"org": [ORG | {"mc_status": self._has_currencies, "license_details": ORG["license_details"] | bought}]},
        )

    def currencies(self, _call: Call) -> Reply:
        """`GET /org/currencies`; which editions lack the feature is not documented."""
        if self._state.switches.edition == "free":
            raise ZohoError("FEATURE_NOT_SUPPORTED")
        if not self._has_currencies:
            raise ZohoError("CURRENCIES_NOT_ENABLED")
        per_home_unit = self._state.switches.rate_per_home_unit
        return Reply(200, {"currencies": currencies.show(per_home_unit=per_home_unit)})

    @property
    def _has_currencies(self) -> bool:
        return "Currency" in self._state.tables["Deals"].module.position

    def roles(self, _call: Call) -> Reply:
        """`GET /settings/roles`."""
        return Reply(200, {"roles": [self._show(role) for role in self._state.directory.roles.values()]})

    def role(self, call: Call) -> Reply:
        """`GET /settings/roles/{id}`."""
        role = self._state.directory.roles.get(int(call.args["id"]))
        return Reply(204) if role is None else Reply(200, {"roles": [self._show(role)]})

    def _show(self, role: Role) -> dict[str, Any]:
        parent = None if role.parent is None else self._state.directory.roles[role.parent]
        return {
            "id": str(role.id),
            "name": role.name,
            "display_label": role.name,
            "reporting_to": None if parent is None else {"name": parent.name, "id": str(parent.id)},
            "forecast_manager": None,
            "share_with_peers": True,
            "description": None,
            "created_by__s": None,
            "modified_by__s": None,
            "created_time__s": None,
            "modified_time__s": None,
        }
