"""A tiny service with what a service can do over HTTP, to test what all of them stand on."""
