"""Reading one delivery: from the bytes an organisation dropped to landed rows, in a limited child process."""
