"""Events in and out: outbox and relay, inbox and consumers, dead letters (design: messaging.md)."""
