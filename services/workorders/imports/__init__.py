"""Files of work orders: CSV and JSON lines, read with bounded memory, order by order.

A file is first copied to disk and looked through. What is wrong with the file as a whole (encoding, header, a quote
that never closes) is said before anything is taken; what is wrong with one order refuses that order only.
"""
