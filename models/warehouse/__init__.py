"""The warehouse: table definitions, column types, the connection and the migrations."""
