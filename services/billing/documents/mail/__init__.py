"""E-mail with the documents of an invoice: addresses, texts, the message, and sending it through SMTP."""
