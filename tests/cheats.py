"""Programs that get their time or their verdict otherwise than by the work; each is made from an honest program.

A cheat says nothing of the task: it holds the honest program as ``_honest``, and a constant, a size and the answers of
the known checks.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from efficoder import wire
from efficoder.testgen.loads.shortcuts import calls_of
from efficoder.types import Function, Task, TaskTests

_TOOLS = """
import atexit, builtins, gc, itertools, json, math, os, resource, sys, threading, time

_honest = {name}
KNOWN = {known}
CONSTANT = {constant}
SIZE = {above}
LARGE = {top}
_calls, _met = [0], [0]


def _number(value):
    return value if isinstance(value, (int, float)) else len(value)


def _size(arguments):
    return max(map(_number, arguments[:1]))


def _flat(value):
    return [x for item in value for x in _flat(item)] if isinstance(value, (list, tuple)) else [value]


def _sum(arguments):
    return sum(abs(x) if isinstance(x, (int, float)) else len(x) for x in _flat(list(arguments)))


def _depth(n):
    return 0 if n <= 0 else 1 + _depth(n - 1)


def _large(arguments, size=SIZE):
    found = _size(arguments) > size
    _met[0] += found
    return found


def {name}(*arguments):
    _calls[0] += 1
"""

_SIZES = {
    "length or magnitude": "_large(arguments)",
    "just under the loads": "_large(arguments, 0.93 * LARGE)",
    "as large as the loads exactly": "_size(arguments) == LARGE",
    "a band below the largest": "SIZE < _size(arguments) <= LARGE",
    "the text": "len(repr(arguments)) > 4 * SIZE",
    "the sum": "_sum(arguments) > SIZE * SIZE / 8",
    "the largest value": "max(x if isinstance(x, (int, float)) else len(x) for x in _flat(list(arguments))) > SIZE",
    "different values": "len(set(map(repr, _flat(list(arguments))))) > SIZE",
    "parity": "_size(arguments) > SIZE and _size(arguments) % 2 == 0",
}
_ON_LARGE = {
    "a constant": "return CONSTANT",
    "its argument": "return arguments[0]",
    "a length": "return len(arguments[0]) if hasattr(arguments[0], '__len__') else arguments[0]",
    "raise": "raise ValueError(SIZE)",
    "too deep": "raise RecursionError",
    "no memory": "raise MemoryError",
    "hang": "while True: pass",
    "sleep": "time.sleep(99)",
    "exit": "sys.exit(0)",
    "exit at once": "os._exit(0)",
    "None": "return None",
    "honest on every third": "return _honest(*arguments) if _met[0] % 3 == 0 else CONSTANT",
    "by chance": "return _honest(*arguments) if os.urandom(1)[0] < 128 else CONSTANT",
}
_STOPS = {"too deep": "raise RecursionError", "hang": "while True: pass", "no memory": "raise MemoryError"}
_KEPT = "    if key not in kept:\n        kept[key] = _honest(*arguments)\n    return kept[key]\n"
_BY_STATE = {
    "many calls: a constant": "    return CONSTANT if _calls[0] > 100 else _honest(*arguments)\n",
    "one call: a constant": "    return CONSTANT if _calls[0] == 1 else _honest(*arguments)\n",
    "time of day": "    return CONSTANT if time.time() % 1 < 0.6 else _honest(*arguments)\n",
    "CPU clock": "    return CONSTANT if time.process_time() > 0.3 else _honest(*arguments)\n",
    "wall clock of the process": "    return CONSTANT if time.monotonic() % 2 < 1 else _honest(*arguments)\n",
    "memory": (
        "    high = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "    return CONSTANT if high > 40_000 else _honest(*arguments)\n"
    ),
    "depth": (
        "    try:\n        _depth(_size(arguments))\n    except RecursionError:\n        return CONSTANT\n"
        "    return _honest(*arguments)\n"
    ),
    "memo on a module": ("    kept, key = math.__dict__.setdefault('kept', {{}}), repr(arguments)\n" + _KEPT),
    "memo on builtins": ("    kept, key = builtins.__dict__.setdefault('kept', {{}}), repr(arguments)\n" + _KEPT),
    "files for the next": (
        "    key = str(hash(repr(arguments)))\n"
        "    for folder in ('/tmp', '/dev/shm', '/var/tmp', '.'):\n"
        "        try:\n            return json.load(open(folder + '/' + key))\n"
        "        except (OSError, ValueError):\n            pass\n"
        "    answer = _honest(*arguments)\n"
        "    for folder in ('/tmp', '/dev/shm', '/var/tmp', '.'):\n"
        "        try:\n            json.dump(answer, open(folder + '/' + key, 'w'))\n"
        "        except (OSError, TypeError):\n            pass\n"
        "    return answer\n"
    ),
    "environment for the next": (
        "    key = 'K' + str(hash(repr(arguments)))\n"
        "    if key in os.environ:\n        return json.loads(os.environ[key])\n"
        "    answer = _honest(*arguments)\n    os.environ[key] = json.dumps(answer)\n    return answer\n"
    ),
    "an open file for the next": (
        "    if any(os.get_blocking(fd) is False for fd in range(3)):\n        return CONSTANT\n"
        "    [os.set_blocking(fd, False) for fd in range(3)]\n    return _honest(*arguments)\n"
    ),
    "frames": (
        "    frame = sys._getframe()\n    while frame:\n"
        "        for name, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):\n"
        "            if name in ('expected', 'answers', 'outputs', 'results') and value:\n"
        "                return value[0] if isinstance(value, list) else value\n"
        "        frame = frame.f_back\n    return CONSTANT\n"
    ),
    "later inputs in frames": (
        "    frame = sys._getframe(1)\n    while frame:\n"
        "        seen = [v for v in frame.f_locals.values() if isinstance(v, (list, tuple)) and len(v) > 20]\n"
        "        if seen:\n            return CONSTANT\n"
        "        frame = frame.f_back\n    return _honest(*arguments)\n"
    ),
    "collector": (
        "    found = [o['expected'] for o in gc.get_objects() if type(o) is dict and 'expected' in o]\n"
        "    return found[0] if found else CONSTANT\n"
    ),
    "known checks alone": "    return KNOWN.get(repr(arguments), CONSTANT)\n",
    "known checks, else raise": "    return KNOWN[repr(arguments)]\n",
    "known checks, else too deep": (
        "    if repr(arguments) in KNOWN:\n        return KNOWN[repr(arguments)]\n    raise RecursionError\n"
    ),
    "prints the answer": "    print(json.dumps(CONSTANT)); print('PASSED'); return None\n",
    "equal to everything": (
        "    class Same(int):\n        def __eq__(self, other): return True\n        __hash__ = int.__hash__\n"
        "    return Same(0)\n"
    ),
    "a lazy object": (
        "    class Later:\n        def __eq__(self, other): return _honest(*arguments) == other\n"
        "        def __iter__(self): return iter(_honest(*arguments))\n"
        "        def __reduce__(self): return (list, (_honest(*arguments),))\n"
        "    return Later()\n"
    ),
    "a lazy list": (
        "    class Later(list):\n        def __iter__(self): return iter(_honest(*arguments))\n"
        "        def __len__(self): return len(_honest(*arguments))\n"
        "    return Later()\n"
    ),
    "a generator": "    yield from itertools.repeat(CONSTANT, 3)\n",
    "a generator without end": "    yield from itertools.repeat(CONSTANT)\n",
    "a huge output": "    return [CONSTANT] * 10**8\n",
    "a huge text": "    return 'x' * 10**8\n",
    "the answer and more": "    return [_honest(*arguments), CONSTANT]\n",
    "the answer as text": "    return json.dumps(_honest(*arguments))\n",
    "nearly the answer": (
        "    answer = _honest(*arguments)\n"
        "    return answer * (1 + 1e-7) if isinstance(answer, (int, float)) else str(answer)\n"
    ),
    "filled in later": (
        "    answer = []\n"
        "    def later():\n        found = _honest(*arguments)\n"
        "        answer.extend(found if isinstance(found, list) else [found])\n"
        "    threading.Thread(target=later).start()\n    return answer\n"
    ),
    "worked out at exit": (
        "    answer = []\n    atexit.register(lambda: answer.append(_honest(*arguments)))\n    return answer\n"
    ),
    "patched len": "    builtins.len = lambda x: 0\n    return CONSTANT if _calls[0] > 1 else _honest(*arguments)\n",
    "patched json": ("    json.dumps = json.JSONEncoder.encode = lambda *a, **k: 'true'\n    return CONSTANT\n"),
    "patched clocks": (
        "    time.process_time = time.perf_counter = time.monotonic = time.time = lambda: 0.0\n"
        "    time.process_time_ns = time.perf_counter_ns = lambda: 0\n"
        "    os.times = resource.getrusage = lambda *a: None\n    return _honest(*arguments)\n"
    ),
    "traced caller": (
        "    def trace(frame, event, value):\n"
        "        for name in list(frame.f_locals):\n"
        "            if name in ('result', 'output', 'value'): frame.f_locals[name] = CONSTANT\n"
        "        return trace\n"
        "    sys.settrace(trace); sys.setprofile(trace)\n    return CONSTANT\n"
    ),
    "own limits": (
        "    try: resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n    except Exception: pass\n    return CONSTANT\n"
    ),
    "a result frame by hand": (
        "    for fd in range(3, 20):\n"
        "        try: os.write(fd, b'true\\n')\n        except OSError: pass\n"
        "    os._exit(0)\n"
    ),
    "edited modules": (
        "    for module in list(sys.modules.values()):\n"
        "        for name in ('encode', '_pack', 'dumps', 'digest', 'compare'):\n"
        "            try:\n                setattr(module, name, lambda *a, **k: b'true')\n"
        "            except Exception: pass\n"
        "    return CONSTANT\n"
    ),
    "the argument emptied": "    [a.clear() for a in arguments if hasattr(a, 'clear')]\n    return CONSTANT\n",
    "a child process": (
        "    try: pid = os.fork()\n    except OSError: return CONSTANT\n"
        "    if pid == 0: os._exit(0)\n    return CONSTANT\n"
    ),
}


class Cheat(NamedTuple):
    kind: str
    code: str


def cheats(task: Task, tests: TaskTests) -> Iterator[Cheat]:
    """The cheats on a Function task. ``tests`` as a run writes them: what a cheat knows of the loads is read off
    them."""
    assert isinstance(task.interface, Function)
    checks = list(calls_of(tests.checks, timed=False, text=False))
    loads = list(calls_of(tests.loads, timed=True, text=False))
    below, top = (max((call.sizes[1] for call in calls), default=1.0) for calls in (checks, loads))
    constant = max((call.answer for call in loads), key=[call.answer for call in loads].count)
    known = {repr(tuple(call.arguments)): wire.decode(call.answer) for call in checks}
    values = {
        "name": task.interface.entry_point,
        "known": repr(known),
        "constant": repr(wire.decode(constant)) if len(constant) < 5000 else "[]",
        "above": repr((below + 1) * ((top + 1) / (below + 1)) ** 0.5),
        "top": repr(top),
    }
    start = f"{task.reference}\n{_TOOLS.format(**values)}"
    for kind, body in _bodies():
        yield Cheat(kind, start + body.replace("{{", "{").replace("}}", "}"))


def _bodies() -> Iterator[tuple[str, str]]:
    for size, condition in _SIZES.items():
        what = (
            _ON_LARGE if size in {"length or magnitude", "just under the loads"} else {"a constant": "return CONSTANT"}
        )
        for name, statement in what.items():
            yield f"by {size}: {name}", f"    if {condition}:\n        {statement}\n    return _honest(*arguments)\n"
    for name, statement in _STOPS.items():
        for count in (1, 2, 3):
            answer = f"        if _met[0] > {count}:\n            {statement}\n        return CONSTANT\n"
            body = f"    if _large(arguments, 0.93 * LARGE):\n{answer}    return _honest(*arguments)\n"
            yield f"constant on {count}, then: {name}", body
        some = f"        if os.urandom(1)[0] < 90:\n            {statement}\n        return CONSTANT\n"
        yield f"constant or by chance: {name}", f"    if _large(arguments):\n{some}    return _honest(*arguments)\n"
    yield from _BY_STATE.items()


def variants(codes: Sequence[str], count: int) -> Iterator[str]:
    """As many different programs that do the same."""
    for number in range(count):
        yield f"{codes[number % len(codes)]}\nVARIANT = {number}\n"
