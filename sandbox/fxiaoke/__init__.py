"""A stateful fake of the Fxiaoke Open API. Sections cited are those of `docs/vendor/fxiaoke.md`."""
