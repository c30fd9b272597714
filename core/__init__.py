"""What is true: organizations, contacts, threads, leads. Knows no transport; imports nothing of ours."""
