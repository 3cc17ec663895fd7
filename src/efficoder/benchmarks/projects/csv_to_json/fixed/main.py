"""CSV on standard input to a JSON summary: `main GROUP_COLUMN VALUE_COLUMN`."""

import json
import sys

import columns
import groups
import reader


def main() -> None:
    by, value = sys.argv[1:3]
    header, rows = reader.read(sys.stdin.read())
    summary = {
        "columns": columns.types(header, rows),
        "groups": groups.summarise(rows, header.index(by), header.index(value)),
    }
    json.dump(summary, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
