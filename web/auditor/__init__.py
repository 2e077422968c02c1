"""What an auditor does on the pages: read the record, check files and packages, order packages, look at the log."""
