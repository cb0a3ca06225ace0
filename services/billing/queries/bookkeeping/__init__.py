"""What accountants ask for: issued invoices and VAT of a period, what is open on a day, and the journal."""
