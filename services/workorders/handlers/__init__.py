"""What is done with batches of messages, one module for each topic that this service reads."""
