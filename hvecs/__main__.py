"""`python -m hvecs` is the command line."""

from hvecs.cli import main

if __name__ == "__main__":
    main()
