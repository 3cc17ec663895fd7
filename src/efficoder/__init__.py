"""EffiCoder: make code language models write code that is right and fast."""

__version__ = "0.2.0"
