"""The HTTP shapes of workorders: what comes in (``incoming``) and what goes out (``outgoing``)."""
