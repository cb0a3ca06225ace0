"""PostgreSQL: connections and transactions, quick ways for many rows, locks, the tables that every service has."""
