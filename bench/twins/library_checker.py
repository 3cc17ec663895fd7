"""For twenty problems of Library Checker a fast program and a naive one: (fast, naive) by the problem's name."""

HEAD = "import sys\ndata = sys.stdin.buffer.read().split()\n"
NUMBERS = HEAD + "data = list(map(int, data))\n"
ARRAY = NUMBERS + "n, q = data[:2]\na = data[2:2 + n]\nrest = data[2 + n:]\nout = []\n"
SHOW = "print('\\n'.join(map(str, out)))\n"
TEXT = "s = input().strip()\nn = len(s)\n"

UNIONFIND = (
    NUMBERS
    + """n, q = data[:2]
out = []
p = list(range(n))
def find(x):
    while p[x] != x:
        p[x] = p[p[x]]
        x = p[x]
    return x
for i in range(2, 2 + 3 * q, 3):
    t, u, v = data[i:i + 3]
    u, v = find(u), find(v)
    if t:
        out.append(int(u == v))
    elif u != v:
        p[max(u, v)] = min(u, v)
"""
    + SHOW
)
UNIONFIND_NAIVE = (
    NUMBERS
    + """n, q = data[:2]
out = []
label = list(range(n))
for i in range(2, 2 + 3 * q, 3):
    t, u, v = data[i:i + 3]
    if t:
        out.append(int(label[u] == label[v]))
    else:
        old, new = label[u], label[v]
        label = [new if each == old else each for each in label]
"""
    + SHOW
)

RANGE_SUM = (
    ARRAY
    + """from itertools import accumulate
total = [0, *accumulate(a)]
for i in range(0, 2 * q, 2):
    out.append(total[rest[i + 1]] - total[rest[i]])
"""
    + SHOW
)
RANGE_SUM_NAIVE = (
    ARRAY
    + """for i in range(0, 2 * q, 2):
    out.append(sum(a[rest[i]:rest[i + 1]]))
"""
    + SHOW
)

FENWICK = """tree = [0] * (n + 1)
def add(i, x):
    i += 1
    while i <= n:
        tree[i] += x
        i += i & -i
def upto(i):
    total = 0
    while i:
        total += tree[i]
        i &= i - 1
    return total
"""
POINT_ADD = (
    ARRAY
    + FENWICK
    + """for i in range(n):
    add(i, a[i])
for i in range(0, 3 * q, 3):
    t, l, r = rest[i:i + 3]
    if t:
        out.append(upto(r) - upto(l))
    else:
        add(l, r)
"""
    + SHOW
)
POINT_ADD_NAIVE = (
    ARRAY
    + """for i in range(0, 3 * q, 3):
    t, l, r = rest[i:i + 3]
    if t:
        out.append(sum(a[l:r]))
    else:
        a[l] += r
"""
    + SHOW
)

RMQ = (
    ARRAY
    + """levels = [a]
step = 1
while 2 * step <= n:
    last = levels[-1]
    levels.append([min(last[i], last[i + step]) for i in range(n - 2 * step + 1)])
    step *= 2
for i in range(0, 2 * q, 2):
    l, r = rest[i], rest[i + 1]
    k = (r - l).bit_length() - 1
    out.append(min(levels[k][l], levels[k][r - (1 << k)]))
"""
    + SHOW
)
RMQ_NAIVE = (
    ARRAY
    + """for i in range(0, 2 * q, 2):
    out.append(min(a[rest[i]:rest[i + 1]]))
"""
    + SHOW
)

Z = (
    TEXT
    + """z = [0] * n
z[0] = n
l = r = 0
for i in range(1, n):
    k = min(r - i, z[i - l]) if i < r else 0
    while i + k < n and s[k] == s[i + k]:
        k += 1
    z[i] = k
    if i + k > r:
        l, r = i, i + k
print(*z)
"""
)
Z_NAIVE = (
    TEXT
    + """z = []
for i in range(n):
    k = 0
    while i + k < n and s[k] == s[i + k]:
        k += 1
    z.append(k)
print(*z)
"""
)

QUERIES = """import sys
rows = [list(map(int, line.split())) for line in sys.stdin]
out = []
"""
ASSOCIATIVE = (
    QUERIES
    + """known = {}
for row in rows[1:]:
    if row[0]:
        out.append(known.get(row[1], 0))
    else:
        known[row[1]] = row[2]
"""
    + SHOW
)
ASSOCIATIVE_NAIVE = (
    QUERIES
    + """known = []
for row in rows[1:]:
    found = next((pair for pair in known if pair[0] == row[1]), None)
    if row[0]:
        out.append(found[1] if found else 0)
    elif found:
        found[1] = row[2]
    else:
        known.append(row[1:])
"""
    + SHOW
)

PRIORITY = (
    QUERIES
    + """from heapq import heapify, heappop, heappush
low = [(x, i) for i, x in enumerate(rows[1])]
high = [(-x, i) for x, i in low]
heapify(low)
heapify(high)
gone = set()
for number, row in enumerate(rows[2:], len(low)):
    if row[0] == 0:
        heappush(low, (row[1], number))
        heappush(high, (-row[1], number))
        continue
    heap = low if row[0] == 1 else high
    while heap[0][1] in gone:
        heappop(heap)
    value, name = heappop(heap)
    gone.add(name)
    out.append(value if row[0] == 1 else -value)
"""
    + SHOW
)
PRIORITY_NAIVE = (
    QUERIES
    + """held = rows[1]
for row in rows[2:]:
    if row[0] == 0:
        held.append(row[1])
    else:
        value = min(held) if row[0] == 1 else max(held)
        held.remove(value)
        out.append(value)
"""
    + SHOW
)

FREQUENCY = (
    ARRAY
    + """from bisect import bisect_left
places = {}
for i, x in enumerate(a):
    places.setdefault(x, []).append(i)
for i in range(0, 3 * q, 3):
    l, r, x = rest[i:i + 3]
    at = places.get(x, [])
    out.append(bisect_left(at, r) - bisect_left(at, l))
"""
    + SHOW
)
FREQUENCY_NAIVE = (
    ARRAY
    + """for i in range(0, 3 * q, 3):
    l, r, x = rest[i:i + 3]
    out.append(a[l:r].count(x))
"""
    + SHOW
)

PARENTS = NUMBERS + "n, q = data[:2]\nparent = [0] + data[2:n + 1]\nrest = data[n + 1:]\nout = []\n"
LCA = (
    PARENTS
    + """depth = [0] * n
jump = [0] * n
for v in range(1, n):
    p = parent[v]
    depth[v] = depth[p] + 1
    far = depth[p] - depth[jump[p]] == depth[jump[p]] - depth[jump[jump[p]]]
    jump[v] = jump[jump[p]] if far else p
for i in range(0, 2 * q, 2):
    u, v = rest[i], rest[i + 1]
    if depth[u] < depth[v]:
        u, v = v, u
    while depth[u] > depth[v]:
        u = jump[u] if depth[jump[u]] >= depth[v] else parent[u]
    while u != v:
        if jump[u] != jump[v]:
            u, v = jump[u], jump[v]
        else:
            u, v = parent[u], parent[v]
    out.append(u)
"""
    + SHOW
)
LCA_NAIVE = (
    PARENTS
    + """depth = [0] * n
for v in range(1, n):
    depth[v] = depth[parent[v]] + 1
for i in range(0, 2 * q, 2):
    u, v = rest[i], rest[i + 1]
    while u != v:
        if depth[u] < depth[v]:
            u, v = v, u
        u = parent[u]
    out.append(u)
"""
    + SHOW
)

SUBTREE_HEAD = (
    QUERIES
    + """n, q = rows[0]
a = rows[1]
parent = [-1, *rows[2]] if n > 1 else [-1]
queries = rows[-q:]
"""
)
SUBTREE = (
    SUBTREE_HEAD
    + FENWICK
    + """size = [1] * n
for v in range(n - 1, 0, -1):
    size[parent[v]] += size[v]
first = [0] * n
free = [1] * n
for v in range(1, n):
    p = parent[v]
    first[v] = first[p] + free[p]
    free[p] += size[v]
for v in range(n):
    add(first[v], a[v])
for row in queries:
    u = row[1]
    if row[0]:
        out.append(upto(first[u] + size[u]) - upto(first[u]))
    else:
        add(first[u], row[2])
"""
    + SHOW
)
SUBTREE_NAIVE = (
    SUBTREE_HEAD
    + """children = [[] for _ in range(n)]
for v in range(1, n):
    children[parent[v]].append(v)
for row in queries:
    u = row[1]
    if row[0]:
        total, stack = 0, [u]
        while stack:
            v = stack.pop()
            total += a[v]
            stack += children[v]
        out.append(total)
    else:
        a[u] += row[2]
"""
    + SHOW
)

SUFFIXES = (
    TEXT
    + """rank = [ord(c) for c in s]
k = 1
order = sorted(range(n), key=rank.__getitem__)
while True:
    key = [rank[i] * (max(n, 256) + 2) + (rank[i + k] + 1 if i + k < n else 0) for i in range(n)]
    order.sort(key=key.__getitem__)
    new = [0] * n
    for a, b in zip(order, order[1:]):
        new[b] = new[a] + (key[a] != key[b])
    rank = new
    if rank[order[-1]] == n - 1:
        break
    k *= 2
"""
)
SUBSTRINGS = (
    SUFFIXES
    + """total = n * (n + 1) // 2
h = 0
for i in range(n):
    if rank[i]:
        j = order[rank[i] - 1]
        while i + h < n and j + h < n and s[i + h] == s[j + h]:
            h += 1
        total -= h
        h = max(0, h - 1)
    else:
        h = 0
print(total)
"""
)
SUBSTRINGS_NAIVE = TEXT + "print(len({s[i:j] for i in range(n) for j in range(i + 1, n + 1)}))\n"
SUFFIX_ARRAY = SUFFIXES + "print(*order)\n"
SUFFIX_ARRAY_NAIVE = TEXT + "print(*sorted(range(n), key=lambda i: s[i:]))\n"

PALINDROMES = (
    TEXT
    + """t = '|' + '|'.join(s) + '|'
m = len(t)
reach = [0] * m
c = r = 0
for i in range(m):
    k = min(r - i, reach[2 * c - i]) if i < r else 0
    while i - k - 1 >= 0 and i + k + 1 < m and t[i - k - 1] == t[i + k + 1]:
        k += 1
    reach[i] = k
    if i + k > r:
        c, r = i, i + k
print(*reach[1:-1])
"""
)
PALINDROMES_NAIVE = (
    TEXT
    + """out = []
for c in range(2 * n - 1):
    l, r = c // 2, (c + 1) // 2
    while l >= 0 and r < n and s[l] == s[r]:
        l -= 1
        r += 1
    out.append(r - l - 1)
print(*out)
"""
)

CONVOLUTION = (
    NUMBERS
    + """n, m = data[:2]
a, b = data[2:2 + n], data[2 + n:]
width = 10
def packed(values):
    return int.from_bytes(b''.join(v.to_bytes(width, 'little') for v in values), 'little')
raw = (packed(a) * packed(b)).to_bytes(width * (n + m), 'little')
print(*(int.from_bytes(raw[i * width:(i + 1) * width], 'little') % 998244353 for i in range(n + m - 1)))
"""
)
CONVOLUTION_NAIVE = (
    NUMBERS
    + """n, m = data[:2]
a, b = data[2:2 + n], data[2 + n:]
c = [0] * (n + m - 1)
for i, x in enumerate(a):
    for j, y in enumerate(b):
        c[i + j] = (c[i + j] + x * y) % 998244353
print(*c)
"""
)

DISTINCT = (
    ARRAY
    + FENWICK
    + """asked = [[] for _ in range(n + 1)]
for i in range(q):
    asked[rest[2 * i + 1]].append((rest[2 * i], i))
out = [0] * q
last = {}
for r in range(n + 1):
    here = upto(r)
    for l, i in asked[r]:
        out[i] = here - upto(l)
    if r < n:
        if a[r] in last:
            add(last[a[r]], -1)
        add(r, 1)
        last[a[r]] = r
"""
    + SHOW
)
DISTINCT_NAIVE = (
    ARRAY
    + """for i in range(0, 2 * q, 2):
    out.append(len(set(a[rest[i]:rest[i + 1]])))
"""
    + SHOW
)

XOR_MIN = (
    QUERIES
    + """held = set()
left, right, count = [0], [0], [0]
def change(x, by):
    node = 0
    for bit in range(29, -1, -1):
        side = right if x >> bit & 1 else left
        if not side[node]:
            left.append(0)
            right.append(0)
            count.append(0)
            side[node] = len(count) - 1
        node = side[node]
        count[node] += by
for kind, x in rows[1:]:
    if kind == 0 and x not in held:
        held.add(x)
        change(x, 1)
    elif kind == 1 and x in held:
        held.remove(x)
        change(x, -1)
    elif kind == 2:
        if not held:
            raise ValueError('the set is empty')
        node = best = 0
        for bit in range(29, -1, -1):
            near, far = (right[node], left[node]) if x >> bit & 1 else (left[node], right[node])
            if near and count[near]:
                node = near
            else:
                node = far
                best |= 1 << bit
        out.append(best)
"""
    + SHOW
)
XOR_MIN_NAIVE = (
    QUERIES
    + """held = set()
for kind, x in rows[1:]:
    if kind == 0:
        held.add(x)
    elif kind == 1:
        held.discard(x)
    else:
        out.append(min(i ^ x for i in held))
"""
    + SHOW
)

COUNT_PRIMES = """n = int(input())
r = int(n ** 0.5)
while r * r > n:
    r -= 1
while (r + 1) * (r + 1) <= n:
    r += 1
values = [n // i for i in range(1, r + 1)]
values += list(range(values[-1] - 1, 0, -1)) if values else []
count = {v: v - 1 for v in values}
for p in range(2, r + 1):
    if count[p] > count[p - 1]:
        before = count[p - 1]
        for v in values:
            if v < p * p:
                break
            count[v] -= count[v // p] - before
print(count[n] if n > 1 else 0)
"""
COUNT_PRIMES_NAIVE = """n = int(input())
sieve = bytearray([1]) * (n + 1)
sieve[:2] = bytes(min(2, n + 1))
p = 2
while p * p <= n:
    if sieve[p]:
        for m in range(p * p, n + 1, p):
            sieve[m] = 0
    p += 1
print(sum(sieve))
"""

PRIMALITY = (
    NUMBERS
    + """def prime(n):
    for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if n % p == 0:
            return n == p
    if n < 2:
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d //= 2
        s += 1
    for b in (2, 325, 9375, 28178, 450775, 9780504, 1795265022):
        x = pow(b, d, n)
        if b % n == 0 or x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True
print('\\n'.join('Yes' if prime(n) else 'No' for n in data[1:]))
"""
)
PRIMALITY_NAIVE = (
    NUMBERS
    + """def prime(n):
    if n < 2:
        return False
    d = 2
    while d * d <= n:
        if n % d == 0:
            return False
        d += 1
    return True
print('\\n'.join('Yes' if prime(n) else 'No' for n in data[1:]))
"""
)

FLOOR_SUM = (
    NUMBERS
    + """out = []
for i in range(1, len(data), 4):
    n, m, a, b = data[i:i + 4]
    total = 0
    while True:
        total += (n - 1) * n // 2 * (a // m) + n * (b // m)
        a, b = a % m, b % m
        top = a * n + b
        if top < m:
            break
        n, b = divmod(top, m)
        a, m = m, a
    out.append(total)
"""
    + SHOW
)
FLOOR_SUM_NAIVE = (
    NUMBERS
    + """out = []
for i in range(1, len(data), 4):
    n, m, a, b = data[i:i + 4]
    out.append(sum((a * i + b) // m for i in range(n)))
"""
    + SHOW
)

TRIANGLES = (
    NUMBERS
    + """n, m = data[:2]
x = data[2:2 + n]
edges = list(zip(data[2 + n::2], data[3 + n::2]))
degree = [0] * n
for u, v in edges:
    degree[u] += 1
    degree[v] += 1
after = [set() for _ in range(n)]
for u, v in edges:
    if (degree[u], u) > (degree[v], v):
        u, v = v, u
    after[u].add(v)
print(sum(x[u] * x[v] * x[w] for u in range(n) for v in after[u] for w in after[u] & after[v]) % 998244353)
"""
)
TRIANGLES_NAIVE = (
    NUMBERS
    + """n, m = data[:2]
x = data[2:2 + n]
near = [set() for _ in range(n)]
for u, v in zip(data[2 + n::2], data[3 + n::2]):
    near[u].add(v)
    near[v].add(u)
total = 0
for u in range(n):
    for v in range(u + 1, n):
        for w in range(v + 1, n) if v in near[u] else ():
            if w in near[u] and w in near[v]:
                total += x[u] * x[v] * x[w]
print(total % 998244353)
"""
)

TWINS = {
    "unionfind": (UNIONFIND, UNIONFIND_NAIVE),
    "static_range_sum": (RANGE_SUM, RANGE_SUM_NAIVE),
    "point_add_range_sum": (POINT_ADD, POINT_ADD_NAIVE),
    "staticrmq": (RMQ, RMQ_NAIVE),
    "zalgorithm": (Z, Z_NAIVE),
    "associative_array": (ASSOCIATIVE, ASSOCIATIVE_NAIVE),
    "double_ended_priority_queue": (PRIORITY, PRIORITY_NAIVE),
    "static_range_frequency": (FREQUENCY, FREQUENCY_NAIVE),
    "lca": (LCA, LCA_NAIVE),
    "vertex_add_subtree_sum": (SUBTREE, SUBTREE_NAIVE),
    "number_of_substrings": (SUBSTRINGS, SUBSTRINGS_NAIVE),
    "enumerate_palindromes": (PALINDROMES, PALINDROMES_NAIVE),
    "convolution_mod": (CONVOLUTION, CONVOLUTION_NAIVE),
    "static_range_count_distinct": (DISTINCT, DISTINCT_NAIVE),
    "set_xor_min": (XOR_MIN, XOR_MIN_NAIVE),
    "counting_primes": (COUNT_PRIMES, COUNT_PRIMES_NAIVE),
    "primality_test": (PRIMALITY, PRIMALITY_NAIVE),
    "sum_of_floor_of_linear": (FLOOR_SUM, FLOOR_SUM_NAIVE),
    "enumerate_triangles": (TRIANGLES, TRIANGLES_NAIVE),
    "suffixarray": (SUFFIX_ARRAY, SUFFIX_ARRAY_NAIVE),
}
