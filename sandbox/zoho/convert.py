"""The call that converts a lead (docs/vendor/zoho.md §9A.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.world import RecordWrite
from sandbox.zoho import conversion, envelope
from sandbox.zoho.change import Changes, refused, several
from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.errors import ZohoError, problem, unknown_id, unknown_id_in_path
from sandbox.zoho.fields import ID, OWNER
from sandbox.zoho.modules.deals import STAGE_BY_NAME
from sandbox.zoho.validate import parse_id

if TYPE_CHECKING:
    from sandbox.zoho.http import Call, Reply
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row

CREDITS = 5
_FLAGS = ("overwrite", "notify_lead_owner", "notify_new_entity_owner")
_PLACE = "$.data[0]"
# By these a lead without ids finds its account and contact: their field, and the lead's.
_FOUND_BY = {"Accounts": ("Account_Name", "Company"), "Contacts": ("Email", "Email")}
# A deal needs this as well when it comes of a lead.
_EXPECTED = "Closing_Date"


class Convert:
    def __init__(self, state: State) -> None:
        self._state = state
        self._changes = Changes(state)

    def lead(self, call: Call) -> Reply:
        """`POST /Leads/{id}/actions/convert`."""
        call.credits = CREDITS
        leads = self._state.tables["Leads"]
        lead = leads.get(int(call.args["id"]))
        item = envelope.items_of(call.json(), 1)[0]
        if lead is None:
            raise unknown_id_in_path(1)
        if lead[leads.module.position["Converted__s"]]:
            raise ZohoError("ID_ALREADY_CONVERTED", {"id": str(lead[ID])})
        if not isinstance(item, dict):
            raise ZohoError("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": _PLACE})
        result = self._result(lead, item)
        reply = envelope.answer([result], 200, 400)
        done = reply.status == 200
        write = RecordWrite(str(lead[ID]), "Converted__s", before=False, after=done, outcome=result["code"])
        self._state.world.log_write(
            "zoho", call.method, call.path, status=reply.status, records=[write], automation=done
        )
        return reply

    def _result(self, lead: Row, item: dict[str, Any]) -> dict[str, Any]:
        refusal = refused(self._state.tables["Leads"], lead, {"id": str(lead[ID])})
        if refusal is not None:
            return refusal
        problems = [
            problem("INVALID_DATA", {"expected_data_type": "boolean"} | _where(name))
            for name in _FLAGS
            if not isinstance(item.get(name, False), bool)
        ]
        owner = self._owner(lead, item, problems)
        tags = self._tags(lead, item, problems)
        order = conversion.Order(
            account=self._part("Accounts", lead, item, owner, problems),
            # A contact needs no more than the lead has.
            contact=self._part("Contacts", lead, item, owner, problems) or {},
            deal=self._deal(lead, item, owner, problems),
            by=ADMIN_ID,
            overwrite=item.get("overwrite", False),
        )
        if problems:
            return several(problems)
        return self._converted(conversion.carry_out(self._state, lead, order), tags)

    def _owner(self, lead: Row, item: dict[str, Any], problems: list[dict[str, Any]]) -> int:
        given = item.get("assign_to")
        if given is None:
            return int(lead[OWNER] or ADMIN_ID)
        user = parse_id(given.get("id")) if isinstance(given, dict) else None
        if user is None or user not in self._state.directory.users:
            problems.append(unknown_id({"api_name": "id", "json_path": f"{_PLACE}.assign_to.id"}))
            return int(lead[OWNER] or ADMIN_ID)
        return user

    def _part(
        self, module: str, lead: Row, item: dict[str, Any], owner: int, problems: list[dict[str, Any]]
    ) -> int | dict[str, Any] | None:
        """The id that is given or found, or the columns of a new record; nothing for a lead without a company."""
        table, given = self._state.tables[module], item.get(module)
        if given is not None and not isinstance(given, dict):
            problems.append(problem("INVALID_DATA", {"expected_data_type": "jsonobject"} | _where(module)))
            return None
        if given and "id" in given:
            row = table.get(parse_id(given["id"]) or 0)
            if row is None:
                problems.append(unknown_id({"api_name": "id", "json_path": f"{_PLACE}.{module}.id"}))
            return None if row is None else int(row[ID])
        known = conversion.handed_on(self._state, lead, module)
        field, source = _FOUND_BY[module]
        value = lead[self._state.tables["Leads"].module.position[source]]
        if value is not None and not given:
            found = table.with_value(field, value)
            if found:
                return int(found[0][ID])
        if module == "Accounts" and value is None and not given:
            return None
        columns, wrong = self._changes.prepared(table, given or {}, f"{_PLACE}.{module}", known | {"Owner": owner})
        problems.extend(wrong)
        return columns

    def _deal(
        self, lead: Row, item: dict[str, Any], owner: int, problems: list[dict[str, Any]]
    ) -> dict[str, Any] | None:
        given = item.get("Deals")
        if given is None:
            return None
        if not isinstance(given, dict):
            problems.append(problem("INVALID_DATA", {"expected_data_type": "jsonobject"} | _where("Deals")))
            return None
        place = f"{_PLACE}.Deals"
        if _EXPECTED not in given:
            where = {"api_name": _EXPECTED, "json_path": f"{place}.{_EXPECTED}"}
            problems.append(problem("MANDATORY_NOT_FOUND", where))
        # The role of the contact is no field of the deal.
        fields = {name: value for name, value in given.items() if name != "Contact_Role"}
        known = conversion.handed_on(self._state, lead, "Deals") | {"Owner": owner}
        columns, wrong = self._changes.prepared(self._state.tables["Deals"], fields, place, known)
        if not wrong and columns["Stage"] not in STAGE_BY_NAME:
            wrong = [problem("MAPPING_MISMATCH", {"api_name": "Stage", "json_path": f"{place}.Stage"})]
        problems.extend(wrong)
        return columns

    def _tags(self, lead: Row, item: dict[str, Any], problems: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
        """For each module the lead's own tags that are to be carried over."""
        given = item.get("carry_over_tags", {})
        well_formed = isinstance(given, dict) and all(isinstance(names, list) for names in given.values())
        if not well_formed or not given.keys() <= set(conversion.MODULES):
            problems.append(problem("INVALID_DATA", {"expected_data_type": "jsonobject"} | _where("carry_over_tags")))
            return {}
        own = self._state.tables["Leads"].tags.shown(lead[ID])
        return {module: [tag for tag in own if tag["name"] in names] for module, names in given.items()}

    def _converted(self, lead: Row, tags: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        place = self._state.tables["Leads"].module.position
        details: dict[str, Any] = {}
        for module in conversion.MODULES:
            table = self._state.tables[module]
            record_id = lead[place[f"Converted_{module.removesuffix('s')}"]]
            details[module] = None
            if record_id is not None:
                name = self._state.renderer.name_of(table.module, table.rows[record_id])
                details[module] = {"name": name, "id": str(record_id)}
                named = [
                    table.tags.named(tag["name"], tag["color_code"], self._state.new_id) for tag in tags.get(module, ())
                ]
                kept = [int(tag["id"]) for tag in table.tags.shown(record_id)]
                table.tags.put(record_id, list(dict.fromkeys((*kept, *named))))
        message = "The record has been converted successfully"
        return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def _where(name: str) -> dict[str, Any]:
    return {"api_name": name, "json_path": f"{_PLACE}.{name}"}
