"""Documents of issued invoices: a PDF for people, a Peppol BIS Billing 3.0 document for machines, and their post.

Made of values alone (``content.py``): what stands in the database is read by queries/documents.py, and kept by
handlers/documents.py. So everything here can run in a process of its own (press.py).
"""
