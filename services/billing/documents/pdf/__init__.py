"""The PDF of an invoice: what it shows (sheet.py) and how it looks (invoice.typ), typeset by Typst."""
