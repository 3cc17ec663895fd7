"""Documents, an empty line, then queries on standard input; the five best documents of each query come out."""

import sys

import ranking
from index import Index


def main() -> None:
    documents, _, queries = sys.stdin.read().partition("\n\n")
    index = Index()
    for number, text in enumerate(documents.split("\n"), 1):
        index.add(number, text)
    for query in queries.splitlines():
        best = ranking.best(index, query, 5)
        sys.stdout.write(" ".join(f"{number}:{score}" for number, score in best) or "nothing")
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
