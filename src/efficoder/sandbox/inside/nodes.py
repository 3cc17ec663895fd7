"""LeetCode's ListNode and TreeNode, built from and flattened to its level-order lists."""

from collections.abc import Sequence
from typing import Any

from efficoder.wire import NotPlain


class ListNode:
    def __init__(self, val: object = 0, next: "ListNode | None" = None) -> None:
        self.val = val
        self.next = next


class TreeNode:
    def __init__(self, val: object = 0, left: "TreeNode | None" = None, right: "TreeNode | None" = None) -> None:
        self.val = val
        self.left = left
        self.right = right


CLASSES: dict[str, type] = {"ListNode": ListNode, "TreeNode": TreeNode}


def build(arguments: list[Any], codecs: Sequence[str], names: dict[str, Any]) -> list[Any]:
    """Arguments with those of a node codec turned into nodes of the class ``names`` holds."""
    built = list(arguments)
    for i, codec in enumerate(codecs[: len(built)]):
        if codec == "ListNode":
            built[i] = _linked(built[i], names[codec])
        elif codec == "TreeNode":
            built[i] = _tree(built[i], names[codec])
    return built


def _linked(items: list[Any] | None, node: Any) -> Any:
    """``[1, 2]`` to a chain; a list of lists (merge k lists) to a list of chains."""
    if items and all(type(item) is list for item in items):
        return [_linked(item, node) for item in items]
    head = None
    for item in reversed(items or ()):
        made = node(item)
        made.next = head
        head = made
    return head


def _tree(items: list[Any] | None, node: Any) -> Any:
    """``[1, None, 2]``: level by level, None for a missing child, children of missing ones left out."""
    if not items or items[0] is None:
        return None
    root = node(items[0])
    level, place = [root], 1
    while level and place < len(items):
        below = []
        for parent in level:
            for side in ("left", "right"):
                if place < len(items) and items[place] is not None:
                    child = node(items[place])
                    setattr(parent, side, child)
                    below.append(child)
                place += 1
        level = below
    return root


def flatten(result: Any, codec: str) -> Any:
    """The level-order list of a returned node; plain results as they are. Raises NotPlain for what is no node."""
    if codec == "plain":
        return result
    if type(result) is list:
        return [flatten(item, codec) for item in result]
    try:
        return _unlink(result) if codec == "ListNode" else _levels(result)
    except AttributeError as error:
        raise NotPlain(f"the result is no {codec}: {error}") from error


def _unlink(node: Any) -> list[Any]:
    items, seen = [], set()
    while node is not None:
        if id(node) in seen:
            raise NotPlain("the linked list is cyclic")
        seen.add(id(node))
        items.append(node.val)
        node = node.next
    return items


def _levels(root: Any) -> list[Any]:
    items: list[Any] = []
    level, seen = [root], set()
    while level:
        below = []
        for node in level:
            if node is None:
                items.append(None)
                continue
            if id(node) in seen:
                raise NotPlain("the tree is cyclic")
            seen.add(id(node))
            items.append(node.val)
            below += [node.left, node.right]
        level = below
    while items and items[-1] is None:
        items.pop()
    return items
