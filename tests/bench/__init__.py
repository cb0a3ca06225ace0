"""Benchmarks on a real Kafka and PostgreSQL: ``python -m tests.bench [NAME …]``. docs/benchmark.md explains them."""
