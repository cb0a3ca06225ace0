"""The rules of work orders, pure: no I/O, no framework, no clock of their own (design: domain.md, "Work orders")."""
