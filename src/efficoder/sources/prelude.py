"""What LeetCode's judge puts before every solution: recorded solutions and models alike count on it."""

HEADER = """\
from bisect import *
from collections import *
from copy import *
from datetime import *
from functools import *
from heapq import *
from itertools import *
from math import *
from operator import *
from random import *
from re import *
from string import *
from typing import *
from builtins import *
import bisect
import collections
import copy
import functools
import heapq
import itertools
import math
import operator
import random
import re
import string
import sys


class ListNode:
    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next


class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val = val
        self.left = left
        self.right = right
"""
"""``builtins`` come after the stars, which would leave ``pow`` and ``compile`` as those of ``math`` and ``re``;
``datetime`` stays the class."""

_GO_PACKAGES = """
bufio bytes cmp container/heap container/list crypto/md5 encoding/hex encoding/json errors fmt io maps math math/big
math/bits math/rand os reflect regexp slices sort strconv strings sync time unicode unicode/utf8
"""
IMPORTS = {"go": "".join(f'import "{path}"\n' for path in _GO_PACKAGES.split())}
"""What the runners of sets in many languages import where code uses it. Where a prompt imports one for no use, that is
no fault of code that continues it."""

HEADERS = {
    "cpp": "#include <bits/stdc++.h>\nusing namespace std;\n",
    "java": "import java.util.*;\nimport java.util.function.*;\nimport java.util.stream.*;\n",
    "rust": "use std::cell::RefCell;\nuse std::collections::*;\nuse std::rc::Rc;\n",
} | IMPORTS
"""The same of other languages, whose drivers have the node classes."""

PROMISED = ("sortedcontainers",)
"""The package that LeetCode has installed."""
