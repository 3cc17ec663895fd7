"""The build step: prints a module with the stemmed stop words."""

import sys

import words

_WORDS = """
a about after all also an and any are as at be because been before being but by can could did do does doing for from
had has have having he her here his how i if in into is it its just more most no not of on once only or other our out
over own same she should so some such than that the their them then there these they this those through to too under
until up very was we were what when where which while who will with would you your
"""


def main() -> None:
    stems = sorted({words.stem(word) for word in _WORDS.split()})
    sys.stdout.write(f"STOPWORDS = {stems!r}\n")


if __name__ == "__main__":
    main()
