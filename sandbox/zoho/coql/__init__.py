"""COQL, Zoho's query language (docs/vendor/zoho.md §3): tokens → tree → checked query → rows."""
