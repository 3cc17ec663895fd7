"""Do two writings of the same tests agree?

    efficoder tests freeze ONE -o a.jsonl.gz; efficoder tests freeze OTHER -o b.jsonl.gz
    python bench/frozen_twice.py a.jsonl.gz b.jsonl.gz

ONE and OTHER are runs of the same source and settings, each written with a cache folder of its own (XDG_CACHE_HOME),
the second while the machine is busy. Prints for each task that differs which parts do, and what the first file says of
why; exit 1 where a part differs of which it says nothing.
"""

import sys
from pathlib import Path

from efficoder.testgen import frozen


def main() -> int:
    one, two = (frozen.read(Path(name)) for name in sys.argv[1:3])
    unsaid = differing = 0
    for name in sorted(one.lines.keys() | two.lines.keys()):
        if one.lines.get(name) == two.lines.get(name):
            continue
        differing += 1
        a, b = one.get(name), two.get(name)
        if a is None or b is None:
            print(f"{name}: in one file alone")
            unsaid += 1
            continue
        parts = [part for part in a.tests.__struct_fields__ if getattr(a.tests, part) != getattr(b.tests, part)]
        parts += [part for part in ("reason", "signal") if getattr(a, part) != getattr(b, part)]
        said = {*a.by_time, *(frozen.FOLLOW if "loads" in a.by_time else ())}
        missing = [part for part in parts if part not in said]
        unsaid += bool(missing)
        print(f"{name}: {', '.join(parts)}; {'; '.join(a.by_time.values())}")
        if missing:
            print(f"    nothing is said of {', '.join(missing)}")
    print(f"{differing} of {len(one.lines)} tasks differ, {unsaid} in a part of which nothing is said")
    return int(unsaid > 0)


if __name__ == "__main__":
    sys.exit(main())
