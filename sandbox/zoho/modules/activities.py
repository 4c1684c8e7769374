"""Tasks, calls and events, which hang on records of several modules (docs/vendor/zoho.md §5.8, §9 "Task", §9A.3)."""

from sandbox.zoho.fields import Module, field, flag, lookup, multi_lookup, picklist, texts

PARENTS = ("Accounts", "Deals", "Leads", "Campaigns", "Products", "Quotes", "Sales_Orders", "Invoices", "Cases")

TASKS = Module(
    api_name="Tasks",
    singular="Task",
    plural="Tasks",
    number=6,
    name_field="Subject",
    own_fields=(
        field("Subject", "text", 255, mandatory=True),
        picklist(
            "Status",
            "Not Started",
            "Deferred",
            "In Progress",
            "Completed",
            "Waiting for input",
            default="Not Started",
        ),
        picklist("Priority", "Highest", "High", "Normal", "Low", "Lowest"),
        field("Due_Date", "date", 20),
        field("Closed_Time", "datetime", 120, read_only=True),
        multi_lookup("What_Id", *PARENTS),
        lookup("Who_Id", "Contacts"),
        field("Remind_At", "ALARM", 120),
        field("Recurring_Activity", "RRULE", 400),
        flag("Send_Notification_Email"),
        field("Description", "textarea", 32000),
        field("BEST_TIME", "time_range", 120, default="[]", read_only=True),
    ),
)

CALLS = Module(
    api_name="Calls",
    singular="Call",
    plural="Calls",
    number=7,
    name_field="Subject",
    own_fields=(
        field("Subject", "text", 255, mandatory=True),
        picklist("Call_Type", "Outbound", "Inbound", "Missed", mandatory=True),
        field("Call_Start_Time", "datetime", 120, mandatory=True),
        field("Call_Duration", "text", 20, mandatory=True),
        field("Call_Duration_in_seconds", "integer", 9),
        picklist(
            "Call_Purpose", "-None-", "Prospecting", "Administrative", "Negotiation", "Demo", "Project", "Support"
        ),
        picklist("Call_Result", "-None-", "Interested", "Not interested", "No response/Busy", "Requested call back"),
        *texts(Call_Agenda=255),
        field("Call_Status", "text", 120, read_only=True),
        picklist("Outgoing_Call_Status", "Scheduled", "Completed"),
        *texts(Caller_ID=40, Dialled_Number=40),
        picklist("Reminder", "None", "5 minutes before", "15 minutes before", "1 hour before"),
        multi_lookup("What_Id", *PARENTS),
        lookup("Who_Id", "Contacts"),
        field("Description", "textarea", 32000),
    ),
)

EVENTS = Module(
    api_name="Events",
    singular="Meeting",
    plural="Meetings",
    number=8,
    name_field="Event_Title",
    own_fields=(
        field("Event_Title", "text", 255, mandatory=True),
        field("Start_DateTime", "datetime", 120, mandatory=True),
        field("End_DateTime", "datetime", 120, mandatory=True),
        flag("All_day"),
        *texts(Venue=255),
        field("Participants", "text", 2000, json_type="jsonarray", default="[]"),
        field("Remind_At", "event_reminder", 120),
        field("Recurring_Activity", "RRULE", 400),
        multi_lookup("What_Id", *PARENTS),
        lookup("Who_Id", "Contacts"),
        picklist("Check_In_Status", "PLANNED", "CHECKED_IN", default="PLANNED", read_only=True),
        field("Check_In_Time", "datetime", 120, read_only=True),
        field("Description", "textarea", 32000),
    ),
)
