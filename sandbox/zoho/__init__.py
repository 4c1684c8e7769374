"""A stateful fake of Zoho CRM's REST API v8, written from docs/vendor/zoho.md."""
