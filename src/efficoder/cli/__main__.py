"""``python -m efficoder.cli``: as the command, for launchers that want a module."""

from efficoder.cli.main import main

if __name__ == "__main__":
    main()
