"""Evidence: files kept by what they contain, and documents made from the record. Knows the domain, no database."""
