"""What happens, by use case: each handler does its part of one transaction that is opened and ended at the edge.

Messages: ``hours`` (completed work orders), ``records`` (copies of billing's records), ``invoices`` (billing's facts).
People: ``by_hand``, ``decisions`` (submit, approve, reject, withdraw), ``master_data``.
Both: ``keeping`` writes steps with their history and events; ``waiting`` lets go on what waited.
"""
