"""`python -m backoffice`: the same as the `hilo` command."""

from backoffice.cli import main

main()
