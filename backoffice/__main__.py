"""The `hilo` command, also as `python -m backoffice`.

`hilo understand` and `hilo slots` go their own way: what the other commands load takes seconds, and they need none
of it.
"""

import sys


def main() -> None:
    """Run the command line; exits 2 for what the user can mend."""
    if sys.argv[1:2] in (["understand"], ["slots"]):
        from core.errors import HiloError

        if sys.argv[1] == "slots":
            from backoffice.cli_slots import app
        else:
            from backoffice.cli_understand import app

        try:
            app(sys.argv[2:])
        except HiloError as error:
            print(f"hilo: {error}", file=sys.stderr)
            raise SystemExit(2) from None
        return
    from backoffice.cli import main as every_command

    every_command()


if __name__ == "__main__":
    main()
