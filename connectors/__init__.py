"""How to talk to one CRM: a shared HTTP client, and one package of declarations for each kind of CRM."""
