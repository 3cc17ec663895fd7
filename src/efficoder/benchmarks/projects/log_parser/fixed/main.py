"""Reads an access log from standard input and writes a report; `--percentiles 50,95` chooses which."""

import sys

import parsing
import stats


def main() -> None:
    percentiles = [int(text) for text in sys.argv[2].split(",")]
    collected = stats.Collected()
    for line in sys.stdin:
        collected.add(parsing.parse(line.rstrip("\n")))
    for endpoint in collected.report(percentiles):
        sys.stdout.write("\t".join(map(str, endpoint)) + "\n")
    sys.stdout.write(f"malformed\t{collected.malformed}\n")


if __name__ == "__main__":
    main()
