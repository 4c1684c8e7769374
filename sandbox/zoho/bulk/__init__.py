"""Bulk read: jobs that export a module to a file (docs/vendor/zoho.md §4)."""
