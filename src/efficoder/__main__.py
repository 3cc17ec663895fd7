"""``python -m efficoder``: as the command."""

from efficoder.cli.main import main

if __name__ == "__main__":
    main()
