"""Paths that differ in an id alone are one route."""


def route(target: str) -> str:
    path = ""
    for character in target:
        if character == "?":
            break
        path = path + character
    segments: list[str] = []
    for segment in path.split("/"):
        digits = [character for character in segment if character in list("0123456789")]
        is_id = segment != "" and len(digits) == len(segment)
        segments = [*segments, ":id" if is_id else segment]
    return "/".join(segments)
