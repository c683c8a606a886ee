"""Classic algorithms with a few calls each, for comparing an executor with plain CPython.

The programs are in many styles: classes, closures, recursion (some of it hundreds of calls deep), generators,
dataclasses, comprehensions, patterns. Every value is the same under each hash seed. `HEAVY` holds those with calls
that need real work: up to about 0.8 s, or some tens of MB.

In the texts, a line that begins with `>>>` holds the arguments of one call, and a row of `=` ends a program.
"""

from __future__ import annotations


def _programs(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The programs of a text and the arguments of their calls."""
    found = []
    for part in text.strip("\n").split("\n====\n"):
        lines = part.split("\n")
        calls = tuple(line.removeprefix(">>> ") for line in lines if line.startswith(">>> "))
        found.append(("\n".join(line for line in lines if not line.startswith(">>> ")) + "\n", calls))
    return found


LIGHT = _programs(r"""
def f(xs):
    for i in range(len(xs)):
        for j in range(len(xs) - 1 - i):
            if xs[j] > xs[j + 1]:
                xs[j], xs[j + 1] = xs[j + 1], xs[j]
    return xs
>>> [5, 1, 4, 2, 8]
>>> []
>>> ['pear', 'apple', 'fig']
====
def f(xs):
    for i in range(1, len(xs)):
        key, j = xs[i], i - 1
        while j >= 0 and xs[j] > key:
            xs[j + 1] = xs[j]
            j -= 1
        xs[j + 1] = key
    return xs
>>> [9, -3, 0, 7, 7]
>>> [2.5, 1, True]
====
def f(xs):
    swaps = 0
    for i in range(len(xs)):
        low = min(range(i, len(xs)), key=xs.__getitem__)
        if low != i:
            xs[i], xs[low] = xs[low], xs[i]
            swaps += 1
    return xs, swaps
>>> [64, 25, 12, 22, 11]
>>> [1, 2, 3]
====
def f(xs):
    if len(xs) < 2:
        return xs
    pivot, *rest = xs
    return f([x for x in rest if x < pivot]) + [pivot] + f([x for x in rest if x >= pivot])
>>> [3, 6, 1, 8, 2, 9, 2]
>>> [1]
>>> [(2, 'b'), (1, 'z'), (2, 'a')]
====
def merge(a, b):
    out, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    return out + a[i:] + b[j:]

def f(xs):
    if len(xs) <= 1:
        return list(xs)
    middle = len(xs) // 2
    return merge(f(xs[:middle]), f(xs[middle:]))
>>> [38, 27, 43, 3, 9, 82, 10]
>>> [5, 5, 4, 4]
>>> 'merge'
====
def partition(a, low, high):
    pivot = a[(low + high) // 2]
    while low <= high:
        while a[low] < pivot:
            low += 1
        while a[high] > pivot:
            high -= 1
        if low <= high:
            a[low], a[high] = a[high], a[low]
            low, high = low + 1, high - 1
    return low, high

def f(a):
    stack = [(0, len(a) - 1)]
    while stack:
        low, high = stack.pop()
        if low < high:
            i, j = partition(a, low, high)
            stack += [(low, j), (i, high)]
    return a
>>> [10, 7, 8, 9, 1, 5]
>>> [3, -1, 3, -1, 0]
====
def sift(a, i, n):
    while True:
        big = i
        for child in (2 * i + 1, 2 * i + 2):
            if child < n and a[child] > a[big]:
                big = child
        if big == i:
            return
        a[i], a[big] = a[big], a[i]
        i = big

def f(a):
    n = len(a)
    for i in reversed(range(n // 2)):
        sift(a, i, n)
    for end in range(n - 1, 0, -1):
        a[0], a[end] = a[end], a[0]
        sift(a, 0, end)
    return a
>>> [4, 10, 3, 5, 1]
>>> ['q', 'a', 'z']
====
def f(xs):
    if not xs:
        return []
    low = min(xs)
    counts = [0] * (max(xs) - low + 1)
    for x in xs:
        counts[x - low] += 1
    return [i + low for i, c in enumerate(counts) for _ in range(c)]
>>> [4, -2, 2, 8, -3, 3, 4]
>>> []
====
def f(xs):
    base, place = 10, 1
    while place <= max(xs, default=0):
        buckets = [[] for _ in range(base)]
        for x in xs:
            buckets[x // place % base].append(x)
        xs = [x for bucket in buckets for x in bucket]
        place *= base
    return xs
>>> [170, 45, 75, 90, 802, 24, 2, 66]
>>> []
====
def f(xs):
    gap = len(xs) // 2
    trail = []
    while gap:
        for i in range(gap, len(xs)):
            x, j = xs[i], i
            while j >= gap and xs[j - gap] > x:
                xs[j] = xs[j - gap]
                j -= gap
            xs[j] = x
        trail.append(tuple(xs))
        gap //= 2
    return trail
>>> [23, 12, 1, 8, 34, 54, 2, 3]
>>> [2, 1]
====
def f(a):
    low, high = 0, len(a) - 1
    while low < high:
        for i in range(low, high):
            if a[i] > a[i + 1]:
                a[i], a[i + 1] = a[i + 1], a[i]
        high -= 1
        for i in range(high, low, -1):
            if a[i - 1] > a[i]:
                a[i], a[i - 1] = a[i - 1], a[i]
        low += 1
    return a
>>> [5, 1, 4, 2, 8, 0, 2]
>>> [1, 0]
====
def f(a):
    gap, swapped = len(a), True
    while gap > 1 or swapped:
        gap = max(1, int(gap / 1.3))
        swapped = False
        for i in range(len(a) - gap):
            if a[i] > a[i + gap]:
                a[i], a[i + gap] = a[i + gap], a[i]
                swapped = True
    return a
>>> [8, 4, 1, 56, 3, -44, 23, -6, 28, 0]
>>> []
====
def f(a):
    i = 0
    while i < len(a):
        if i == 0 or a[i] >= a[i - 1]:
            i += 1
        else:
            a[i], a[i - 1] = a[i - 1], a[i]
            i -= 1
    return a
>>> [34, 2, 10, -9]
>>> ['z', 'y', 'x']
>>> [1.5, -0.0, 2]
====
def flip(a, k):
    return a[:k][::-1] + a[k:]

def f(a):
    flips = []
    for n in range(len(a), 1, -1):
        k = a.index(max(a[:n])) + 1
        if k != n:
            a = flip(flip(a, k), n)
            flips += [k, n]
    return a, flips
>>> [3, 6, 2, 7, 4]
>>> [1, 2]
====
def f(a):
    writes = 0
    for start in range(len(a) - 1):
        item = a[start]
        place = start + sum(x < item for x in a[start + 1:])
        if place == start:
            continue
        while place != start:
            while item == a[place]:
                place += 1
            a[place], item = item, a[place]
            writes += 1
            place = start + sum(x < item for x in a[start + 1:])
        a[start] = item
        writes += 1
    return a, writes
>>> [1, 8, 3, 9, 10, 2, 4]
>>> [2, 1, 4, 3]
====
def f(xs, count):
    if not xs:
        return []
    low, width = min(xs), (max(xs) - min(xs)) / count or 1
    buckets = [[] for _ in range(count)]
    for x in xs:
        buckets[min(count - 1, int((x - low) / width))].append(x)
    return [sorted(bucket) for bucket in buckets]
>>> [0.42, 0.32, 0.23, 0.52, 0.25, 0.47, 0.51], 4
>>> [3, 3, 3], 2
>>> [], 5
====
def f(xs):
    low, middle, high = 0, 0, len(xs) - 1
    while middle <= high:
        if xs[middle] == 0:
            xs[low], xs[middle] = xs[middle], xs[low]
            low, middle = low + 1, middle + 1
        elif xs[middle] == 1:
            middle += 1
        else:
            xs[middle], xs[high] = xs[high], xs[middle]
            high -= 1
    return xs
>>> [2, 0, 2, 1, 1, 0]
>>> [1, 0]
====
class Node:
    def __init__(self, value):
        self.value, self.left, self.right = value, None, None

    def insert(self, value):
        side = 'left' if value < self.value else 'right'
        child = getattr(self, side)
        if child:
            child.insert(value)
        else:
            setattr(self, side, Node(value))

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right

def f(xs):
    root = Node(xs[0])
    for x in xs[1:]:
        root.insert(x)
    return list(root)
>>> [8, 3, 10, 1, 6, 14, 4]
>>> ['m', 'c', 'x']
====
def f(piles_of):
    import bisect
    tops, piles = [], []
    for card in piles_of:
        i = bisect.bisect_left(tops, card)
        if i == len(tops):
            tops.append(card)
            piles.append([card])
        else:
            tops[i] = card
            piles[i].append(card)
    return piles, len(piles)
>>> [4, 3, 5, 1, 2]
>>> []
====
def f(xs, x):
    low, high = 0, len(xs)
    while low < high:
        middle = (low + high) // 2
        if xs[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low if low < len(xs) and xs[low] == x else -1
>>> [1, 3, 5, 7, 9], 7
>>> [1, 3, 5], 4
>>> [], 1
====
def f(xs, x):
    low, high = 0, len(xs) - 1
    while low <= high and xs[low] <= x <= xs[high]:
        if xs[low] == xs[high]:
            return low
        place = low + (x - xs[low]) * (high - low) // (xs[high] - xs[low])
        if xs[place] == x:
            return place
        if xs[place] < x:
            low = place + 1
        else:
            high = place - 1
    return None
>>> [10, 12, 13, 16, 18, 19, 20, 21, 47], 18
>>> [1, 2, 4], 3
====
def f(a, x):
    low, high = 0, len(a) - 1
    while low <= high:
        m = (low + high) // 2
        if a[m] == x:
            return m
        if a[low] <= a[m]:
            if a[low] <= x < a[m]:
                high = m - 1
            else:
                low = m + 1
        elif a[m] < x <= a[high]:
            low = m + 1
        else:
            high = m - 1
    return -1
>>> [4, 5, 6, 7, 0, 1, 2], 0
>>> [4, 5, 6, 7, 0, 1, 2], 3
====
def f(function_of, low, high):
    table = {'bowl': lambda x: (x - 2) ** 2 + 1, 'tilt': lambda x: abs(x + 1) + x / 2}
    g = table[function_of]
    for _ in range(100):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        if g(a) < g(b):
            high = b
        else:
            low = a
    return round(low, 6), round(g(low), 6)
>>> 'bowl', -10, 10
>>> 'tilt', -5, 5
====
def f(matrix, x):
    row, column = 0, len(matrix[0]) - 1
    while row < len(matrix) and column >= 0:
        if matrix[row][column] == x:
            return [row, column]
        if matrix[row][column] > x:
            column -= 1
        else:
            row += 1
>>> [[1, 4, 7], [2, 5, 8], [3, 6, 9]], 6
>>> [[1, 2], [3, 4]], 9
====
def f(xs, k):
    pivot = xs[len(xs) // 2]
    less = [x for x in xs if x < pivot]
    same = [x for x in xs if x == pivot]
    if k < len(less):
        return f(less, k)
    if k < len(less) + len(same):
        return pivot
    return f([x for x in xs if x > pivot], k - len(less) - len(same))
>>> [7, 10, 4, 3, 20, 15], 2
>>> [1, 1, 1], 1
====
def f(a):
    best = i = 0
    seen = {}
    for j, x in enumerate(a):
        i = max(i, seen.get(x, -1) + 1)
        seen[x] = j
        best = max(best, j - i + 1)
    return best
>>> 'abcabcbb'
>>> [1, 2, 1, 3, 4]
>>> ''
====
def f(xs, total):
    seen = {}
    for i, x in enumerate(xs):
        if total - x in seen:
            return (seen[total - x], i)
        seen[x] = i
    return None
>>> [2, 7, 11, 15], 9
>>> [3, 3], 6
>>> [1], 2
====
def f(xs):
    xs = sorted(xs)
    found = []
    for i, x in enumerate(xs):
        if i and x == xs[i - 1]:
            continue
        low, high = i + 1, len(xs) - 1
        while low < high:
            total = x + xs[low] + xs[high]
            if total == 0:
                found.append([x, xs[low], xs[high]])
                while low < high and xs[low] == found[-1][1]:
                    low += 1
            elif total < 0:
                low += 1
            else:
                high -= 1
    return found
>>> [-1, 0, 1, 2, -1, -4]
>>> [0, 0, 0, 0]
====
def f(graph, start):
    order, seen, queue = [], {start}, [start]
    while queue:
        node = queue.pop(0)
        order.append(node)
        for other in graph.get(node, []):
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return order
>>> {'a': ['b', 'c'], 'b': ['d'], 'c': ['d'], 'd': []}, 'a'
>>> {1: [2], 2: [1]}, 2
====
from collections import deque

def f(edges, source, target):
    near = {}
    for a, b in edges:
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    queue, before = deque([source]), {source: None}
    while queue:
        node = queue.popleft()
        if node == target:
            path = []
            while node is not None:
                path.append(node)
                node = before[node]
            return path[::-1]
        for other in near.get(node, ()):
            if other not in before:
                before[other] = node
                queue.append(other)
    return []
>>> [(1, 2), (2, 3), (1, 4), (4, 5), (5, 3)], 1, 3
>>> [('x', 'y')], 'x', 'z'
====
def f(graph):
    state, order = {}, []

    def visit(node):
        if state.get(node) == 1:
            raise ValueError(f'cycle at {node}')
        if node in state:
            return
        state[node] = 1
        for other in graph.get(node, ()):
            visit(other)
        state[node] = 2
        order.append(node)

    try:
        for node in graph:
            visit(node)
    except ValueError as error:
        return str(error)
    return order[::-1]
>>> {'shirt': ['tie'], 'tie': ['jacket'], 'trousers': ['shoes', 'jacket'], 'shoes': []}
>>> {1: [2], 2: [3], 3: [1]}
====
from collections import deque

def f(count, edges):
    degree = [0] * count
    out = [[] for _ in range(count)]
    for a, b in edges:
        degree[b] += 1
        out[a].append(b)
    ready = deque(i for i, d in enumerate(degree) if not d)
    order = []
    while ready:
        a = ready.popleft()
        order.append(a)
        for b in out[a]:
            degree[b] -= 1
            if not degree[b]:
                ready.append(b)
    return order if len(order) == count else None
>>> 6, [(5, 2), (5, 0), (4, 0), (4, 1), (2, 3), (3, 1)]
>>> 2, [(0, 1), (1, 0)]
====
import heapq

def f(graph, start):
    best, heap = {}, [(0, start)]
    while heap:
        cost, node = heapq.heappop(heap)
        if node in best:
            continue
        best[node] = cost
        for other, weight in graph.get(node, {}).items():
            heapq.heappush(heap, (cost + weight, other))
    return best
>>> {'a': {'b': 7, 'c': 3}, 'c': {'b': 1, 'd': 2}, 'b': {'d': 6}}, 'a'
>>> {}, 'q'
====
def f(count, edges, source):
    far = [float('inf')] * count
    far[source] = 0
    for _ in range(count - 1):
        for a, b, w in edges:
            if far[a] + w < far[b]:
                far[b] = far[a] + w
    for a, b, w in edges:
        if far[a] + w < far[b]:
            return 'negative cycle'
    return far
>>> 5, [(0, 1, -1), (0, 2, 4), (1, 2, 3), (1, 3, 2), (1, 4, 2), (3, 2, 5), (3, 1, 1), (4, 3, -3)], 0
>>> 2, [(0, 1, -1), (1, 0, -1)], 0
>>> 3, [(0, 1, 2)], 0
====
def f(matrix):
    n, far = len(matrix), [[float('inf') if x is None else x for x in row] for row in matrix]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                far[i][j] = min(far[i][j], far[i][k] + far[k][j])
    return far
>>> [[0, 3, None, 7], [8, 0, 2, None], [5, None, 0, 1], [2, None, None, 0]]
>>> [[0, None], [None, 0]]
====
class Sets:
    def __init__(self, items):
        self.parent = {i: i for i in items}
        self.size = {i: 1 for i in items}

    def find(self, x):
        while self.parent[x] != x:
            self.parent[x] = self.parent[self.parent[x]]
            x = self.parent[x]
        return x

    def union(self, a, b):
        a, b = self.find(a), self.find(b)
        if a == b:
            return False
        if self.size[a] < self.size[b]:
            a, b = b, a
        self.parent[b] = a
        self.size[a] += self.size[b]
        return True

def f(nodes, edges):
    sets = Sets(nodes)
    tree = [(w, a, b) for w, a, b in sorted(edges) if sets.union(a, b)]
    return tree, sum(w for w, _, _ in tree)
>>> ['a', 'b', 'c', 'd'], [(1, 'a', 'b'), (4, 'b', 'c'), (3, 'a', 'c'), (2, 'c', 'd'), (5, 'b', 'd')]
>>> [1, 2], []
====
import heapq

def f(graph, start):
    heap = [(w, start, b) for b, w in graph[start].items()]
    heapq.heapify(heap)
    inside, tree = {start}, []
    while heap:
        w, a, b = heapq.heappop(heap)
        if b not in inside:
            inside.add(b)
            tree.append((a, b, w))
            for c, v in graph[b].items():
                if c not in inside:
                    heapq.heappush(heap, (v, b, c))
    return tree
>>> {0: {1: 2, 3: 6}, 1: {0: 2, 2: 3, 3: 8}, 2: {1: 3}, 3: {0: 6, 1: 8}}, 0
>>> {0: {}}, 0
====
def f(graph):
    index, low, stack, on, parts = {}, {}, [], set(), []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        on.add(v)
        for w in graph.get(v, []):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in on:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            part = []
            while True:
                w = stack.pop()
                on.discard(w)
                part.append(w)
                if w == v:
                    break
            parts.append(sorted(part))

    for v in graph:
        if v not in index:
            visit(v)
    return sorted(parts)
>>> {1: [2], 2: [3], 3: [1], 4: [3, 5], 5: [6], 6: [5], 7: [6, 7]}
>>> {}
====
def f(graph):
    seen, order = set(), []

    def out(v):
        seen.add(v)
        for w in graph[v]:
            if w not in seen:
                out(w)
        order.append(v)

    for v in graph:
        if v not in seen:
            out(v)
    back = {v: [] for v in graph}
    for v, ws in graph.items():
        for w in ws:
            back[w].append(v)
    label = {}

    def mark(v, root):
        if v not in label:
            label[v] = root
            for w in back[v]:
                mark(w, root)

    for v in reversed(order):
        mark(v, v)
    return dict(sorted(label.items()))
>>> {0: [1], 1: [2], 2: [0, 3], 3: [4], 4: [5], 5: [3]}
>>> {0: [], 1: [0]}
====
def f(count, edges):
    near = [[] for _ in range(count)]
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    seen, low, bridges, cuts = {}, {}, [], set()

    def visit(v, parent):
        seen[v] = low[v] = len(seen)
        children = 0
        for w in near[v]:
            if w == parent:
                continue
            if w in seen:
                low[v] = min(low[v], seen[w])
            else:
                children += 1
                visit(w, v)
                low[v] = min(low[v], low[w])
                if low[w] > seen[v]:
                    bridges.append((min(v, w), max(v, w)))
                if parent is not None and low[w] >= seen[v]:
                    cuts.add(v)
        if parent is None and children > 1:
            cuts.add(v)

    for v in range(count):
        if v not in seen:
            visit(v, None)
    return sorted(bridges), sorted(cuts)
>>> 5, [(0, 1), (1, 2), (2, 0), (1, 3), (3, 4)]
>>> 3, [(0, 1), (1, 2), (2, 0)]
====
def f(edges, count):
    color = {}
    near = {i: [] for i in range(count)}
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    for start in range(count):
        if start in color:
            continue
        color[start], stack = 0, [start]
        while stack:
            a = stack.pop()
            for b in near[a]:
                if b not in color:
                    color[b] = 1 - color[a]
                    stack.append(b)
                elif color[b] == color[a]:
                    return False
    return [color[i] for i in range(count)]
>>> [(0, 1), (1, 2), (2, 3), (3, 0)], 4
>>> [(0, 1), (1, 2), (2, 0)], 3
====
from collections import deque

def f(capacity, s, t):
    n, flow = len(capacity), 0
    left = [row[:] for row in capacity]
    while True:
        parent, queue = [-1] * n, deque([s])
        parent[s] = s
        while queue and parent[t] < 0:
            a = queue.popleft()
            for b in range(n):
                if parent[b] < 0 and left[a][b] > 0:
                    parent[b] = a
                    queue.append(b)
        if parent[t] < 0:
            return flow
        push, b = float('inf'), t
        while b != s:
            push, b = min(push, left[parent[b]][b]), parent[b]
        b = t
        while b != s:
            left[parent[b]][b] -= push
            left[b][parent[b]] += push
            b = parent[b]
        flow += push
>>> [[0, 16, 13, 0, 0], [0, 0, 10, 12, 0], [0, 4, 0, 0, 14], [0, 0, 9, 0, 20], [0, 0, 0, 7, 0]], 0, 4
>>> [[0, 3], [0, 0]], 0, 1
====
def f(graph, people):
    match = {}

    def augment(a, seen):
        for b in graph[a]:
            if b not in seen:
                seen.add(b)
                if b not in match or augment(match[b], seen):
                    match[b] = a
                    return True
        return False

    count = sum(augment(a, set()) for a in people)
    return count, sorted(match.items())
>>> {'ann': [1, 2], 'bob': [1], 'cyd': [2, 3]}, ['ann', 'bob', 'cyd']
>>> {'x': [], 'y': [1]}, ['x', 'y']
====
def f(edges):
    near = {}
    for a, b in edges:
        near.setdefault(a, []).append(b)
    for targets in near.values():
        targets.sort(reverse=True)
    path, stack = [], [edges[0][0]]
    while stack:
        while near.get(stack[-1]):
            stack.append(near[stack[-1]].pop())
        path.append(stack.pop())
    return path[::-1]
>>> [('A', 'B'), ('B', 'C'), ('C', 'A'), ('A', 'D')]
>>> [(1, 2)]
====
def f(grid):
    rows, columns = len(grid), len(grid[0])
    sizes = []
    grid = [list(row) for row in grid]

    def sink(r, c):
        if 0 <= r < rows and 0 <= c < columns and grid[r][c] == '#':
            grid[r][c] = '.'
            return 1 + sum(sink(r + a, c + b) for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0)))
        return 0

    for r in range(rows):
        for c in range(columns):
            size = sink(r, c)
            if size:
                sizes.append(size)
    return sizes
>>> ['##..#', '#...#', '..#..']
>>> ['.']
====
import heapq

def f(grid):
    goal = (len(grid) - 1, len(grid[0]) - 1)
    guess = lambda p: goal[0] - p[0] + goal[1] - p[1]
    heap, cost = [(guess((0, 0)), 0, (0, 0))], {(0, 0): 0}
    while heap:
        _, so_far, (r, c) = heapq.heappop(heap)
        if (r, c) == goal:
            return so_far
        for a, b in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
            if 0 <= a <= goal[0] and 0 <= b <= goal[1] and grid[a][b] != 'x':
                if so_far + 1 < cost.get((a, b), 10**9):
                    cost[a, b] = so_far + 1
                    heapq.heappush(heap, (so_far + 1 + guess((a, b)), so_far + 1, (a, b)))
    return None
>>> ['..x.', 'x...', '..x.']
>>> ['.x', 'x.']
====
def f(matrix):
    n = len(matrix)
    reach = [[bool(x) or i == j for j, x in enumerate(row)] for i, row in enumerate(matrix)]
    for k in range(n):
        for i in range(n):
            if reach[i][k]:
                reach[i] = [a or b for a, b in zip(reach[i], reach[k])]
    return [''.join('01'[x] for x in row) for row in reach]
>>> [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
>>> [[0]]
====
def f(near):
    colors = {}
    for node in sorted(near, key=lambda a: (-len(near[a]), a)):
        used = {colors[b] for b in near[node] if b in colors}
        colors[node] = next(c for c in range(len(near)) if c not in used)
    return dict(sorted(colors.items()))
>>> {'a': 'bc', 'b': 'acd', 'c': 'abd', 'd': 'bc'}
>>> {1: []}
====
def f(near):
    found = []

    def grow(clique, maybe, out):
        if not maybe and not out:
            found.append(sorted(clique))
            return
        for v in sorted(maybe):
            grow(clique | {v}, maybe & near[v], out & near[v])
            maybe = maybe - {v}
            out = out | {v}

    near = {k: set(v) for k, v in near.items()}
    grow(set(), set(near), set())
    return sorted(found)
>>> {1: [2, 3], 2: [1, 3, 4], 3: [1, 2], 4: [2]}
>>> {1: [], 2: []}
====
def f(links, rounds):
    rank = {p: 1 / len(links) for p in links}
    for _ in range(rounds):
        new = {p: 0.15 / len(links) for p in links}
        for p, targets in links.items():
            for q in targets or links:
                new[q] += 0.85 * rank[p] / len(targets or links)
        rank = new
    return {p: round(v, 5) for p, v in rank.items()}
>>> {'a': ['b', 'c'], 'b': ['c'], 'c': ['a'], 'd': ['c']}, 30
>>> {'x': []}, 3
====
def f(parent, a, b):
    def up(v):
        chain = [v]
        while v in parent:
            v = parent[v]
            chain.append(v)
        return chain
    above = set(up(a))
    return next((v for v in up(b) if v in above), None)
>>> {2: 1, 3: 1, 4: 2, 5: 2, 6: 3}, 4, 5
>>> {2: 1, 9: 8}, 2, 9
====
from collections import defaultdict

def f(edges):
    near = defaultdict(list)
    for a, b, w in edges:
        near[a].append((b, w))
        near[b].append((a, w))

    def farthest(start):
        best, stack = (0, start), [(start, None, 0)]
        while stack:
            node, parent, far = stack.pop()
            best = max(best, (far, node))
            stack += [(b, node, far + w) for b, w in near[node] if b != parent]
        return best

    _, one = farthest(edges[0][0])
    return farthest(one)[0]
>>> [(1, 2, 3), (2, 3, 4), (2, 4, 5), (4, 5, 1)]
>>> [(0, 1, 7)]
====
def f(costs):
    from functools import lru_cache
    n = len(costs)

    @lru_cache(None)
    def best(at, seen):
        if seen == (1 << n) - 1:
            return costs[at][0], (at, 0)
        options = []
        for to in range(n):
            if not seen >> to & 1:
                cost, path = best(to, seen | 1 << to)
                options.append((costs[at][to] + cost, (at, *path)))
        return min(options)

    return best(0, 1)
>>> [[0, 10, 15, 20], [10, 0, 35, 25], [15, 35, 0, 30], [20, 25, 30, 0]]
>>> [[0, 1], [2, 0]]
====
def f(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a
>>> 10
>>> 300
>>> 0
====
from functools import cache

@cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def f(n):
    return fib(n), fib.cache_info().misses
>>> 80
>>> 1
====
def f(n):
    def double(k):
        if k == 0:
            return 0, 1
        a, b = double(k // 2)
        c, d = a * (2 * b - a), a * a + b * b
        return (d, c + d) if k % 2 else (c, d)
    return double(n)[0] % 10**9
>>> 1000
>>> 7
====
def f(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    out, i, j = [], len(a), len(b)
    while i and j:
        if a[i - 1] == b[j - 1]:
            out.append(a[i - 1])
            i, j = i - 1, j - 1
        elif table[i - 1][j] >= table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return ''.join(out[::-1])
>>> 'AGGTAB', 'GXTXAYB'
>>> 'abc', ''
====
def f(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]
>>> 'kitten', 'sitting'
>>> '', 'abc'
>>> 'flaw', 'lawn'
====
def f(a, b):
    m, n = len(a), len(b)
    d = [[i + j if not i * j else 0 for j in range(n + 1)] for i in range(m + 1)]
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            d[i][j] = min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1)
    return d[m][n]
>>> 'ca', 'abc'
>>> 'teh', 'the'
====
def f(items, room):
    best = [0] * (room + 1)
    for weight, value in items:
        for left in range(room, weight - 1, -1):
            best[left] = max(best[left], best[left - weight] + value)
    return best[room]
>>> [(1, 1), (3, 4), (4, 5), (5, 7)], 7
>>> [(10, 5)], 3
====
def f(items, room):
    best = [0] * (room + 1)
    for left in range(room + 1):
        for weight, value in items:
            if weight <= left:
                best[left] = max(best[left], best[left - weight] + value)
    return best
>>> [(1, 10), (3, 40), (4, 50)], 8
>>> [], 2
====
def f(items, room):
    total = 0.0
    for weight, value in sorted(items, key=lambda c: c[1] / c[0], reverse=True):
        take = min(weight, room)
        total += take * value / weight
        room -= take
    return round(total, 4)
>>> [(10, 60), (20, 100), (30, 120)], 50
>>> [(3, 1)], 0
====
def f(coins, total):
    ways = [1] + [0] * total
    for coin in coins:
        for t in range(coin, total + 1):
            ways[t] += ways[t - coin]
    return ways[total]
>>> [1, 2, 5], 11
>>> [3], 2
====
def f(coins, total):
    least = [0] + [None] * total
    for t in range(1, total + 1):
        options = [least[t - c] for c in coins if c <= t and least[t - c] is not None]
        least[t] = 1 + min(options) if options else None
    return least[total]
>>> [1, 3, 4], 6
>>> [5, 7], 3
====
import bisect

def f(xs):
    tails = []
    for x in xs:
        i = bisect.bisect_left(tails, x)
        tails[i:i + 1] = [x]
    return len(tails)
>>> [10, 9, 2, 5, 3, 7, 101, 18]
>>> []
====
def f(xs):
    best = [1] * len(xs)
    before = [None] * len(xs)
    for i in range(len(xs)):
        for j in range(i):
            if xs[j] < xs[i] and best[j] + 1 > best[i]:
                best[i], before[i] = best[j] + 1, j
    at = max(range(len(xs)), key=best.__getitem__, default=None)
    out = []
    while at is not None:
        out.append(xs[at])
        at = before[at]
    return out[::-1]
>>> [3, 1, 4, 1, 5, 9, 2, 6]
>>> []
====
def f(xs):
    best = now = xs[0]
    start = begin = end = 0
    for i, x in enumerate(xs[1:], 1):
        if now < 0:
            now, start = x, i
        else:
            now += x
        if now > best:
            best, begin, end = now, start, i
    return best, xs[begin:end + 1]
>>> [-2, 1, -3, 4, -1, 2, 1, -5, 4]
>>> [-3, -1, -2]
====
def f(sizes):
    n = len(sizes) - 1
    cost = [[0] * n for _ in range(n)]
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            cost[i][j] = min(cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j))
    return cost[0][n - 1]
>>> [40, 20, 30, 10, 30]
>>> [10, 20]
====
def f(text, words):
    from functools import lru_cache

    @lru_cache(None)
    def ways(i):
        if i == len(text):
            return ['']
        return [f'{w} {rest}'.strip() for w in words if text.startswith(w, i) for rest in ways(i + len(w))]

    return ways(0)
>>> 'catsanddog', ['cat', 'cats', 'and', 'sand', 'dog']
>>> 'xyz', ['x', 'y']
====
def f(s):
    n = len(s)
    best = [[0] * n for _ in range(n)]
    for i in reversed(range(n)):
        best[i][i] = 1
        for j in range(i + 1, n):
            best[i][j] = best[i + 1][j - 1] + 2 if s[i] == s[j] else max(best[i + 1][j], best[i][j - 1])
    return best[0][-1] if s else 0
>>> 'bbbab'
>>> 'cbbd'
>>> ''
====
def f(s):
    n = len(s)
    cuts = list(range(-1, n))
    for middle in range(n):
        for odd in (0, 1):
            i, j = middle, middle + odd
            while i >= 0 and j < n and s[i] == s[j]:
                cuts[j + 1] = min(cuts[j + 1], cuts[i] + 1)
                i, j = i - 1, j + 1
    return cuts[n]
>>> 'aab'
>>> 'abcde'
====
def f(floors, eggs):
    reach, tries = [0] * (eggs + 1), 0
    while reach[eggs] < floors:
        tries += 1
        for e in range(eggs, 0, -1):
            reach[e] += reach[e - 1] + 1
    return tries
>>> 100, 2
>>> 36, 2
>>> 0, 1
====
def f(prices):
    best = [0] * (len(prices) + 1)
    cut = best[:]
    for n in range(1, len(prices) + 1):
        best[n], cut[n] = max((prices[i - 1] + best[n - i], i) for i in range(1, n + 1))
    pieces, n = [], len(prices)
    while n:
        pieces.append(cut[n])
        n -= cut[n]
    return best[-1], pieces
>>> [1, 5, 8, 9, 10, 17, 17, 20]
>>> [2]
====
def f(houses):
    take = skip = 0
    for value in houses:
        take, skip = skip + value, max(take, skip)
    return max(take, skip)
>>> [2, 7, 9, 3, 1]
>>> []
====
def f(grid):
    row = [float('inf')] * (len(grid[0]) + 1)
    row[1] = 0
    for line in grid:
        for j, x in enumerate(line, 1):
            row[j] = x + min(row[j], row[j - 1])
        row[0] = float('inf')
    return row[-1]
>>> [[1, 3, 1], [1, 5, 1], [4, 2, 1]]
>>> [[7]]
====
def f(rows):
    best = rows[-1][:]
    for row in rows[-2::-1]:
        best = [x + min(a, b) for x, a, b in zip(row, best, best[1:])]
    return best[0]
>>> [[2], [3, 4], [6, 5, 7], [4, 1, 8, 3]]
>>> [[-10]]
====
def f(xs):
    total = sum(xs)
    if total % 2:
        return False
    reachable = 1
    for x in xs:
        reachable |= reachable << x
    return bool(reachable >> total // 2 & 1)
>>> [1, 5, 11, 5]
>>> [1, 2, 5]
====
def f(xs, target):
    counts = {0: 1}
    for x in xs:
        new = {}
        for total, ways in counts.items():
            for t in (total + x, total - x):
                new[t] = new.get(t, 0) + ways
        counts = new
    return counts.get(target, 0)
>>> [1, 1, 1, 1, 1], 3
>>> [2], 1
====
def f(s, p):
    if not p:
        return not s
    first = bool(s) and p[0] in (s[0], '.')
    if len(p) > 1 and p[1] == '*':
        return f(s, p[2:]) or (first and f(s[1:], p))
    return first and f(s[1:], p[1:])
>>> 'aab', 'c*a*b'
>>> 'mississippi', 'mis*is*p*.'
>>> '', 'a*'
====
def f(text, pattern):
    row = [True] + [False] * len(pattern)
    for j, c in enumerate(pattern):
        row[j + 1] = row[j] and c == '*'
    for x in text:
        new = [False]
        for j, c in enumerate(pattern):
            new.append(new[j] or row[j + 1] if c == '*' else row[j] and c in (x, '?'))
        row = new
    return row[-1]
>>> 'adceb', '*a*b'
>>> 'acdcb', 'a*c?b'
====
def f(n):
    counts = [1]
    for k in range(n):
        counts.append(counts[-1] * 2 * (2 * k + 1) // (k + 2))
    return counts
>>> 12
>>> 0
====
def f(values, frequencies):
    n = len(values)
    total = [0]
    for x in frequencies:
        total.append(total[-1] + x)
    cost = [[0] * (n + 1) for _ in range(n + 2)]
    for size in range(1, n + 1):
        for i in range(1, n - size + 2):
            j = i + size - 1
            cost[i][j] = total[j] - total[i - 1] + min(cost[i][k - 1] + cost[k + 1][j] for k in range(i, j + 1))
    return cost[1][n]
>>> [10, 12, 20], [34, 8, 50]
>>> [1], [5]
====
def f(a, b, match=2, miss=-1, gap=-2):
    m, n = len(a), len(b)
    score = [[i * gap if not j else j * gap if not i else 0 for j in range(n + 1)] for i in range(m + 1)]
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            score[i][j] = max(score[i - 1][j - 1] + (match if a[i - 1] == b[j - 1] else miss),
                              score[i - 1][j] + gap, score[i][j - 1] + gap)
    top, bottom, i, j = '', '', m, n
    while i or j:
        if i and j and score[i][j] == score[i - 1][j - 1] + (match if a[i - 1] == b[j - 1] else miss):
            i, j = i - 1, j - 1
            top, bottom = a[i] + top, b[j] + bottom
        elif i and score[i][j] == score[i - 1][j] + gap:
            i -= 1
            top, bottom = a[i] + top, '-' + bottom
        else:
            j -= 1
            top, bottom = '-' + top, b[j] + bottom
    return score[m][n], top, bottom
>>> 'GATTACA', 'GCATGCU'
>>> 'A', ''
>>> 'AC', 'CA', gap=-1
====
def f(jobs):
    import bisect
    jobs = sorted(jobs, key=lambda c: c[1])
    ends, best = [0], [0]
    for start, end, gain in jobs:
        i = bisect.bisect_right(ends, start) - 1
        if best[i] + gain > best[-1]:
            ends.append(end)
            best.append(best[i] + gain)
    return best[-1]
>>> [(1, 3, 50), (2, 4, 10), (3, 5, 40), (3, 6, 70)]
>>> []
====
def f(n):
    prime = [True] * (n + 1)
    for i in range(2, int(n ** 0.5) + 1):
        if prime[i]:
            for j in range(i * i, n + 1, i):
                prime[j] = False
    return [i for i in range(2, n + 1) if prime[i]]
>>> 30
>>> 1
====
def f(limit):
    least, primes = list(range(limit + 1)), []
    for i in range(2, limit + 1):
        if least[i] == i:
            primes.append(i)
        for p in primes:
            if p > least[i] or i * p > limit:
                break
            least[i * p] = p
    return primes, least
>>> 25
>>> 2
====
def f(n):
    factors, p = {}, 2
    while p * p <= n:
        while n % p == 0:
            factors[p] = factors.get(p, 0) + 1
            n //= p
        p += 1 + (p > 2)
    if n > 1:
        factors[n] = 1
    return factors
>>> 360
>>> 600851475143
>>> 1
====
def f(a, b):
    steps = []
    while b:
        steps.append(divmod(a, b))
        a, b = b, a % b
    return a, steps
>>> 1071, 462
>>> 7, 0
>>> -12, 18
====
def f(a, b):
    x, y, u, v = 0, 1, 1, 0
    while a:
        q, r = divmod(b, a)
        x, y, u, v = u, v, x - u * q, y - v * q
        b, a = a, r
    return b, x, y
>>> 240, 46
>>> 17, 3120
====
def f(base, exponent, modulus):
    result = 1
    base %= modulus
    while exponent:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result
>>> 3, 200, 1000007
>>> 0, 0, 5
====
def f(n):
    if n < 2 or n % 2 == 0:
        return n == 2
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if a % n == 0:
            continue
        x = pow(a, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True
>>> 2305843009213693951
>>> 561
>>> 3215031751
====
from math import gcd

def f(n):
    if n % 2 == 0:
        return 2
    for c in range(1, 20):
        slow = fast = 2
        d = 1
        while d == 1:
            slow = (slow * slow + c) % n
            fast = (fast * fast + c) % n
            fast = (fast * fast + c) % n
            d = gcd(abs(slow - fast), n)
        if d != n:
            return d
    return n
>>> 8051
>>> 10403
>>> 13
====
def f(remainders, moduli):
    from math import prod
    whole = prod(moduli)
    return sum(r * (whole // m) * pow(whole // m, -1, m) for r, m in zip(remainders, moduli)) % whole
>>> [2, 3, 2], [3, 5, 7]
>>> [0, 3, 4], [3, 4, 5]
====
def f(n):
    result, p, m = n, 2, n
    while p * p <= m:
        if m % p == 0:
            while m % p == 0:
                m //= p
            result -= result // p
        p += 1
    return result - result // m if m > 1 else result
>>> 36
>>> 97
>>> 1
====
def f(g, h, p):
    from math import isqrt
    m = isqrt(p) + 1
    table = {pow(g, j, p): j for j in range(m)}
    step, value = pow(g, -m, p), h
    for i in range(m):
        if value in table:
            return i * m + table[value]
        value = value * step % p
    return None
>>> 5, 33, 59
>>> 2, 3, 1019
====
def f(n):
    steps = [n]
    while n != 1:
        n = 3 * n + 1 if n % 2 else n // 2
        steps.append(n)
    return len(steps), max(steps), steps[:5]
>>> 27
>>> 1
====
def f(limit):
    def divisors(n):
        return sum(d for d in range(1, n // 2 + 1) if n % d == 0)
    perfect = [n for n in range(2, limit) if divisors(n) == n]
    friends = [(n, divisors(n)) for n in range(2, limit) if n < divisors(n) and divisors(divisors(n)) == n]
    return perfect, friends
>>> 300
>>> 7
====
def f(n):
    numerals = [(1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'), (50, 'L'), (40, 'XL'),
                (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')]
    out = ''
    for value, letters in numerals:
        count, n = divmod(n, value)
        out += letters * count
    return out
>>> 1994
>>> 3999
====
def f(text):
    values = dict(zip('IVXLCDM', (1, 5, 10, 50, 100, 500, 1000)))
    total = 0
    for a, b in zip(text, text[1:] + ' '):
        total += -values[a] if values[a] < values.get(b, 0) else values[a]
    return total
>>> 'MCMXCIV'
>>> 'IV'
====
def f(n, base):
    digits = '0123456789abcdefghijklmnopqrstuvwxyz'
    if n < 0:
        return '-' + f(-n, base)
    return digits[n] if n < base else f(n // base, base) + digits[n % base]
>>> 255, 16
>>> -10, 2
>>> 123456789, 36
====
from fractions import Fraction

def f(x, terms):
    x, out = Fraction(x), []
    for _ in range(terms):
        whole = x.numerator // x.denominator
        out.append(whole)
        if x == whole:
            break
        x = 1 / (x - whole)
    back = Fraction(out[-1])
    for a in out[-2::-1]:
        back = a + 1 / back
    return out, str(back)
>>> '415/93', 10
>>> '3.245', 3
====
def f(a, b):
    out, rest, seen = str(a // b) + '.', a % b, {}
    digits = ''
    while rest and rest not in seen:
        seen[rest] = len(digits)
        digits += str(rest * 10 // b)
        rest = rest * 10 % b
    if rest:
        digits = f'{digits[:seen[rest]]}({digits[seen[rest]:]})'
    return out + digits
>>> 1, 7
>>> 1, 6
>>> 3, 4
====
def f(n):
    x = n
    while x * x > n:
        x = (x + n // x) // 2
    return x, n - x * x
>>> 99
>>> 1000000000000000000000000000000
>>> 1
====
def f(rows):
    triangle = [[1]]
    while len(triangle) < rows:
        last = triangle[-1]
        triangle.append([a + b for a, b in zip([0] + last, last + [0])])
    return triangle
>>> 6
>>> 1
====
def f(n, k):
    if k in (0, n):
        return int(n >= k)
    if k > n:
        return 0
    return f(n - 1, k - 1) + k * f(n - 1, k)
>>> 7, 3
>>> 4, 5
====
def f(n):
    counts = [1] + [0] * n
    for part in range(1, n + 1):
        for total in range(part, n + 1):
            counts[total] += counts[total - part]
    return counts[n]
>>> 50
>>> 0
====
def f(limit):
    found = []
    for m in range(2, int(limit ** 0.5) + 1):
        for n in range(1 + m % 2, m, 2):
            import math
            if math.gcd(m, n) == 1 and m * m + n * n <= limit:
                found.append(tuple(sorted((m * m - n * n, 2 * m * n, m * m + n * n))))
    return sorted(found)
>>> 60
>>> 4
====
def f(n):
    out = []
    while n:
        k = 1
        while (k + 1) * (k + 2) // 2 <= n:
            k += 1
        out.append(k * (k + 1) // 2)
        n -= out[-1]
    return out
>>> 100
>>> 0
====
def f(number):
    digits = [int(c) for c in str(number)]
    total = 0
    for i, d in enumerate(reversed(digits)):
        if i % 2:
            d = d * 2 - 9 * (d > 4)
        total += d
    return total % 10 == 0
>>> 4539578763621486
>>> 79927398714
====
def f(isbn):
    digits = [10 if c == 'X' else int(c) for c in isbn if c not in '- ']
    if len(digits) == 10:
        return sum(i * d for i, d in zip(range(10, 0, -1), digits)) % 11 == 0
    return sum(d * (1, 3)[i % 2] for i, d in enumerate(digits)) % 10 == 0
>>> '0-306-40615-2'
>>> '978-0-306-40615-7'
>>> '080442957X'
====
def f(n):
    def happy(x):
        seen = set()
        while x != 1 and x not in seen:
            seen.add(x)
            x = sum(int(c) ** 2 for c in str(x))
        return x == 1
    return [x for x in range(1, n) if happy(x)]
>>> 50
>>> 2
====
def f(low, high):
    return [n for n in range(low, high) if n == sum(int(d) ** len(str(n)) for d in str(n))]
>>> 100, 1000
>>> 0, 10
====
def f(a, p):
    if pow(a, (p - 1) // 2, p) != 1:
        return None
    q, s = p - 1, 0
    while q % 2 == 0:
        q, s = q // 2, s + 1
    z = next(z for z in range(2, p) if pow(z, (p - 1) // 2, p) == p - 1)
    m, c, t, r = s, pow(z, q, p), pow(a, q, p), pow(a, (q + 1) // 2, p)
    while t != 1:
        i, u = 0, t
        while u != 1:
            u, i = u * u % p, i + 1
        b = pow(c, 1 << m - i - 1, p)
        m, c, t, r = i, b * b % p, t * b * b % p, r * b % p
    return min(r, p - r)
>>> 10, 13
>>> 5, 41
>>> 3, 7
====
def f(n):
    mu = [1] * (n + 1)
    prime = [True] * (n + 1)
    for i in range(2, n + 1):
        if prime[i]:
            for j in range(i, n + 1, i):
                prime[j] = j == i
                mu[j] *= -1
            for j in range(i * i, n + 1, i * i):
                mu[j] = 0
    return mu[1:]
>>> 20
>>> 1
====
def f(x, y):
    if x < 10 or y < 10:
        return x * y
    half = max(len(str(x)), len(str(y))) // 2
    a, b = divmod(x, 10**half)
    c, d = divmod(y, 10**half)
    low, high = f(b, d), f(a, c)
    middle = f(a + b, c + d) - low - high
    return high * 10**(2 * half) + middle * 10**half + low
>>> 3141592653589793238462643383279502884197, 2718281828459045235360287471352662497757
>>> 12, 0
====
def f(coefficients, x):
    value = slope = 0
    for c in coefficients:
        slope = slope * x + value
        value = value * x + c
    return value, slope
>>> [2, -6, 2, -1], 3
>>> [], 5
====
def f(p, q):
    out = [0] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            out[i + j] += a * b
    return out
>>> [1, 2, 3], [4, 5]
>>> [1], [0]
====
def f(p, q):
    p, out = list(p), []
    while len(p) >= len(q):
        factor = p[0] / q[0]
        out.append(factor)
        for i, c in enumerate(q):
            p[i] -= factor * c
        p.pop(0)
    return out, p
>>> [1, -12, 0, -42], [1, -3]
>>> [1], [1, 1]
====
def f(points, x):
    total = 0.0
    for i, (a, y) in enumerate(points):
        term = y
        for j, (b, _) in enumerate(points):
            if i != j:
                term *= (x - b) / (a - b)
        total += term
    return round(total, 9)
>>> [(0, 1), (1, 3), (2, 7)], 3
>>> [(1, 5)], 10
====
def f(n, digits=1):
    e, term, k = 0, 10**(n + 10), 0
    while term:
        e += term
        k += 1
        term //= k
    return str(e)[:n]
>>> 60
>>> 5
====
def f(n):
    def arctan(x):
        power = total = unity // x
        k, sign = 3, -1
        while power:
            power //= x * x
            total += sign * (power // k)
            k, sign = k + 2, -sign
        return total
    unity = 10**(n + 10)
    return 4 * (4 * arctan(5) - arctan(239)) // 10**10
>>> 50
>>> 3
====
def f(n):
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    out = ''
    while len(out) < n:
        if 4 * q + r - t < m * t:
            out += str(m)
            q, r, m = 10 * q, 10 * (r - m * t), 10 * (3 * q + r) // t - 10 * m
        else:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
    return out
>>> 40
>>> 1
====
def f(text, pattern):
    fail, k = [0], 0
    for c in pattern[1:]:
        while k and c != pattern[k]:
            k = fail[k - 1]
        k += c == pattern[k]
        fail.append(k)
    found, k = [], 0
    for i, c in enumerate(text):
        while k and (k == len(pattern) or c != pattern[k]):
            k = fail[k - 1]
        k += c == pattern[k]
        if k == len(pattern):
            found.append(i - k + 1)
    return fail, found
>>> 'ababcabababd', 'abab'
>>> 'aaaa', 'aa'
====
def f(text, pattern):
    base, modulus, m = 256, 1_000_003, len(pattern)
    lead = pow(base, m - 1, modulus)
    wanted = now = 0
    for a, b in zip(pattern, text):
        wanted = (wanted * base + ord(a)) % modulus
        now = (now * base + ord(b)) % modulus
    found = []
    for i in range(len(text) - m + 1):
        if wanted == now and text[i:i + m] == pattern:
            found.append(i)
        if i + m < len(text):
            now = ((now - ord(text[i]) * lead) * base + ord(text[i + m])) % modulus
    return found
>>> 'abracadabra', 'abra'
>>> 'xyz', 'long pattern'
====
def f(text, pattern):
    skip = {c: len(pattern) - i - 1 for i, c in enumerate(pattern[:-1])}
    i = 0
    while i <= len(text) - len(pattern):
        j = len(pattern) - 1
        while j >= 0 and text[i + j] == pattern[j]:
            j -= 1
        if j < 0:
            return i
        i += skip.get(text[i + len(pattern) - 1], len(pattern))
    return -1
>>> 'here is a simple example', 'example'
>>> 'aaa', 'b'
====
def f(s):
    z, left, right = [len(s)], 0, 0
    for i in range(1, len(s)):
        k = min(right - i, z[i - left]) if i < right else 0
        while i + k < len(s) and s[k] == s[i + k]:
            k += 1
        z.append(k)
        if i + k > right:
            left, right = i, i + k
    return z
>>> 'aabxaabxcaabxaabxay'
>>> 'a'
====
def f(s):
    t = '#'.join(f'^{s}$')
    p, center, right = [0] * len(t), 0, 0
    for i in range(1, len(t) - 1):
        p[i] = max(0, min(right - i, p[2 * center - i]))
        while t[i + 1 + p[i]] == t[i - 1 - p[i]]:
            p[i] += 1
        if i + p[i] > right:
            center, right = i, i + p[i]
    longest, at = max((n, -i) for i, n in enumerate(p))
    return s[(-at - longest) // 2:(-at + longest) // 2]
>>> 'forgeeksskeegfor'
>>> 'abacdfgdcaba'
====
from collections import deque

def f(words, text):
    step, fail, out = [{}], [0], [[]]
    for word in words:
        at = 0
        for c in word:
            if c not in step[at]:
                step[at][c] = len(step)
                step.append({})
                fail.append(0)
                out.append([])
            at = step[at][c]
        out[at].append(word)
    queue = deque(step[0].values())
    while queue:
        at = queue.popleft()
        for c, to in step[at].items():
            queue.append(to)
            back = fail[at]
            while back and c not in step[back]:
                back = fail[back]
            fail[to] = step[back].get(c, 0) if step[back].get(c, 0) != to else 0
            out[to] = out[to] + out[fail[to]]
    found, at = [], 0
    for i, c in enumerate(text):
        while at and c not in step[at]:
            at = fail[at]
        at = step[at].get(c, 0)
        found += [(i - len(w) + 1, w) for w in out[at]]
    return found
>>> ['he', 'she', 'his', 'hers'], 'ushers'
>>> ['a'], 'bbb'
====
class Trie:
    def __init__(self):
        self.children, self.end = {}, False

    def add(self, word):
        node = self
        for c in word:
            node = node.children.setdefault(c, Trie())
        node.end = True

    def words(self, prefix=''):
        if self.end:
            yield prefix
        for c in sorted(self.children):
            yield from self.children[c].words(prefix + c)

def f(words, prefix):
    root = Trie()
    for word in words:
        root.add(word)
    node = root
    for c in prefix:
        if c not in node.children:
            return []
        node = node.children[c]
    return list(node.words(prefix))
>>> ['car', 'card', 'care', 'cat', 'dog'], 'car'
>>> ['a'], 'b'
====
def f(s):
    order = sorted(range(len(s)), key=lambda i: s[i:])
    shared = []
    for a, b in zip(order, order[1:]):
        k = 0
        while max(a, b) + k < len(s) and s[a + k] == s[b + k]:
            k += 1
        shared.append(k)
    return order, shared
>>> 'banana'
>>> 'x'
====
def f(s):
    rows = sorted(s[i:] + s[:i] for i in range(len(s)))
    last = ''.join(row[-1] for row in rows)
    table = [''] * len(s)
    for _ in s:
        table = sorted(c + row for c, row in zip(last, table))
    return last, next(row for row in table if row.endswith('$'))
>>> 'banana$'
>>> '$'
====
def f(s):
    out = []
    for c in s:
        if out and out[-1][0] == c:
            out[-1][1] += 1
        else:
            out.append([c, 1])
    packed = ''.join(f'{n}{c}' if n > 1 else c for c, n in out)
    import re
    return packed, re.sub(r'(\d+)(.)', lambda m: m[2] * int(m[1]), packed) == s
>>> 'WWWWBBWWC'
>>> ''
====
import heapq
from collections import Counter

def f(text):
    heap = [(n, i, c) for i, (c, n) in enumerate(sorted(Counter(text).items()))]
    heapq.heapify(heap)
    tag = len(heap)
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (a[0] + b[0], tag, (a[2], b[2])))
        tag += 1
    codes = {}

    def walk(node, code):
        if isinstance(node, tuple):
            walk(node[0], code + '0')
            walk(node[1], code + '1')
        else:
            codes[node] = code or '0'

    walk(heap[0][2], '')
    return codes, ''.join(codes[c] for c in text)
>>> 'abracadabra'
>>> 'zzz'
====
def f(text):
    codes = {chr(i): i for i in range(256)}
    out, now = [], ''
    for c in text:
        if now + c in codes:
            now += c
        else:
            out.append(codes[now])
            codes[now + c] = len(codes)
            now = c
    return out + [codes[now]] if now else out
>>> 'TOBEORNOTTOBEORTOBEORNOT'
>>> ''
====
def f(codes):
    words = {i: chr(i) for i in range(256)}
    last = words[codes[0]]
    out = last
    for code in codes[1:]:
        word = words[code] if code in words else last + last[0]
        out += word
        words[len(words)] = last + word[0]
        last = word
    return out
>>> [84, 79, 66, 69, 79, 82, 78, 79, 84, 256, 258, 260]
>>> [97, 256, 257]
====
def f(text, window=16):
    out, i = [], 0
    while i < len(text):
        best = (0, 0)
        for j in range(max(0, i - window), i):
            k = 0
            while i + k < len(text) - 1 and text[j + k] == text[i + k]:
                k += 1
            best = max(best, (k, i - j))
        out.append((best[1], best[0], text[i + best[0]]))
        i += best[0] + 1
    back = ''
    for far, length, c in out:
        for _ in range(length):
            back += back[-far]
        back += c
    return out, back == text
>>> 'abababcabab'
>>> 'aaaaa', window=2
====
def f(text):
    alphabet = sorted(set(text))
    out = []
    for c in text:
        i = alphabet.index(c)
        out.append(i)
        alphabet.insert(0, alphabet.pop(i))
    return out
>>> 'bananaaa'
>>> ''
====
def f(text, shift):
    out = []
    for c in text:
        if c.isalpha() and c.isascii():
            base = 65 if c.isupper() else 97
            c = chr((ord(c) - base + shift) % 26 + base)
        out.append(c)
    return ''.join(out)
>>> 'Hello, World!', 3
>>> 'abc', -30
====
from itertools import cycle

def f(text, key, sign=1):
    keys = cycle(ord(c) - 65 for c in key)
    return ''.join(chr((ord(c) - 65 + sign * next(keys)) % 26 + 65) if c.isupper() else c for c in text)
>>> 'ATTACK AT DAWN', 'LEMON'
>>> 'LXFOPV EF RNHR', 'LEMON', -1
====
def f(text, key):
    alphabet = 'ABCDEFGHIKLMNOPQRSTUVWXYZ'
    square = ''.join(dict.fromkeys(key + alphabet))
    at = {c: divmod(i, 5) for i, c in enumerate(square)}
    pairs, i = [], 0
    while i < len(text):
        a = text[i]
        b = text[i + 1] if i + 1 < len(text) and text[i + 1] != a else 'X'
        pairs.append((a, b))
        i += 1 + (i + 1 < len(text) and text[i + 1] != a)
    out = ''
    for a, b in pairs:
        (r, c), (s, d) = at[a], at[b]
        if r == s:
            out += square[r * 5 + (c + 1) % 5] + square[s * 5 + (d + 1) % 5]
        elif c == d:
            out += square[(r + 1) % 5 * 5 + c] + square[(s + 1) % 5 * 5 + d]
        else:
            out += square[r * 5 + d] + square[s * 5 + c]
    return out
>>> 'HIDETHEGOLD', 'PLAYFIREXM'
>>> 'BALLOON', 'MONARCHY'
====
def f(text, rails):
    rows = [[] for _ in range(rails)]
    row, step = 0, 1
    for c in text:
        rows[row].append(c)
        if rails > 1:
            if not 0 <= row + step < rails:
                step = -step
            row += step
    return ''.join(c for r in rows for c in r)
>>> 'WEAREDISCOVERED', 3
>>> 'abc', 1
====
def f(text, key):
    order = sorted(range(len(key)), key=lambda i: (key[i], i))
    text += 'x' * (-len(text) % len(key))
    return ' '.join(text[i::len(key)] for i in order)
>>> 'wearediscoveredfleeatonce', 'zebras'
>>> 'hi', 'ba'
====
def f(message, p=61, q=53, e=17):
    n, phi = p * q, (p - 1) * (q - 1)
    d = pow(e, -1, phi)
    secret = [pow(ord(c), e, n) for c in message]
    return d, secret, ''.join(chr(pow(c, d, n)) for c in secret)
>>> 'RSA!'
>>> 'a', e=7
====
def f(data, key):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return out.hex()
>>> b'Plaintext', b'Key'
>>> b'', b'x'
====
def f(data):
    h = 0xcbf29ce484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return f'{h:016x}'
>>> b'hello'
>>> b''
====
def f(text):
    h = 5381
    for c in text:
        h = (h << 5) + h + ord(c) & 0xffffffff
    return h
>>> 'hash me'
>>> ''
====
def f(data):
    table = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0xedb88320 if i & 1 else 0)
        table.append(i)
    crc = 0xffffffff
    for byte in data:
        crc = table[(crc ^ byte) & 0xff] ^ crc >> 8
    return f'{crc ^ 0xffffffff:08x}'
>>> b'The quick brown fox jumps over the lazy dog'
>>> b''
====
def f(data):
    a, b = 1, 0
    for byte in data:
        a = (a + byte) % 65521
        b = (b + a) % 65521
    return b << 16 | a
>>> b'Wikipedia'
>>> b'\x00\xff'
====
import math

def f(message):
    turn = lambda x, n: (x << n | x >> 32 - n) & 0xffffffff
    shifts = [7, 12, 17, 22] * 4 + [5, 9, 14, 20] * 4 + [4, 11, 16, 23] * 4 + [6, 10, 15, 21] * 4
    constants = [int(abs(math.sin(i + 1)) * 2**32) for i in range(64)]
    words = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
    data = message + b'\x80' + b'\0' * ((55 - len(message)) % 64) + (8 * len(message)).to_bytes(8, 'little')
    for at in range(0, len(data), 64):
        block = [int.from_bytes(data[at + i:at + i + 4], 'little') for i in range(0, 64, 4)]
        a, b, c, d = words
        for i in range(64):
            if i < 16:
                g, k = b & c | ~b & d, i
            elif i < 32:
                g, k = d & b | ~d & c, (5 * i + 1) % 16
            elif i < 48:
                g, k = b ^ c ^ d, (3 * i + 5) % 16
            else:
                g, k = c ^ (b | ~d & 0xffffffff), 7 * i % 16
            g = g + a + constants[i] + block[k] & 0xffffffff
            a, d, c, b = d, c, b, b + turn(g, shifts[i]) & 0xffffffff
        words = [x + y & 0xffffffff for x, y in zip(words, (a, b, c, d))]
    return b''.join(w.to_bytes(4, 'little') for w in words).hex()
>>> b'abc'
>>> b''
====
def f(message):
    primes = [n for n in range(2, 320) if all(n % d for d in range(2, int(n ** .5) + 1))][:64]

    def bits(n, root):
        low, high = 0, n << 32
        while low < high:
            middle = (low + high + 1) // 2
            if middle ** root <= n << 32 * root:
                low = middle
            else:
                high = middle - 1
        return low & 0xffffffff

    turn = lambda x, n: (x >> n | x << 32 - n) & 0xffffffff
    k, h = [bits(p, 3) for p in primes], [bits(p, 2) for p in primes[:8]]
    data = message + b'\x80' + bytes((55 - len(message)) % 64) + (8 * len(message)).to_bytes(8, 'big')
    for at in range(0, len(data), 64):
        w = [int.from_bytes(data[i:i + 4], 'big') for i in range(at, at + 64, 4)]
        for i in range(16, 64):
            x, y = w[i - 15], w[i - 2]
            w.append(w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + w[i - 7]
                     + (turn(y, 17) ^ turn(y, 19) ^ y >> 10) & 0xffffffff)
        a, b, c, d, e, g, p, q = h
        for i in range(64):
            one = q + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & g ^ ~e & p) + k[i] + w[i]
            two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c)
            a, b, c, d, e, g, p, q = one + two & 0xffffffff, a, b, c, d + one & 0xffffffff, e, g, p
        h = [x + y & 0xffffffff for x, y in zip(h, (a, b, c, d, e, g, p, q))]
    return ''.join(f'{x:08x}' for x in h)
>>> b'abc'
>>> b'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
====
def f(data):
    alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    out = ''
    for i in range(0, len(data), 3):
        part = data[i:i + 3]
        n = int.from_bytes(part + bytes(3 - len(part)), 'big')
        letters = ''.join(alphabet[n >> s & 63] for s in (18, 12, 6, 0))
        out += letters[:len(part) + 1] + '=' * (3 - len(part))
    return out
>>> b'Man is distinguished'
>>> b'a'
====
def f(text):
    words = text.lower().split()
    out = []
    for w in words:
        i = next((k for k, c in enumerate(w) if c in 'aeiou'), len(w))
        out.append(w + 'way' if i == 0 else w[i:] + w[:i] + 'ay')
    return ' '.join(out)
>>> 'Pig latin is easy'
>>> ''
====
def f(word):
    codes = dict(zip('bfpvcgjkqsxzdtlmnr', '111122222222334556'))
    word = word.lower()
    out, last = word[0].upper(), codes.get(word[0], '')
    for c in word[1:]:
        code = codes.get(c, '')
        if code and code != last:
            out += code
        if c not in 'hw':
            last = code
    return (out + '000')[:4]
>>> 'Robert'
>>> 'Tymczak'
>>> 'Honeyman'
====
def f(a, b):
    from collections import Counter
    return Counter(a.replace(' ', '').lower()) == Counter(b.replace(' ', '').lower())
>>> 'Dormitory', 'dirty room'
>>> 'ab', 'abb'
====
def f(words):
    groups = {}
    for w in words:
        groups.setdefault(''.join(sorted(w)), []).append(w)
    return [g for g in groups.values() if len(g) > 1]
>>> ['eat', 'tea', 'tan', 'ate', 'nat', 'bat']
>>> []
====
def f(words):
    if not words:
        return ''
    for i, letters in enumerate(zip(*words)):
        if len(set(letters)) > 1:
            return words[0][:i]
    return min(words, key=len)
>>> ['flower', 'flow', 'flight']
>>> ['dog', 'car']
>>> []
====
def f(s):
    pairs, stack = {')': '(', ']': '[', '}': '{'}, []
    for i, c in enumerate(s):
        if c in '([{':
            stack.append((c, i))
        elif c in pairs:
            if not stack or stack.pop()[0] != pairs[c]:
                return i
    return stack[-1][1] if stack else True
>>> '{[()]}()'
>>> '([)]'
>>> '(('
====
def f(text, width):
    words, lines, line = text.split(), [], []
    for w in words:
        if sum(map(len, line)) + len(line) + len(w) > width:
            lines.append(line)
            line = []
        line.append(w)
    out = []
    for words in lines:
        gaps = max(1, len(words) - 1)
        spaces = width - sum(map(len, words))
        row = ''
        for i, w in enumerate(words):
            row += w + ' ' * (spaces // gaps + (i < spaces % gaps) if i < gaps else 0)
        out.append(row[:width])
    return out + [' '.join(line).ljust(width)]
>>> 'This is an example of text justification here', 16
>>> 'one', 5
====
def f(text):
    marks = {'a': '.-', 'b': '-...', 'c': '-.-.', 'd': '-..', 'e': '.', 'h': '....',
             'l': '.-..', 'o': '---', 's': '...'}
    code = ' '.join(marks[c] for c in text.lower() if c in marks)
    back = {v: k for k, v in marks.items()}
    return code, ''.join(back[m] for m in code.split())
>>> 'SOS hello'
>>> 'bad code'
====
def f(s, numbers):
    words = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen ' \
            'seventeen eighteen nineteen'.split()
    tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split()

    def say(n):
        if n < 20:
            return words[n]
        if n < 100:
            return tens[n // 10 - 2] + ('-' + words[n % 10] if n % 10 else '')
        if n < 1000:
            return words[n // 100] + ' hundred' + (' and ' + say(n % 100) if n % 100 else '')
        for size, name in ((10**9, 'billion'), (10**6, 'million'), (1000, 'thousand')):
            if n >= size:
                return say(n // size) + ' ' + name + (' ' + say(n % size) if n % size else '')
    return s.join(say(n) for n in numbers)
>>> ', ', [0, 13, 42, 115, 1000, 1234567]
>>> '', []
====
def f(n):
    s = '1'
    rows = [s]
    import itertools
    for _ in range(n - 1):
        s = ''.join(f'{len(list(g))}{k}' for k, g in itertools.groupby(s))
        rows.append(s)
    return rows
>>> 8
>>> 1
====
def f(n):
    if n == 0:
        return ['']
    return ['0' + x for x in f(n - 1)] + ['1' + x for x in reversed(f(n - 1))]
>>> 4
>>> 0
====
def f(s, rows):
    lines = [''] * rows
    row, down = 0, False
    for c in s:
        lines[row] += c
        if row in (0, rows - 1):
            down = not down
        row += (1 if down else -1) if rows > 1 else 0
    return ''.join(lines)
>>> 'PAYPALISHIRING', 3
>>> 'A', 1
====
def f(one, two):
    one, two = [list(map(int, v.split('.'))) for v in (one, two)]
    from itertools import zip_longest
    for a, b in zip_longest(one, two, fillvalue=0):
        if a != b:
            return (a > b) - (a < b)
    return 0
>>> '1.01', '1.001'
>>> '1.0', '1.0.0'
>>> '2', '10'
====
def f(s, t):
    need, missing = {}, len(t)
    for c in t:
        need[c] = need.get(c, 0) + 1
    best, i = None, 0
    for j, c in enumerate(s):
        if need.get(c, 0) > 0:
            missing -= 1
        need[c] = need.get(c, 0) - 1
        while not missing:
            if best is None or j - i < best[1] - best[0]:
                best = (i, j)
            need[s[i]] += 1
            if need[s[i]] > 0:
                missing += 1
            i += 1
    return s[best[0]:best[1] + 1] if best else ''
>>> 'ADOBECODEBANC', 'ABC'
>>> 'a', 'aa'
====
def f(text, words):
    size = len(words[0])
    want = sorted(words)
    return [i for i in range(len(text) - size * len(words) + 1)
            if sorted(text[i + k * size:i + (k + 1) * size] for k in range(len(words))) == want]
>>> 'barfoothefoobarman', ['foo', 'bar']
>>> 'aaa', ['b']
====
def f(text):
    import re
    counts = {}
    for word in re.findall(r"[a-z']+", text.lower()):
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:3]
>>> "The cat and the dog; the end. And a cat's life"
>>> ''
====
def f(a, b):
    def rows(s, t):
        m, n = len(s), len(t)
        reach = max(0, max(m, n) // 2 - 1)
        hits = [False] * n
        same = []
        for i, c in enumerate(s):
            for j in range(max(0, i - reach), min(n, i + reach + 1)):
                if not hits[j] and t[j] == c:
                    hits[j] = True
                    same.append(c)
                    break
        return same, [t[j] for j in range(n) if hits[j]]
    one, two = rows(a, b)
    if not one:
        return 0.0
    moved = sum(x != y for x, y in zip(one, two)) / 2
    jaro = (len(one) / len(a) + len(one) / len(b) + (len(one) - moved) / len(one)) / 3
    prefix = 0
    for x, y in zip(a[:4], b):
        if x != y:
            break
        prefix += 1
    return round(jaro + prefix * 0.1 * (1 - jaro), 4)
>>> 'MARTHA', 'MARHTA'
>>> 'abc', 'xyz'
====
def f(s):
    from functools import cmp_to_key
    digits = sorted(map(str, s), key=cmp_to_key(lambda a, b: (a + b < b + a) - (a + b > b + a)))
    return str(int(''.join(digits) or '0'))
>>> [3, 30, 34, 5, 9]
>>> [0, 0]
====
def f(digits):
    keys = {'2': 'abc', '3': 'def', '4': 'ghi', '5': 'jkl', '6': 'mno', '7': 'pqrs', '8': 'tuv', '9': 'wxyz'}
    out = ['']
    for d in digits:
        out = [a + c for a in out for c in keys[d]]
    return out if digits else []
>>> '23'
>>> ''
====
def f(path):
    stack = []
    for part in path.split('/'):
        if part == '..':
            stack[-1:] = []
        elif part not in ('', '.'):
            stack.append(part)
    return '/' + '/'.join(stack)
>>> '/a/./b/../../c/'
>>> '/../'
====
def f(s):
    i = s.rfind('.')
    whole, part = (s, '') if i < 0 else (s[:i], s[i:])
    groups = []
    while whole:
        groups.append(whole[-3:])
        whole = whole[:-3]
    return ','.join(groups[::-1]) + part
>>> '1234567.891'
>>> '12'
====
class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next

def f(xs):
    head = None
    for x in reversed(xs):
        head = Node(x, head)
    back = None
    while head:
        head.next, back, head = back, head, head.next
    out = []
    while back:
        out.append(back.value)
        back = back.next
    return out
>>> [1, 2, 3]
>>> []
====
from dataclasses import dataclass
from typing import Any, Optional

@dataclass
class Cell:
    value: Any
    next: Optional['Cell'] = None

def f(xs, loop):
    cells = [Cell(x) for x in xs]
    for a, b in zip(cells, cells[1:]):
        a.next = b
    if loop is not None:
        cells[-1].next = cells[loop]
    slow = fast = cells[0]
    while fast and fast.next:
        slow, fast = slow.next, fast.next.next
        if slow is fast:
            slow, steps = cells[0], 0
            while slow is not fast:
                slow, fast, steps = slow.next, fast.next, steps + 1
            return steps, slow.value
    return None
>>> [3, 2, 0, -4], 1
>>> [1, 2], None
====
class LRU:
    def __init__(self, size):
        self.size, self.items = size, {}

    def get(self, key):
        if key not in self.items:
            return -1
        self.items[key] = self.items.pop(key)
        return self.items[key]

    def put(self, key, value):
        self.items.pop(key, None)
        self.items[key] = value
        if len(self.items) > self.size:
            del self.items[next(iter(self.items))]

def f(size, commands):
    cache, out = LRU(size), []
    for name, *args in commands:
        out.append(getattr(cache, name)(*args))
    return out, list(cache.items)
>>> 2, [('put', 1, 1), ('put', 2, 2), ('get', 1), ('put', 3, 3), ('get', 2)]
>>> 1, [('get', 'x')]
====
from collections import OrderedDict, defaultdict

class LFU:
    def __init__(self, size):
        self.size, self.values, self.uses, self.groups = size, {}, {}, defaultdict(OrderedDict)

    def touch(self, key):
        n = self.uses[key]
        del self.groups[n][key]
        self.uses[key] = n + 1
        self.groups[n + 1][key] = None

    def get(self, key):
        if key not in self.values:
            return None
        self.touch(key)
        return self.values[key]

    def put(self, key, value):
        if key in self.values:
            self.touch(key)
        else:
            if len(self.values) == self.size:
                least = min(n for n, g in self.groups.items() if g)
                old, _ = self.groups[least].popitem(last=False)
                del self.values[old], self.uses[old]
            self.uses[key] = 1
            self.groups[1][key] = None
        self.values[key] = value

def f(size, steps):
    cache = LFU(size)
    return [cache.get(s) if isinstance(s, str) else cache.put(*s) for s in steps], cache.values
>>> 2, [('a', 1), ('b', 2), 'a', ('c', 3), 'b', 'c', 'c', ('d', 4), 'a']
>>> 1, ['q']
====
class Heap:
    def __init__(self, key=lambda x: x):
        self.items, self.key = [], key

    def push(self, x):
        self.items.append(x)
        i = len(self.items) - 1
        while i and self.key(self.items[i]) < self.key(self.items[(i - 1) // 2]):
            p = (i - 1) // 2
            self.items[i], self.items[p] = self.items[p], self.items[i]
            i = p

    def pop(self):
        top, last = self.items[0], self.items.pop()
        if self.items:
            self.items[0], i = last, 0
            while 2 * i + 1 < len(self.items):
                below = (j for j in (2 * i + 1, 2 * i + 2) if j < len(self.items))
                c = min(below, key=lambda j: self.key(self.items[j]))
                if self.key(self.items[i]) <= self.key(self.items[c]):
                    break
                self.items[i], self.items[c] = self.items[c], self.items[i]
                i = c
        return top

def f(xs):
    heap = Heap(key=lambda x: -x)
    for x in xs:
        heap.push(x)
    return [heap.pop() for _ in xs]
>>> [5, 3, 8, 1, 9, 2]
>>> []
====
class Tree:
    def __init__(self, xs, join=lambda a, b: a + b, zero=0):
        self.n, self.join, self.zero = len(xs), join, zero
        self.t = [zero] * self.n + list(xs)
        for i in reversed(range(1, self.n)):
            self.t[i] = join(self.t[2 * i], self.t[2 * i + 1])

    def set(self, i, x):
        i += self.n
        self.t[i] = x
        while i > 1:
            i //= 2
            self.t[i] = self.join(self.t[2 * i], self.t[2 * i + 1])

    def query(self, low, high):
        left, right, low, high = self.zero, self.zero, low + self.n, high + self.n
        while low < high:
            if low & 1:
                left, low = self.join(left, self.t[low]), low + 1
            if high & 1:
                high -= 1
                right = self.join(self.t[high], right)
            low, high = low // 2, high // 2
        return self.join(left, right)

def f(xs, steps):
    total, low = Tree(xs), Tree(xs, min, 10**9)
    out = []
    for kind, a, b in steps:
        if kind == 'set':
            total.set(a, b)
            low.set(a, b)
        else:
            out.append((total.query(a, b), low.query(a, b)))
    return out
>>> [1, 3, 5, 7, 9, 11], [('get', 1, 4), ('set', 1, 10), ('get', 1, 4), ('get', 0, 6)]
>>> [4], [('get', 0, 1)]
====
class Fenwick:
    def __init__(self, n):
        self.t = [0] * (n + 1)

    def add(self, i, x):
        i += 1
        while i < len(self.t):
            self.t[i] += x
            i += i & -i

    def sum(self, i):
        total = 0
        while i:
            total += self.t[i]
            i -= i & -i
        return total

def f(xs):
    rank = {x: i for i, x in enumerate(sorted(set(xs)))}
    tree, inversions = Fenwick(len(rank)), 0
    for seen, x in enumerate(xs):
        inversions += seen - tree.sum(rank[x] + 1)
        tree.add(rank[x], 1)
    return inversions
>>> [8, 4, 2, 1]
>>> [1, 2, 3]
>>> [3, 1, 2, 3, 1]
====
def f(xs, queries):
    table = [list(xs)]
    k = 1
    while 2 * k <= len(xs):
        row = table[-1]
        table.append([min(row[i], row[i + k]) for i in range(len(row) - k)])
        k *= 2
    out = []
    for low, high in queries:
        j = (high - low).bit_length() - 1
        out.append(min(table[j][low], table[j][high - (1 << j)]))
    return out
>>> [7, 2, 3, 0, 5, 10, 3, 12, 18], [(0, 5), (4, 8), (7, 9)]
>>> [1], [(0, 1)]
====
class AVL:
    __slots__ = ('key', 'left', 'right', 'height')

    def __init__(self, key):
        self.key, self.left, self.right, self.height = key, None, None, 1

def height(t):
    return t.height if t else 0

def fix(t):
    t.height = 1 + max(height(t.left), height(t.right))
    return t

def right(t):
    s = t.left
    t.left, s.right = s.right, t
    fix(t)
    return fix(s)

def left(t):
    s = t.right
    t.right, s.left = s.left, t
    fix(t)
    return fix(s)

def insert(t, key):
    if t is None:
        return AVL(key)
    if key < t.key:
        t.left = insert(t.left, key)
    else:
        t.right = insert(t.right, key)
    fix(t)
    tilt = height(t.left) - height(t.right)
    if tilt > 1:
        if key >= t.left.key:
            t.left = left(t.left)
        return right(t)
    if tilt < -1:
        if key < t.right.key:
            t.right = right(t.right)
        return left(t)
    return t

def f(keys):
    root = None
    for k in keys:
        root = insert(root, k)
    show = lambda t: t and (show(t.left), t.key, show(t.right))
    return show(root), height(root)
>>> [10, 20, 30, 40, 50, 25]
>>> [3, 2, 1, 2]
>>> []
====
def f(keys, gone):
    def insert(t, k):
        if not t:
            return [None, k, None]
        t[0 if k < t[1] else 2] = insert(t[0 if k < t[1] else 2], k)
        return t

    def remove(t, k):
        if not t:
            return None
        if k != t[1]:
            side = 0 if k < t[1] else 2
            t[side] = remove(t[side], k)
            return t
        if not t[0] or not t[2]:
            return t[0] or t[2]
        low = t[2]
        while low[0]:
            low = low[0]
        t[1] = low[1]
        t[2] = remove(t[2], low[1])
        return t

    tree = None
    for k in keys:
        tree = insert(tree, k)
    for k in gone:
        tree = remove(tree, k)
    return tree
>>> [50, 30, 70, 20, 40, 60, 80], [20, 30, 50]
>>> [1], [1, 2]
====
class Queue:
    def __init__(self):
        self.inside, self.outside = [], []

    def push(self, x):
        self.inside.append(x)
        return self

    def pop(self):
        if not self.outside:
            while self.inside:
                self.outside.append(self.inside.pop())
        return self.outside.pop()

    def __len__(self):
        return len(self.inside) + len(self.outside)

def f(xs, takes):
    q = Queue()
    out = []
    for x, take in zip(xs, takes):
        q.push(x)
        out += [q.pop() for _ in range(min(take, len(q)))]
    return out, len(q)
>>> [1, 2, 3, 4], [0, 2, 0, 1]
>>> 'ab', [5, 5]
====
class Ring:
    def __init__(self, size):
        self.data, self.at, self.count = [None] * size, 0, 0

    def push(self, x):
        self.data[(self.at + self.count) % len(self.data)] = x
        if self.count < len(self.data):
            self.count += 1
        else:
            self.at = (self.at + 1) % len(self.data)

    def __iter__(self):
        return (self.data[(self.at + i) % len(self.data)] for i in range(self.count))

def f(size, xs):
    ring = Ring(size)
    for x in xs:
        ring.push(x)
    return list(ring), ring.data
>>> 3, [1, 2, 3, 4, 5]
>>> 4, 'ab'
====
class MinStack:
    def __init__(self):
        self._items = []

    def push(self, x):
        self._items.append((x, min(x, self.least) if self._items else x))

    def pop(self):
        return self._items.pop()[0]

    @property
    def least(self):
        return self._items[-1][1]

def f(xs, pops):
    stack = MinStack()
    for x in xs:
        stack.push(x)
    return [(stack.pop(), stack.least) for _ in range(pops)]
>>> [5, 2, 4, 1, 3], 4
>>> [1, 2], 1
====
class Map:
    def __init__(self, size=4):
        self.slots, self.used = [None] * size, 0

    def _find(self, key):
        i = sum(map(ord, key)) % len(self.slots)
        while self.slots[i] is not None and self.slots[i][0] != key:
            i = (i + 1) % len(self.slots)
        return i

    def __setitem__(self, key, value):
        if 2 * self.used >= len(self.slots):
            old, self.slots, self.used = self.slots, [None] * 2 * len(self.slots), 0
            for pair in old:
                if pair:
                    self[pair[0]] = pair[1]
        i = self._find(key)
        self.used += self.slots[i] is None
        self.slots[i] = (key, value)

    def __getitem__(self, key):
        pair = self.slots[self._find(key)]
        if pair is None:
            raise KeyError(key)
        return pair[1]

    def __contains__(self, key):
        try:
            self[key]
        except KeyError:
            return False
        return True

def f(pairs, keys):
    table = Map()
    for k, v in pairs:
        table[k] = v
    return [table[k] if k in table else None for k in keys], table.used, len(table.slots)
>>> [('ab', 1), ('ba', 2), ('c', 3), ('ab', 4)], ['ab', 'ba', 'zz']
>>> [], ['a']
====
class Bloom:
    def __init__(self, bits, hashes):
        self.bits, self.hashes, self.field = bits, hashes, 0

    def places(self, word):
        for k in range(self.hashes):
            h = k + 1
            for c in word:
                h = (h * 31 + ord(c) + k) % 1_000_003
            yield h % self.bits

    def add(self, word):
        for p in self.places(word):
            self.field |= 1 << p

    def __contains__(self, word):
        return all(self.field >> p & 1 for p in self.places(word))

def f(words, asked):
    bloom = Bloom(64, 3)
    for w in words:
        bloom.add(w)
    return [w in bloom for w in asked], bin(bloom.field).count('1')
>>> ['cat', 'dog'], ['cat', 'cow', 'dog', 'pig']
>>> [], ['x']
====
class Skip:
    def __init__(self):
        self.head, self.state = [None, [None] * 8], 1

    def level(self):
        self.state = self.state * 1103515245 + 12345 & 0x7fffffff
        n, bits = 1, self.state >> 8
        while bits & 1 and n < 8:
            n, bits = n + 1, bits >> 1
        return n

    def before(self, key):
        node, path = self.head, [None] * 8
        for i in range(7, -1, -1):
            while node[1][i] and node[1][i][0] < key:
                node = node[1][i]
            path[i] = node
        return path

    def add(self, key):
        path = self.before(key)
        new = [key, [None] * self.level()]
        for i in range(len(new[1])):
            new[1][i], path[i][1][i] = path[i][1][i], new

    def __iter__(self):
        node = self.head[1][0]
        while node:
            yield node[0]
            node = node[1][0]

def f(keys):
    skip = Skip()
    for k in keys:
        skip.add(k)
    return list(skip)
>>> [5, 1, 4, 1, 3]
>>> ['q', 'b']
====
def f(stream):
    import heapq
    low, high, out = [], [], []
    for x in stream:
        heapq.heappush(high, -heapq.heappushpop(low, -x))
        if len(high) > len(low):
            heapq.heappush(low, -heapq.heappop(high))
        out.append(-low[0] if len(low) > len(high) else (high[0] - low[0]) / 2)
    return out
>>> [5, 15, 1, 3]
>>> [2]
====
from collections import deque

def f(xs, k):
    window, out = deque(), []
    for i, x in enumerate(xs):
        while window and xs[window[-1]] <= x:
            window.pop()
        window.append(i)
        if window[0] == i - k:
            window.popleft()
        if i >= k - 1:
            out.append(xs[window[0]])
    return out
>>> [1, 3, -1, -3, 5, 3, 6, 7], 3
>>> [9], 1
====
def f(heights):
    stack, best = [], 0
    for i, h in enumerate(heights + [0]):
        while stack and heights[stack[-1]] >= h:
            top = stack.pop()
            best = max(best, heights[top] * (i - (stack[-1] + 1 if stack else 0)))
        stack.append(i)
    return best
>>> [2, 1, 5, 6, 2, 3]
>>> []
====
def f(heights):
    left, right, high_left, high_right, water = 0, len(heights) - 1, 0, 0, 0
    while left < right:
        if heights[left] < heights[right]:
            high_left = max(high_left, heights[left])
            water += high_left - heights[left]
            left += 1
        else:
            high_right = max(high_right, heights[right])
            water += high_right - heights[right]
            right -= 1
    return water
>>> [0, 1, 0, 2, 1, 0, 1, 3, 2, 1, 2, 1]
>>> []
====
def f(xs):
    stack, out = [], [-1] * len(xs)
    for i, x in enumerate(xs):
        while stack and xs[stack[-1]] < x:
            out[stack.pop()] = x
        stack.append(i)
    return out
>>> [4, 5, 2, 25, 7]
>>> []
====
def f(tree):
    order = {'pre': [], 'in': [], 'post': [], 'level': []}

    def walk(t):
        if t:
            order['pre'].append(t[1])
            walk(t[0])
            order['in'].append(t[1])
            walk(t[2])
            order['post'].append(t[1])

    walk(tree)
    row = [tree] if tree else []
    while row:
        order['level'].append([t[1] for t in row])
        row = [c for t in row for c in (t[0], t[2]) if c]
    return order
>>> ((None, 1, None), 2, ((None, 3, None), 4, None))
>>> None
====
def f(pre, mid):
    if not pre:
        return None
    i = mid.index(pre[0])
    return [pre[0], f(pre[1:i + 1], mid[:i]), f(pre[i + 1:], mid[i + 1:])]
>>> [3, 9, 20, 15, 7], [9, 3, 15, 20, 7]
>>> [], []
====
def f(tree):
    def dump(t):
        return 'x' if t is None else f'{t[0]},{dump(t[1])},{dump(t[2])}'

    def load(parts):
        part = next(parts)
        return None if part == 'x' else [int(part), load(parts), load(parts)]

    text = dump(tree)
    return text, load(iter(text.split(','))) == tree
>>> [1, [2, None, None], [3, [4, None, None], None]]
>>> None
====
def f(tree):
    best = float('-inf')

    def gain(t):
        nonlocal best
        if not t:
            return 0
        left, right = max(gain(t[1]), 0), max(gain(t[2]), 0)
        best = max(best, t[0] + left + right)
        return t[0] + max(left, right)

    gain(tree)
    return best
>>> [-10, [9, None, None], [20, [15, None, None], [7, None, None]]]
>>> [-3, None, None]
====
def f(n):
    boards = []

    def place(row, columns):
        if row == n:
            boards.append(columns)
            return
        for c in range(n):
            if all(c != d and abs(c - d) != row - r for r, d in enumerate(columns)):
                place(row + 1, columns + [c])

    place(0, [])
    return len(boards), boards[:2]
>>> 6
>>> 3
====
def f(board):
    cells = [list(map(int, row)) for row in board.split()]

    def options(r, c):
        used = set(cells[r]) | {row[c] for row in cells}
        used |= {cells[i][j] for i in range(r // 3 * 3, r // 3 * 3 + 3) for j in range(c // 3 * 3, c // 3 * 3 + 3)}
        return [d for d in range(1, 10) if d not in used]

    def solve():
        free = [(len(options(r, c)), r, c) for r in range(9) for c in range(9) if not cells[r][c]]
        if not free:
            return True
        _, r, c = min(free)
        for d in options(r, c):
            cells[r][c] = d
            if solve():
                return True
        cells[r][c] = 0
        return False

    return solve(), [''.join(map(str, row)) for row in cells]
>>> '530070000 600195000 098000060 800060003 400803001 700020006 060000280 000419005 000080079'
>>> '003020600 900305001 001806400 008102900 700000008 006708200 002609500 800203009 005010300'
====
def f(xs):
    if not xs:
        return [[]]
    return [[x, *rest] for i, x in enumerate(xs) for rest in f(xs[:i] + xs[i + 1:])]
>>> [1, 2, 3]
>>> []
====
def f(xs):
    out = [[]]
    for x in xs:
        out += [s + [x] for s in out]
    return out
>>> ['a', 'b', 'c']
>>> []
====
def f(xs, target):
    found = []

    def search(start, left, path):
        if left == 0:
            found.append(path)
        for i in range(start, len(xs)):
            if i > start and xs[i] == xs[i - 1]:
                continue
            if xs[i] > left:
                break
            search(i + 1, left - xs[i], path + [xs[i]])

    xs.sort()
    search(0, target, [])
    return found
>>> [10, 1, 2, 7, 6, 1, 5], 8
>>> [3], 2
====
def f(n):
    def grow(text, left, right):
        if left == right == n:
            yield text
        if left < n:
            yield from grow(text + '(', left + 1, right)
        if right < left:
            yield from grow(text + ')', left, right + 1)
    return list(grow('', 0, 0))
>>> 3
>>> 0
====
def f(board, word):
    rows, columns = len(board), len(board[0])

    def at(r, c, i, seen):
        if i == len(word):
            return True
        if not (0 <= r < rows and 0 <= c < columns) or (r, c) in seen or board[r][c] != word[i]:
            return False
        seen = seen | {(r, c)}
        return any(at(r + a, c + b, i + 1, seen) for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0)))

    return any(at(r, c, 0, frozenset()) for r in range(rows) for c in range(columns))
>>> ['ABCE', 'SFCS', 'ADEE'], 'ABCCED'
>>> ['ABCE', 'SFCS', 'ADEE'], 'ABCB'
====
def f(size, start):
    moves = [(1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2)]
    board = [[0] * size for _ in range(size)]

    def near(r, c):
        return [(r + a, c + b) for a, b in moves if 0 <= r + a < size and 0 <= c + b < size and not board[r + a][c + b]]

    r, c = start
    for step in range(1, size * size + 1):
        board[r][c] = step
        options = near(r, c)
        if options:
            r, c = min(options, key=lambda p: (len(near(*p)), p))
        elif step < size * size:
            return step
    return board
>>> 5, (0, 0)
>>> 6, (2, 3)
====
def f(maze):
    rows = [list(row) for row in maze.split('/')]

    def walk(r, c):
        if not (0 <= r < len(rows) and 0 <= c < len(rows[0])) or rows[r][c] in '#+':
            return False
        if rows[r][c] == 'E':
            return True
        rows[r][c] = '+'
        if walk(r, c + 1) or walk(r + 1, c) or walk(r, c - 1) or walk(r - 1, c):
            return True
        rows[r][c] = '-'
        return False

    return walk(0, 0), '/'.join(map(''.join, rows))
>>> '..#./.#../...E'
>>> '.#E'
====
def f(words, result):
    letters = sorted(set(''.join(words) + result))
    weights = dict.fromkeys(letters, 0)
    for sign, word in [*((1, w) for w in words), (-1, result)]:
        for i, c in enumerate(reversed(word)):
            weights[c] += sign * 10**i
    first = {w[0] for w in (*words, result)}
    order = sorted(letters, key=lambda c: (-abs(weights[c]), c))

    def solve(i, used, total):
        if i == len(order):
            return {} if total == 0 else None
        room = sum(9 * abs(weights[c]) for c in order[i:])
        if abs(total) > room:
            return None
        for d in range(order[i] in first, 10):
            if d not in used:
                rest = solve(i + 1, used | {d}, total + d * weights[order[i]])
                if rest is not None:
                    return rest | {order[i]: d}
        return None

    answer = solve(0, frozenset(), 0)
    return answer and sorted(answer.items())
>>> ['SEND', 'MORE'], 'MONEY'
>>> ['A', 'B'], 'A'
====
import re

def f(text):
    tokens = re.findall(r'\d+\.?\d*|[-+*/()^]', text)
    at = 0

    def peek():
        return tokens[at] if at < len(tokens) else None

    def take():
        nonlocal at
        at += 1
        return tokens[at - 1]

    def atom():
        t = take()
        if t == '(':
            value = total()
            take()
            return value
        if t == '-':
            return -power()
        return float(t) if '.' in t else int(t)

    def power():
        base = atom()
        if peek() == '^':
            take()
            return base ** power()
        return base

    def product():
        value = power()
        while peek() in ('*', '/'):
            value = value * power() if take() == '*' else value / power()
        return value

    def total():
        value = product()
        while peek() in ('+', '-'):
            value = value + product() if take() == '+' else value - product()
        return value

    return total()
>>> '2 * (3 + 4) - 5 / 2'
>>> '2 ^ 3 ^ 2'
>>> '-(1.5 + 2) * 2'
====
def f(text):
    rank = {'+': 1, '-': 1, '*': 2, '/': 2, '^': 3}
    out, stack = [], []
    for t in text.split():
        if t in rank:
            while stack and stack[-1] != '(' and (rank[stack[-1]], t != '^') >= (rank[t], True):
                out.append(stack.pop())
            stack.append(t)
        elif t == '(':
            stack.append(t)
        elif t == ')':
            while stack[-1] != '(':
                out.append(stack.pop())
            stack.pop()
        else:
            out.append(t)
    return ' '.join(out + stack[::-1])
>>> '3 + 4 * 2 / ( 1 - 5 ) ^ 2 ^ 3'
>>> 'a'
====
import operator

def f(text):
    act = {'+': operator.add, '-': operator.sub, '*': operator.mul, '/': lambda a, b: int(a / b)}
    stack = []
    for t in text.split():
        if t in act:
            b, a = stack.pop(), stack.pop()
            stack.append(act[t](a, b))
        else:
            stack.append(int(t))
    return stack
>>> '2 1 + 3 *'
>>> '10 6 9 3 + -11 * / * 17 + 5 +'
====
def f(text):
    def parse(i):
        out = []
        while i < len(text):
            if text[i] == '(':
                inner, i = parse(i + 1)
                out.append(inner)
            elif text[i] == ')':
                return out, i + 1
            elif text[i].isspace():
                i += 1
            else:
                j = i
                while j < len(text) and text[j] not in '() ':
                    j += 1
                out.append(int(text[i:j]) if text[i:j].lstrip('-').isdigit() else text[i:j])
                i = j
        return out, i

    def run(e, env):
        if isinstance(e, str):
            return env[e]
        if not isinstance(e, list):
            return e
        match e:
            case ['if', test, yes, no]:
                return run(yes if run(test, env) else no, env)
            case ['let', name, value, body]:
                return run(body, {**env, name: run(value, env)})
            case ['fn', names, body]:
                return lambda *args: run(body, {**env, **dict(zip(names, args))})
            case [head, *rest]:
                return run(head, env)(*(run(x, env) for x in rest))

    env = {'+': lambda *a: sum(a), '*': lambda a, b: a * b, '<': lambda a, b: a < b, '-': lambda a, b: a - b}
    return [run(e, env) for e in parse(0)[0]]
>>> '(+ 1 2 (* 3 4)) (let x 5 (- x 1))'
>>> '(let sq (fn (n) (* n n)) (if (< 1 2) (sq 7) 0))'
====
def f(text):
    i = 0

    def value():
        nonlocal i
        c = text[i]
        if c == '[':
            out = []
            i += 1
            while text[i] != ']':
                out.append(value())
                i += text[i] == ','
            i += 1
            return out
        if c == '{':
            out = {}
            i += 1
            while text[i] != '}':
                key = value()
                i += 1
                out[key] = value()
                i += text[i] == ','
            i += 1
            return out
        if c == '"':
            j = text.index('"', i + 1)
            i, word = j + 1, text[i + 1:j]
            return word
        for word, meaning in (('true', True), ('false', False), ('null', None)):
            if text.startswith(word, i):
                i += len(word)
                return meaning
        j = i
        while j < len(text) and text[j] in '-+.eE0123456789':
            j += 1
        word, i = text[i:j], j
        return float(word) if set(word) & set('.eE') else int(word)

    import json
    result = value()
    return result, result == json.loads(text)
>>> '{"a":[1,2.5,-3e2],"b":{"c":null,"d":true}}'
>>> '[]'
====
def f(program, data=''):
    jump, stack = {}, []
    for i, c in enumerate(program):
        if c == '[':
            stack.append(i)
        elif c == ']':
            jump[i] = stack.pop()
            jump[jump[i]] = i
    tape, at, i, out, given = [0] * 50, 0, 0, '', iter(data)
    while i < len(program):
        match program[i]:
            case '>': at += 1
            case '<': at -= 1
            case '+': tape[at] = (tape[at] + 1) % 256
            case '-': tape[at] = (tape[at] - 1) % 256
            case '.': out += chr(tape[at])
            case ',': tape[at] = ord(next(given, '\0'))
            case '[' if not tape[at]: i = jump[i]
            case ']' if tape[at]: i = jump[i]
        i += 1
    return out
>>> '++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.'
>>> ',[.,]', 'echo'
====
def f(rules, tape, steps):
    cells, at, state = dict(enumerate(tape)), 0, 'A'
    for count in range(steps):
        if state == 'H':
            break
        write, move, state = rules[state + str(cells.get(at, 0))]
        cells[at] = write
        at += move
    return sum(cells.values()), count, state
>>> {'A0': (1, 1, 'B'), 'A1': (1, -1, 'B'), 'B0': (1, -1, 'A'), 'B1': (1, 1, 'H')}, [0], 50
>>> {'A0': (1, 1, 'A'), 'A1': (0, 1, 'A')}, [1, 0, 1], 10
====
def f(pattern, text):
    # Thompson's construction: states are lists of (letter or None, next state)
    states = []

    def new():
        states.append([])
        return len(states) - 1

    def build(p):
        parts, stack = [], []
        i = 0
        while i < len(p):
            c = p[i]
            if c == '(':
                stack.append(parts)
                parts = []
            elif c == ')':
                inner, parts = join(parts), stack.pop()
                parts.append(inner)
            elif c == '*':
                a, b = parts.pop()
                s = new()
                states[s].append((None, a))
                states[b].append((None, s))
                parts.append((s, s))
            elif c == '|':
                parts.append('|')
            else:
                a, b = new(), new()
                states[a].append((c, b))
                parts.append((a, b))
            i += 1
        return join(parts)

    def join(parts):
        if '|' in parts:
            k = parts.index('|')
            (a, b), (c, d) = join(parts[:k]), join(parts[k + 1:])
            s, e = new(), new()
            states[s] += [(None, a), (None, c)]
            states[b].append((None, e))
            states[d].append((None, e))
            return s, e
        if not parts:
            s = new()
            return s, s
        for (_, b), (c, _) in zip(parts, parts[1:]):
            states[b].append((None, c))
        return parts[0][0], parts[-1][1]

    def close(now):
        stack = list(now)
        while stack:
            for letter, to in states[stack.pop()]:
                if letter is None and to not in now:
                    now.add(to)
                    stack.append(to)
        return now

    start, end = build(pattern)
    now = close({start})
    for c in text:
        now = close({to for s in now for letter, to in states[s] if letter == c})
    return end in now
>>> '(a|b)*abb', 'ababb'
>>> '(a|b)*abb', 'aba'
>>> 'x*', ''
====
def f(rows, generations):
    alive = {(r, c) for r, row in enumerate(rows) for c, x in enumerate(row) if x == '#'}
    for _ in range(generations):
        counts = {}
        for r, c in alive:
            for a in (-1, 0, 1):
                for b in (-1, 0, 1):
                    if a or b:
                        counts[r + a, c + b] = counts.get((r + a, c + b), 0) + 1
        alive = {p for p, n in counts.items() if n == 3 or n == 2 and p in alive}
    return sorted(alive)
>>> ['.#.', '..#', '###'], 4
>>> ['##'], 1
====
def f(rule, width, steps):
    row = [0] * width
    row[width // 2] = 1
    lines = []
    for _ in range(steps):
        lines.append(''.join('.#'[x] for x in row))
        row = [rule >> (row[i - 1] << 2 | row[i] << 1 | row[(i + 1) % width]) & 1 for i in range(width)]
    return lines
>>> 30, 15, 7
>>> 90, 9, 4
====
def f(steps):
    black, at, facing = set(), 0j, 1j
    for _ in range(steps):
        facing *= -1j if at not in black else 1j
        black ^= {at}
        at += facing
    return len(black), at
>>> 1000
>>> 3
====
def f(axiom, rules, n):
    text = axiom
    for _ in range(n):
        text = ''.join(rules.get(c, c) for c in text)
    at, facing, stack, points = 0j, 1 + 0j, [], []
    for c in text:
        if c == 'F':
            at += facing
            points.append(at)
        elif c in '+-':
            facing *= 1j if c == '+' else -1j
    return len(text), points[-3:], at
>>> 'F', {'F': 'F+F-F-F+F'}, 3
>>> 'A', {'A': 'AB', 'B': 'A'}, 7
====
def f(n, k):
    people, out, i = list(range(1, n + 1)), [], 0
    while people:
        i = (i + k - 1) % len(people)
        out.append(people.pop(i))
    return out
>>> 7, 3
>>> 1, 10
====
def f(n):
    moves, pegs = [], {'A': list(range(n, 0, -1)), 'B': [], 'C': []}

    def move(k, a, b, c):
        if k:
            move(k - 1, a, c, b)
            pegs[c].append(pegs[a].pop())
            moves.append(a + c)
            move(k - 1, b, a, c)

    move(n, 'A', 'B', 'C')
    return len(moves), moves[:5], pegs
>>> 5
>>> 0
====
def f(doors):
    open_ = [False] * (doors + 1)
    for step in range(1, doors + 1):
        for i in range(step, doors + 1, step):
            open_[i] ^= True
    return [i for i, o in enumerate(open_) if o]
>>> 100
>>> 0
====
def f(seed, n):
    a, c, m = 1664525, 1013904223, 2**32
    out = []
    for _ in range(n):
        seed = (a * seed + c) % m
        out.append(seed / m)
    return [round(x, 6) for x in out]
>>> 42, 4
>>> 0, 1
====
def f(state, n):
    out = []
    for _ in range(n):
        state ^= state << 13 & 0xffffffff
        state ^= state >> 17
        state ^= state << 5 & 0xffffffff
        out.append(state)
    return out
>>> 2463534242, 4
>>> 1, 2
====
class Twister:
    def __init__(self, seed):
        self.s, self.i = [seed], 624
        for i in range(1, 624):
            self.s.append(1812433253 * (self.s[-1] ^ self.s[-1] >> 30) + i & 0xffffffff)

    def next(self):
        if self.i == 624:
            for k in range(624):
                y = self.s[k] & 0x80000000 | self.s[(k + 1) % 624] & 0x7fffffff
                self.s[k] = self.s[(k + 397) % 624] ^ y >> 1 ^ (0x9908b0df if y & 1 else 0)
            self.i = 0
        y = self.s[self.i]
        self.i += 1
        y ^= y >> 11
        y ^= y << 7 & 0x9d2c5680
        y ^= y << 15 & 0xefc60000
        return y ^ y >> 18

def f(seed, n):
    t = Twister(seed)
    return [t.next() for _ in range(n)]
>>> 5489, 3
>>> 1, 2
====
def f(start, wanted):
    from collections import deque
    big, small = start
    queue, seen = deque([((0, 0), [])]), {(0, 0)}
    while queue:
        (a, b), path = queue.popleft()
        if wanted in (a, b):
            return path + [(a, b)]
        pour = min(a, small - b), min(b, big - a)
        for new in ((big, b), (a, small), (0, b), (a, 0), (a - pour[0], b + pour[0]), (a + pour[1], b - pour[1])):
            if new not in seen:
                seen.add(new)
                queue.append((new, path + [(a, b)]))
>>> (5, 3), 4
>>> (2, 4), 3
====
def f(bank):
    from collections import deque
    items = ('man', 'wolf', 'goat', 'cabbage')
    queue, seen = deque([((0, 0, 0, 0), ())]), set()
    while queue:
        state, path = queue.popleft()
        if state == (bank,) * 4:
            return path
        m, w, g, c = state
        if state in seen or (g == w != m) or (g == c != m):
            continue
        seen.add(state)
        for i, name in enumerate(items):
            if state[i] == m:
                new = list(state)
                new[0] = 1 - m
                new[i] = 1 - m
                queue.append((tuple(new), (*path, name)))
>>> 1
>>> 0
====
def f(points):
    points = sorted(set(points))

    def half(points):
        out = []
        for p in points:
            while len(out) > 1 and ((out[-1][0] - out[-2][0]) * (p[1] - out[-2][1])
                                    - (out[-1][1] - out[-2][1]) * (p[0] - out[-2][0])) <= 0:
                out.pop()
            out.append(p)
        return out[:-1]

    return half(points) + half(points[::-1]) if len(points) > 2 else points
>>> [(0, 0), (2, 0), (1, 1), (2, 2), (0, 2), (1, 3)]
>>> [(1, 1)]
====
def f(polygon):
    area = x = y = 0
    for (a, b), (c, d) in zip(polygon, polygon[1:] + polygon[:1]):
        cross = a * d - c * b
        area += cross
        x += (a + c) * cross
        y += (b + d) * cross
    return abs(area) / 2, (round(x / (3 * area), 6), round(y / (3 * area), 6))
>>> [(0, 0), (4, 0), (4, 3)]
>>> [(0, 0), (2, 0), (2, 2), (0, 2)]
====
def f(polygon, x, y):
    inside = False
    for (a, b), (c, d) in zip(polygon, polygon[1:] + polygon[:1]):
        if (b > y) != (d > y) and x < (c - a) * (y - b) / (d - b) + a:
            inside = not inside
    return inside
>>> [(0, 0), (4, 0), (4, 4), (0, 4)], 2, 2
>>> [(0, 0), (4, 0), (2, 4)], 4, 3
====
def f(p, q, r, s):
    def turn(a, b, c):
        v = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        return (v > 0) - (v < 0)

    def on(a, b, c):
        return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])

    a, b, c, d = turn(p, q, r), turn(p, q, s), turn(r, s, p), turn(r, s, q)
    if a != b and c != d:
        return True
    return any(t == 0 and on(*line) for t, line in ((a, (p, q, r)), (b, (p, q, s)), (c, (r, s, p)), (d, (r, s, q))))
>>> (1, 1), (10, 1), (1, 2), (10, 2)
>>> (10, 0), (0, 10), (0, 0), (10, 10)
>>> (0, 0), (2, 2), (1, 1), (3, 3)
====
import math

def f(points):
    def solve(ps):
        if len(ps) < 4:
            return min((math.dist(a, b) for i, a in enumerate(ps) for b in ps[:i]), default=math.inf)
        m = len(ps) // 2
        d = min(solve(ps[:m]), solve(ps[m:]))
        strip = sorted((p for p in ps if abs(p[0] - ps[m][0]) < d), key=lambda p: p[1])
        for i, a in enumerate(strip):
            for b in strip[i + 1:i + 8]:
                d = min(d, math.dist(a, b))
        return d
    return round(solve(sorted(points)), 6)
>>> [(2, 3), (12, 30), (40, 50), (5, 1), (12, 10), (3, 4)]
>>> [(0, 0)]
====
def f(a, b):
    (x, y), (u, v) = a, b
    dx, dy = abs(u - x), -abs(v - y)
    sx, sy = (1 if x < u else -1), (1 if y < v else -1)
    error, out = dx + dy, []
    while True:
        out.append((x, y))
        if (x, y) == (u, v):
            return out
        twice = 2 * error
        if twice >= dy:
            error, x = error + dy, x + sx
        if twice <= dx:
            error, y = error + dx, y + sy
>>> (0, 0), (6, 4)
>>> (2, 5), (2, 5)
>>> (3, 1), (-2, 0)
====
def f(grid, r, c, new):
    old = grid[r][c]
    rows = [list(row) for row in grid]
    stack = [(r, c)] if old != new else []
    while stack:
        r, c = stack.pop()
        if 0 <= r < len(rows) and 0 <= c < len(rows[0]) and rows[r][c] == old:
            rows[r][c] = new
            stack += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
    return [''.join(row) for row in rows]
>>> ['aab', 'aba', 'baa'], 0, 0, 'x'
>>> ['q'], 0, 0, 'q'
====
def f(rectangles):
    xs = sorted({x for a, _, b, _ in rectangles for x in (a, b)})
    total = 0
    for left, right in zip(xs, xs[1:]):
        spans = sorted((b, d) for a, b, c, d in rectangles if a <= left and c >= right)
        high = None
        for low, top in spans:
            if high is None or low > high:
                total += (right - left) * (top - low)
                high = top
            elif top > high:
                total += (right - left) * (top - high)
                high = top
    return total
>>> [(0, 0, 2, 2), (1, 1, 3, 3), (5, 5, 6, 7)]
>>> []
====
def f(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]
>>> [[1, 2], [3, 4]], [[5, 6], [7, 8]]
>>> [[1, 0.5]], [[2], [4]]
====
def f(m, n):
    size = range(len(m))
    times = lambda a, b: [[sum(a[i][k] * b[k][j] for k in size) for j in size] for i in size]
    out = [[int(i == j) for j in size] for i in size]
    while n:
        if n & 1:
            out = times(out, m)
        m, n = times(m, m), n >> 1
    return out
>>> [[1, 1], [1, 0]], 50
>>> [[2]], 0
====
from fractions import Fraction

def f(matrix):
    a = [[Fraction(x) for x in row] for row in matrix]
    n, det = len(a), Fraction(1)
    for i in range(n):
        p = next((r for r in range(i, n) if a[r][i]), None)
        if p is None:
            return 0
        if p != i:
            a[i], a[p], det = a[p], a[i], -det
        det *= a[i][i]
        for r in range(i + 1, n):
            k = a[r][i] / a[i][i]
            a[r] = [x - k * y for x, y in zip(a[r], a[i])]
    return int(det) if det.denominator == 1 else str(det)
>>> [[2, -3, 1], [2, 0, -1], [1, 4, 5]]
>>> [[1, 2], [2, 4]]
>>> [[0.5, 1], [1, 3]]
====
def f(a, b):
    rows = [row[:] + [x] for row, x in zip(a, b)]
    n = len(rows)
    for i in range(n):
        p = max(range(i, n), key=lambda r: abs(rows[r][i]))
        if abs(rows[p][i]) < 1e-12:
            return None
        rows[i], rows[p] = rows[p], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(n):
            if r != i:
                rows[r] = [x - rows[r][i] * y for x, y in zip(rows[r], rows[i])]
    return [round(row[-1], 9) for row in rows]
>>> [[2, 1, -1], [-3, -1, 2], [-2, 1, 2]], [8, -11, -3]
>>> [[1, 1], [2, 2]], [1, 2]
====
def f(m):
    from fractions import Fraction
    n = len(m)
    rows = [[Fraction(x) for x in row] + [Fraction(i == j) for j in range(n)] for i, row in enumerate(m)]
    for i in range(n):
        p = next(r for r in range(i, n) if rows[r][i])
        rows[i], rows[p] = rows[p], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        rows = [row if r == i else [x - row[i] * y for x, y in zip(row, rows[i])] for r, row in enumerate(rows)]
    return [[str(x) for x in row[n:]] for row in rows]
>>> [[4, 7], [2, 6]]
>>> [[0, 1], [1, 0]]
====
def f(m):
    out = []
    while m:
        out += m[0]
        m = [list(row) for row in zip(*m[1:])][::-1]
    return out
>>> [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
>>> [[1], [2]]
====
def f(m):
    n = len(m)
    for i in range(n):
        for j in range(i + 1, n):
            m[i][j], m[j][i] = m[j][i], m[i][j]
    for row in m:
        row.reverse()
    return m
>>> [[1, 2], [3, 4]]
>>> [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
====
def f(n):
    square = [[0] * n for _ in range(n)]
    r, c = 0, n // 2
    for k in range(1, n * n + 1):
        square[r][c] = k
        a, b = (r - 1) % n, (c + 1) % n
        r, c = ((r + 1) % n, c) if square[a][b] else (a, b)
    return square, sum(square[0])
>>> 3
>>> 5
====
def f(a, k):
    n = len(a)
    v = [1.0] * n
    for _ in range(k):
        w = [sum(x * y for x, y in zip(row, v)) for row in a]
        size = max(map(abs, w))
        v = [x / size for x in w]
    return round(size, 6), [round(x, 6) for x in v]
>>> [[2, 1], [1, 3]], 50
>>> [[4]], 3
====
def f(a):
    n = len(a)
    low = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = a[i][j] - sum(low[i][k] * low[j][k] for k in range(j))
            low[i][j] = rest ** 0.5 if i == j else rest / low[j][j]
    return low
>>> [[4, 12, -16], [12, 37, -43], [-16, -43, 98]]
>>> [[9]]
====
def f(cost):
    n = len(cost)
    u, v, p, way = [0] * (n + 1), [0] * (n + 1), [0] * (n + 1), [0] * (n + 1)
    for i in range(1, n + 1):
        p[0], j0 = i, 0
        low, used = [float('inf')] * (n + 1), [False] * (n + 1)
        while True:
            used[j0] = True
            i0, delta, j1 = p[j0], float('inf'), 0
            for j in range(1, n + 1):
                if not used[j]:
                    now = cost[i0 - 1][j - 1] - u[i0] - v[j]
                    if now < low[j]:
                        low[j], way[j] = now, j0
                    if low[j] < delta:
                        delta, j1 = low[j], j
            for j in range(n + 1):
                if used[j]:
                    u[p[j]] += delta
                    v[j] -= delta
                else:
                    low[j] -= delta
            j0 = j1
            if p[j0] == 0:
                break
        while j0:
            p[j0], j0 = p[way[j0]], way[j0]
    return -v[0], sorted((p[j] - 1, j - 1) for j in range(1, n + 1))
>>> [[4, 1, 3], [2, 0, 5], [3, 2, 2]]
>>> [[7]]
====
def f(x):
    count = 0
    n = x
    while n:
        n &= n - 1
        count += 1
    return count, x & -x, x ^ x >> 1, f'{x:b}'[::-1], x.bit_length()
>>> 0b1011000
>>> 0
====
def f(xs):
    once = twice = 0
    for x in xs:
        once = (once ^ x) & ~twice
        twice = (twice ^ x) & ~once
    return once
>>> [2, 2, 3, 2]
>>> [-5, 7, 7, 7]
====
def f(xs):
    mixed = 0
    for x in xs:
        mixed ^= x
    bit = mixed & -mixed
    a = 0
    for x in xs:
        if x & bit:
            a ^= x
    return sorted([a, a ^ mixed])
>>> [1, 2, 1, 3, 2, 5]
>>> [0, 9]
====
def f(a, b):
    mask = 0xffffffff
    while b & mask:
        a, b = a ^ b, (a & b) << 1
    return (a & mask) if b == 0 else a & mask
>>> 15, 27
>>> 0, 1
====
def f(x, bits):
    out = 0
    for _ in range(bits):
        out = out << 1 | x & 1
        x >>= 1
    return out
>>> 0b1101, 4
>>> 1, 32
====
def f(g):
    n = 0
    while g:
        n ^= g
        g >>= 1
    return n
>>> 0b1101
>>> 0
====
def f(data):
    import math
    bits = [int(c) for c in data]
    r = next(r for r in range(10) if 2**r >= len(bits) + r + 1)
    word, source = [0] * (len(bits) + r + 1), iter(bits)
    for i in range(1, len(word)):
        if i & (i - 1):
            word[i] = next(source)
    for k in range(r):
        word[1 << k] = sum(word[i] for i in range(1, len(word)) if i >> k & 1) % 2
    word[5 % len(word)] ^= 1
    bad = 0
    for i, b in enumerate(word):
        if b:
            bad ^= i
    word[bad] ^= 1
    return bad, ''.join(map(str, word[1:])), int(math.log2(len(word)))
>>> '1011001'
>>> '1101'
====
def f(year, month, day):
    table = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
    y = year - (month < 3)
    names = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
    return names[(y + y // 4 - y // 100 + y // 400 + table[month - 1] + day) % 7]
>>> 2000, 1, 1
>>> 1900, 2, 28
>>> 2024, 2, 29
====
def f(year):
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    g = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return g // 31, g % 31 + 1
>>> 2024
>>> 1961
====
def f(year, month):
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = [31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]

    def number(y, m, d):
        a = (14 - m) // 12
        y, m = y + 4800 - a, m + 12 * a - 3
        return d + (153 * m + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400 - 32045

    start = number(year, month, 1) % 7
    cells = ['  '] * start + [f'{d:2}' for d in range(1, days + 1)]
    return [' '.join(cells[i:i + 7]) for i in range(0, len(cells), 7)]
>>> 2024, 2
>>> 2100, 2
====
def f(seconds):
    parts = []
    for size, name in ((86400, 'day'), (3600, 'hour'), (60, 'minute'), (1, 'second')):
        n, seconds = divmod(seconds, size)
        if n:
            parts.append(f'{n} {name}{"s" * (n > 1)}')
    return ' and '.join(filter(None, [', '.join(parts[:-1]), *parts[-1:]])) or 'now'
>>> 93784
>>> 0
>>> 3600
====
def f(spans):
    out = []
    for a, b in sorted(spans):
        if out and a <= out[-1][1]:
            out[-1][1] = max(out[-1][1], b)
        else:
            out.append([a, b])
    return out
>>> [[1, 3], [2, 6], [8, 10], [15, 18], [17, 20]]
>>> []
====
def f(meetings):
    chosen, free = [], float('-inf')
    for start, end in sorted(meetings, key=lambda m: (m[1], m[0])):
        if start >= free:
            chosen.append((start, end))
            free = end
    return chosen
>>> [(1, 4), (3, 5), (0, 6), (5, 7), (3, 9), (5, 9), (6, 10), (8, 11)]
>>> []
====
import heapq

def f(meetings):
    rooms = []
    most = 0
    for start, end in sorted(meetings):
        while rooms and rooms[0] <= start:
            heapq.heappop(rooms)
        heapq.heappush(rooms, end)
        most = max(most, len(rooms))
    return most
>>> [(0, 30), (5, 10), (15, 20)]
>>> [(1, 2), (2, 3)]
====
def f(jobs):
    slots = [None] * max((d for _, d, _ in jobs), default=0)
    total = 0
    for name, deadline, gain in sorted(jobs, key=lambda j: -j[2]):
        for s in range(deadline - 1, -1, -1):
            if slots[s] is None:
                slots[s] = name
                total += gain
                break
    return slots, total
>>> [('a', 2, 100), ('b', 1, 19), ('c', 2, 27), ('d', 1, 25), ('e', 3, 15)]
>>> []
====
from collections import Counter, deque
import heapq

def f(tasks, pause):
    heap = [(-n, t) for t, n in sorted(Counter(tasks).items())]
    heapq.heapify(heap)
    waiting, order, time = deque(), [], 0
    while heap or waiting:
        if waiting and waiting[0][0] <= time:
            heapq.heappush(heap, waiting.popleft()[1])
        if heap:
            n, t = heapq.heappop(heap)
            order.append(t)
            if n + 1:
                waiting.append((time + pause + 1, (n + 1, t)))
        else:
            order.append('.')
        time += 1
    return ''.join(order)
>>> 'AAABBB', 2
>>> 'AAAABC', 1
====
from collections import deque

def f(jobs, slice_):
    queue, clock, done = deque(jobs), 0, {}
    while queue:
        name, left = queue.popleft()
        clock += min(slice_, left)
        if left > slice_:
            queue.append((name, left - slice_))
        else:
            done[name] = clock
    return done
>>> [('a', 5), ('b', 3), ('c', 8)], 3
>>> [], 1
====
def f(jobs, machines):
    loads = [0] * machines
    plan = [[] for _ in loads]
    for job in sorted(jobs, reverse=True):
        i = loads.index(min(loads))
        loads[i] += job
        plan[i].append(job)
    return max(loads), plan
>>> [2, 14, 4, 16, 6, 5, 3], 3
>>> [1], 2
====
def f(requests, head):
    up = sorted(r for r in requests if r >= head)
    down = sorted((r for r in requests if r < head), reverse=True)
    moves, at = 0, head
    for r in up + down:
        moves += abs(r - at)
        at = r
    return up + down, moves
>>> [98, 183, 37, 122, 14, 124, 65, 67], 53
>>> [], 5
====
def f(pages, frames):
    memory, faults = [], {'fifo': 0, 'lru': 0}
    for kind in faults:
        memory = []
        for p in pages:
            if p in memory:
                if kind == 'lru':
                    memory.remove(p)
                    memory.append(p)
                continue
            faults[kind] += 1
            memory = memory[-frames + 1:] if len(memory) == frames and frames > 1 else memory[:frames - 1]
            memory.append(p)
    return faults
>>> [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2], 3
>>> [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5], 4
====
def f(need, have, free):
    free, finished, order = list(free), [False] * len(need), []
    while len(order) < len(need):
        for i, row in enumerate(need):
            if not finished[i] and all(n - h <= x for n, h, x in zip(row, have[i], free)):
                free = [x + h for x, h in zip(free, have[i])]
                finished[i] = True
                order.append(i)
                break
        else:
            return None
    return order
>>> [[7, 5], [3, 2], [9, 0], [2, 2], [4, 3]], [[0, 1], [2, 0], [3, 0], [2, 1], [0, 0]], [3, 3]
>>> [[5]], [[1]], [1]
====
def f(men, women):
    free, engaged, asked = sorted(men), {}, dict.fromkeys(men, 0)
    while free:
        m = free.pop(0)
        w = men[m][asked[m]]
        asked[m] += 1
        if w not in engaged:
            engaged[w] = m
        elif women[w].index(m) < women[w].index(engaged[w]):
            free.append(engaged[w])
            engaged[w] = m
        else:
            free.append(m)
    return sorted(engaged.items())
>>> {'a': ['x', 'y'], 'b': ['x', 'y']}, {'x': ['b', 'a'], 'y': ['a', 'b']}
>>> {'m': ['w']}, {'w': ['m']}
====
def f(gas, cost):
    if sum(gas) < sum(cost):
        return -1
    start = tank = 0
    for i, (g, c) in enumerate(zip(gas, cost)):
        tank += g - c
        if tank < 0:
            start, tank = i + 1, 0
    return start
>>> [1, 2, 3, 4, 5], [3, 4, 5, 1, 2]
>>> [2, 3, 4], [3, 4, 3]
====
def f(ratings):
    sweets = [1] * len(ratings)
    for i in range(1, len(ratings)):
        if ratings[i] > ratings[i - 1]:
            sweets[i] = sweets[i - 1] + 1
    for i in range(len(ratings) - 2, -1, -1):
        if ratings[i] > ratings[i + 1]:
            sweets[i] = max(sweets[i], sweets[i + 1] + 1)
    return sum(sweets)
>>> [1, 0, 2]
>>> [1, 2, 87, 87, 87, 2, 1]
====
def f(prices, fee=0):
    cash, share = 0, float('-inf')
    for p in prices:
        cash, share = max(cash, share + p - fee), max(share, cash - p)
    return cash
>>> [7, 1, 5, 3, 6, 4]
>>> [1, 3, 2, 8, 4, 9], 2
>>> [5, 4], fee=1
====
def f(name, x):
    import math
    g, d = {'cube': (lambda x: x**3 - 2 * x - 5, lambda x: 3 * x * x - 2),
            'cos': (lambda x: math.cos(x) - x, lambda x: -math.sin(x) - 1)}[name]
    steps = []
    for _ in range(30):
        new = x - g(x) / d(x)
        steps.append(round(new, 8))
        if abs(new - x) < 1e-12:
            break
        x = new
    return steps[-1], len(steps)
>>> 'cube', 2.0
>>> 'cos', 1
====
def f(low, high, n):
    g = lambda x: x ** 3 - x ** 2 + 2
    for _ in range(n):
        middle = (low + high) / 2
        if g(middle) * g(low) <= 0:
            high = middle
        else:
            low = middle
    return low, high, g(low)
>>> -200, 300, 40
>>> -1.5, 0, 3
====
import math

def f(name, a, b, n):
    g = getattr(math, name)
    h = (b - a) / n
    trapezoid = h * (g(a) / 2 + sum(g(a + i * h) for i in range(1, n)) + g(b) / 2)
    simpson = h / 3 * (g(a) + g(b) + sum((4 if i % 2 else 2) * g(a + i * h) for i in range(1, n)))
    return round(trapezoid, 8), round(simpson, 8)
>>> 'sin', 0, 3.141592653589793, 100
>>> 'exp', 0, 1, 10
====
def f(y, t, h, steps):
    g = lambda t, y: y - t * t + 1
    out = [y]
    for _ in range(steps):
        a = g(t, y)
        b = g(t + h / 2, y + h * a / 2)
        c = g(t + h / 2, y + h * b / 2)
        d = g(t + h, y + h * c)
        y += h * (a + 2 * b + 2 * c + d) / 6
        t += h
        out.append(round(y, 9))
    return out
>>> 0.5, 0.0, 0.5, 4
>>> 1, 0, 0.1, 2
====
import cmath

def f(xs, inverse=False):
    def run(a):
        n = len(a)
        if n == 1:
            return a
        even, odd = run(a[::2]), run(a[1::2])
        sign = 1 if inverse else -1
        turned = [cmath.exp(sign * 2j * cmath.pi * k / n) * odd[k] for k in range(n // 2)]
        return [e + o for e, o in zip(even, turned)] + [e - o for e, o in zip(even, turned)]
    return [complex(round(c.real, 6), round(c.imag, 6)) for c in run([complex(x) for x in xs])]
>>> [1, 1, 1, 1, 0, 0, 0, 0]
>>> [4, 1 - 2.414214j, 0, 1], inverse=True
====
def f(points):
    n = len(points)
    mean_x, mean_y = (sum(c) / n for c in zip(*points))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    cut = mean_y - slope * mean_x
    rest = sum((y - slope * x - cut) ** 2 for x, y in points)
    total = sum((y - mean_y) ** 2 for _, y in points)
    return round(slope, 6), round(cut, 6), round(1 - rest / total, 6)
>>> [(1, 2), (2, 4.1), (3, 6.2), (4, 7.9)]
>>> [(0, 0), (1, 1), (2, 1)]
====
import math

def f(points, centers, rounds):
    for _ in range(rounds):
        groups = [[] for _ in centers]
        for p in points:
            i = min(range(len(centers)), key=lambda k: math.dist(p, centers[k]))
            groups[i].append(p)
        centers = [tuple(sum(c) / len(g) for c in zip(*g)) if g else c for g, c in zip(groups, centers)]
    return centers, [len(g) for g in groups]
>>> [(1, 1), (1.5, 2), (3, 4), (5, 7), (3.5, 5), (4.5, 5)], [(1, 1), (5, 7)], 5
>>> [(0, 0)], [(1, 1), (9, 9)], 1
====
def f(rows, weights, rate, epochs):
    errors = 0
    for _ in range(epochs):
        errors = 0
        for *xs, want in rows:
            got = int(weights[0] + sum(w * x for w, x in zip(weights[1:], xs)) > 0)
            errors += got != want
            step = rate * (want - got)
            weights = [weights[0] + step] + [w + step * x for w, x in zip(weights[1:], xs)]
    return [round(w, 6) for w in weights], errors
>>> [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 1)], [0, 0, 0], 0.1, 20
>>> [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)], [0, 0, 0], 0.5, 3
====
import statistics

def f(xs):
    mean, spread = statistics.mean(xs), statistics.pstdev(xs)
    marks = [round((x - mean) / spread, 4) if spread else 0.0 for x in xs]
    quarter = statistics.quantiles(xs, n=4)
    wide = quarter[2] - quarter[0]
    odd = [x for x in xs if not quarter[0] - 1.5 * wide <= x <= quarter[2] + 1.5 * wide]
    return mean, round(spread, 6), marks, quarter, odd, statistics.multimode(xs)
>>> [1, 2, 2, 3, 14]
>>> [5, 5]
====
def f(text, n):
    from collections import defaultdict
    follow = defaultdict(dict)
    for a, b in zip(text, text[1:]):
        follow[a][b] = follow[a].get(b, 0) + 1
    c, out = text[0], ''
    for _ in range(n):
        out += c
        if not follow[c]:
            break
        c = max(follow[c], key=lambda k: (follow[c][k], k))
    return out
>>> 'the theory of the thing', 12
>>> 'ab', 5
====
def f(board):
    lines = [board[0:3], board[3:6], board[6:9], board[0::3], board[1::3], board[2::3], board[0::4], board[2:7:2]]

    def best(board, me, other):
        lines = [board[0:3], board[3:6], board[6:9], board[::3], board[1::3], board[2::3], board[::4], board[2:7:2]]
        if other * 3 in lines:
            return -1, None
        if '.' not in board:
            return 0, None
        return max(((-best(board[:i] + me + board[i + 1:], other, me)[0], -i) for i, c in enumerate(board) if c == '.'))

    x, o = board.count('X'), board.count('O')
    score, move = best(board, *('XO' if x == o else 'OX'))
    return score, move and -move, len(lines)
>>> 'XO.XO....'
>>> 'X...O....'
>>> 'XOXOXOOXO'
====
from functools import lru_cache

def f(piles):
    @lru_cache(None)
    def wins(piles):
        moves = (piles[:i] + (k,) + piles[i + 1:] for i, p in enumerate(piles) for k in range(p))
        return any(not wins(tuple(sorted(move))) for move in moves)

    nim = 0
    for p in piles:
        nim ^= p
    return wins(tuple(sorted(piles))), nim
>>> [3, 4, 5]
>>> [1, 1]
====
def f(tree, depth=9):
    visited = 0

    def search(node, depth, low, high, mine):
        nonlocal visited
        visited += 1
        if not isinstance(node, list):
            return node
        for child in node:
            value = search(child, depth - 1, low, high, not mine)
            if mine:
                low = max(low, value)
            else:
                high = min(high, value)
            if low >= high:
                break
        return low if mine else high

    return search(tree, depth, float('-inf'), float('inf'), True), visited
>>> [[[5, 6], [7, 4, 5]], [[3]], [[6], [6, 9]], [[7], [5]], [[9, 8], [6]]]
>>> [1, 2]
====
def f(cards):
    ranks = sorted(('--23456789TJQKA'.index(c[0]) for c in cards.split()), reverse=True)
    counts = sorted(((ranks.count(r), r) for r in set(ranks)), reverse=True)
    shape = tuple(n for n, _ in counts)
    flush = len({c[1] for c in cards.split()}) == 1
    straight = len(set(ranks)) == 5 and (ranks[0] - ranks[4] == 4 or ranks == [14, 5, 4, 3, 2])
    names = {(4, 1): 'four', (3, 2): 'full house', (3, 1, 1): 'three', (2, 2, 1): 'two pairs', (2, 1, 1, 1): 'pair'}
    if flush and straight:
        return 'straight flush'
    return names.get(shape) or ('flush' if flush else 'straight' if straight else 'high card'), counts[0][1]
>>> '6C 7C 8C 9C TC'
>>> '9D 9H 9S 9C 7D'
>>> 'AD 5C 4H 3S 2D'
====
def f(rolls):
    total = i = 0
    for _ in range(10):
        if rolls[i] == 10:
            total += 10 + rolls[i + 1] + rolls[i + 2]
            i += 1
        else:
            pair = rolls[i] + rolls[i + 1]
            total += pair + (rolls[i + 2] if pair == 10 else 0)
            i += 2
    return total
>>> [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]
>>> [9, 1, 3, 7, 10, 2, 3, 9, 0, 10, 10, 8, 1, 0, 0, 5, 5, 4]
====
class Account:
    count = 0

    def __init__(self, owner, money=0):
        self.owner, self._money, self.log = owner, money, []
        Account.count += 1

    @property
    def money(self):
        return self._money

    def pay(self, other, amount):
        if amount > self._money:
            raise ValueError(f'{self.owner} has {self._money}, not {amount}')
        self._money -= amount
        other._money += amount
        self.log.append((other.owner, amount))

def f(steps):
    people, problems = {n: Account(n, 100) for n in 'abc'}, []
    for a, b, amount in steps:
        try:
            people[a].pay(people[b], amount)
        except (ValueError, KeyError) as e:
            problems.append(f'{type(e).__name__}: {e}')
    return {n: p.money for n, p in people.items()}, problems, Account.count
>>> [('a', 'b', 30), ('b', 'c', 200), ('c', 'z', 1)]
>>> []
====
from enum import Enum

class Light(Enum):
    RED = ('green', 30)
    GREEN = ('yellow', 25)
    YELLOW = ('red', 5)

    @property
    def after(self):
        return Light[self.value[0].upper()]

def f(seconds):
    light, seen = Light.RED, []
    while seconds >= light.value[1]:
        seconds -= light.value[1]
        seen.append(light.name)
        light = light.after
    return light.name, seconds, seen
>>> 100
>>> 0
====
from abc import ABC, abstractmethod
import math

class Shape(ABC):
    @abstractmethod
    def area(self): ...

    def __lt__(self, other):
        return self.area() < other.area()

class Circle(Shape):
    def __init__(self, r):
        self.r = r

    def area(self):
        return math.pi * self.r ** 2

class Box(Shape):
    def __init__(self, a, b):
        self.a, self.b = a, b

    def area(self):
        return self.a * self.b

def f(specs):
    kinds = {'circle': Circle, 'box': Box}
    shapes = sorted(kinds[name](*sizes) for name, *sizes in specs)
    try:
        Shape()
        made = True
    except TypeError:
        made = False
    return [(type(s).__name__, round(s.area(), 3)) for s in shapes], made
>>> [('circle', 1), ('box', 1, 2), ('box', 5, 5)]
>>> []
====
class Vector:
    __slots__ = ('x', 'y')

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, o):
        return Vector(self.x + o.x, self.y + o.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k) if isinstance(k, (int, float)) else self.x * k.x + self.y * k.y

    __rmul__ = __mul__

    def __abs__(self):
        return (self * self) ** 0.5

    def __eq__(self, o):
        return isinstance(o, Vector) and (self.x, self.y) == (o.x, o.y)

    def __iter__(self):
        yield self.x
        yield self.y

def f(pairs):
    total = Vector(0, 0)
    for p in pairs:
        total = total + 2 * Vector(*p)
    return tuple(total), abs(total), total == Vector(*total), total * Vector(1, -1)
>>> [(1, 2), (3, 4)]
>>> []
====
class Poly:
    def __init__(self, *c):
        self.c = list(c)
        while len(self.c) > 1 and not self.c[-1]:
            self.c.pop()

    def __add__(self, o):
        from itertools import zip_longest
        return Poly(*(a + b for a, b in zip_longest(self.c, o.c, fillvalue=0)))

    def __mul__(self, o):
        out = [0] * (len(self.c) + len(o.c) - 1)
        for i, a in enumerate(self.c):
            for j, b in enumerate(o.c):
                out[i + j] += a * b
        return Poly(*out)

    def __call__(self, x):
        return sum(a * x ** i for i, a in enumerate(self.c))

    def __str__(self):
        return ' + '.join(f'{a}x^{i}' for i, a in enumerate(self.c) if a) or '0'

def f(a, b, x):
    p, q = Poly(*a), Poly(*b)
    return str(p + q), str(p * q), (p * q)(x)
>>> [1, 2], [3, 0, 1], 2
>>> [0], [5], 9
====
def f(k):
    def primes():
        found, n = {}, 2
        while True:
            if n in found:
                for p in found.pop(n):
                    found.setdefault(n + p, []).append(p)
            else:
                yield n
                found[n * n] = [n]
            n += 1

    from itertools import islice, takewhile
    return list(islice(primes(), k)), sum(takewhile(lambda p: p < 50, primes()))
>>> 10
>>> 0
====
def f(k):
    def hamming():
        queues, value = {2: [2], 3: [3], 5: [5]}, 1
        while True:
            yield value
            for m, q in queues.items():
                q.append(value * m)
            value = min(q[0] for q in queues.values())
            for q in queues.values():
                while q[0] <= value:
                    if q[0] == value and len(q) == 1:
                        break
                    q.pop(0)
    out, last = [], 0
    for h in hamming():
        if h > last:
            out.append(h)
            last = h
        if len(out) == k:
            return out
>>> 12
>>> 1
====
def f(program):
    registers, at, clock = {'a': 0, 'b': 0}, 0, 0
    lines = [line.split() for line in program.split(';')]
    value = lambda x: registers[x] if x in registers else int(x)
    while at < len(lines) and clock < 1000:
        clock += 1
        match lines[at]:
            case ['set', r, x]: registers[r] = value(x)
            case ['add', r, x]: registers[r] += value(x)
            case ['mul', r, x]: registers[r] *= value(x)
            case ['jnz', x, by] if value(x): at += int(by) - 1
            case ['jnz', *_]: pass
            case other: raise ValueError(f'what is {other[0]}?')
        at += 1
    return registers, clock
>>> 'set a 5;set b 1;mul b a;add a -1;jnz a -2'
>>> 'jnz 1 0'
====
def f(text, **values):
    import re
    def one(match):
        name, _, spec = match[1].partition(':')
        if name not in values:
            return f'<{name}?>'
        return format(values[name], spec)
    return re.sub(r'\{\{\s*(.*?)\s*\}\}', one, text)
>>> 'Dear {{ name }}, you owe {{sum:.2f}} {{ x }}', name='Ann', sum=3
>>> 'plain'
====
def f(csv):
    rows, row, cell, quoted, i = [], [], '', False, 0
    while i < len(csv):
        c = csv[i]
        if quoted:
            if c == '"' and csv[i + 1:i + 2] == '"':
                cell, i = cell + '"', i + 1
            elif c == '"':
                quoted = False
            else:
                cell += c
        elif c == '"':
            quoted = True
        elif c == ',':
            row.append(cell)
            cell = ''
        elif c == '\n':
            rows.append(row + [cell])
            row, cell = [], ''
        else:
            cell += c
        i += 1
    return rows + [row + [cell]] if cell or row else rows
>>> 'a,"b,c",d\n1,"say ""hi"" twice",3\n'
>>> ''
====
def f(xs, ys):
    xs, ys = sorted(xs), sorted(ys)
    low, high = 0, len(xs)
    total = len(xs) + len(ys)
    while True:
        i = (low + high) // 2
        j = (total + 1) // 2 - i
        if i < len(xs) and j > 0 and ys[j - 1] > xs[i]:
            low = i + 1
        elif i > 0 and j < len(ys) and xs[i - 1] > ys[j]:
            high = i - 1
        else:
            left = max(xs[i - 1:i] + ys[max(j - 1, 0):j])
            if total % 2:
                return left
            return (left + min(xs[i:i + 1] + ys[j:j + 1])) / 2
>>> [1, 3], [2]
>>> [1, 2], [3, 4]
====
def f(xs):
    count, candidate = 0, None
    for x in xs:
        if count == 0:
            candidate = x
        count += 1 if x == candidate else -1
    return candidate if xs.count(candidate) > len(xs) // 2 else None
>>> [2, 2, 1, 1, 1, 2, 2]
>>> [1, 2]
====
def f(p):
    i = len(p) - 2
    while i >= 0 and p[i] >= p[i + 1]:
        i -= 1
    if i >= 0:
        j = len(p) - 1
        while p[j] <= p[i]:
            j -= 1
        p[i], p[j] = p[j], p[i]
    p[i + 1:] = p[:i:-1]
    return p
>>> [1, 2, 3]
>>> [3, 2, 1]
>>> [1, 5, 8, 4, 7, 6, 5, 3, 1]
====
def f(n, k):
    from math import factorial
    digits, out = list(range(1, n + 1)), ''
    k -= 1
    for i in range(n, 0, -1):
        j, k = divmod(k, factorial(i - 1))
        out += str(digits.pop(j))
    return out
>>> 4, 9
>>> 9, 1
====
def f(xs):
    out = 1
    prefix = []
    for x in xs:
        prefix.append(out)
        out *= x
    out = 1
    for i in range(len(xs) - 1, -1, -1):
        prefix[i] *= out
        out *= xs[i]
    return prefix
>>> [1, 2, 3, 4]
>>> [0, 5]
====
def f(xs, k):
    total, seen, found = 0, {0: [-1]}, []
    for i, x in enumerate(xs):
        total += x
        found += [xs[j + 1:i + 1] for j in seen.get(total - k, ())]
        seen.setdefault(total, []).append(i)
    return found
>>> [3, 4, 7, 2, -3, 1, 4, 2], 7
>>> [0, 0], 0
====
def f(xs):
    for i in range(len(xs)):
        while 0 < xs[i] <= len(xs) and xs[xs[i] - 1] != xs[i]:
            j = xs[i] - 1
            xs[i], xs[j] = xs[j], xs[i]
    return next((i + 1 for i, x in enumerate(xs) if x != i + 1), len(xs) + 1)
>>> [3, 4, -1, 1]
>>> [1, 2, 0]
>>> []
====
def f(n, k):
    sequence, a = [], [0] * k * n

    def grow(t, p):
        if t > n:
            if n % p == 0:
                sequence.extend(a[1:p + 1])
        else:
            a[t] = a[t - p]
            grow(t + 1, p)
            for j in range(a[t - p] + 1, k):
                a[t] = j
                grow(t + 1, t)

    grow(1, 1)
    return ''.join(map(str, sequence))
>>> 3, 2
>>> 2, 3
====
def f(start, end, words):
    from collections import deque
    words, queue = set(words), deque([[start]])
    while queue:
        path = queue.popleft()
        if path[-1] == end:
            return path
        for i in range(len(start)):
            for c in 'abcdefghijklmnopqrstuvwxyz':
                new = path[-1][:i] + c + path[-1][i + 1:]
                if new in words:
                    words.discard(new)
                    queue.append(path + [new])
    return []
>>> 'hit', 'cog', ['hot', 'dot', 'dog', 'lot', 'log', 'cog']
>>> 'a', 'c', ['b']
====
def f(equations, asked):
    near = {}
    for a, b, k in equations:
        near.setdefault(a, {})[b] = k
        near.setdefault(b, {})[a] = 1 / k

    def find(a, b, seen):
        if a not in near or b not in near:
            return None
        if a == b:
            return 1.0
        for c, k in near[a].items():
            if c not in seen:
                rest = find(c, b, seen | {c})
                if rest is not None:
                    return k * rest
        return None

    return [find(a, b, {a}) for a, b in asked]
>>> [('a', 'b', 2.0), ('b', 'c', 3.0)], [('a', 'c'), ('c', 'a'), ('a', 'x'), ('b', 'b')]
>>> [], [('q', 'q')]
""")

HEAVY = _programs(r"""
def f(n):
    prime = bytearray([1]) * (n + 1)
    prime[:2] = b'\0\0'
    for i in range(2, int(n ** 0.5) + 1):
        if prime[i]:
            prime[i * i::i] = bytes(len(range(i * i, n + 1, i)))
    return sum(prime), [i for i in range(n - 50, n + 1) if prime[i]]
>>> 1000000
>>> 3000000
====
def f(n):
    prime = [True] * (n + 1)
    count = 0
    for i in range(2, n + 1):
        if prime[i]:
            count += 1
            for j in range(i * i, n + 1, i):
                prime[j] = False
    return count
>>> 3000000
>>> 100000
====
def f(n):
    def place(row, columns, left, right):
        if row == n:
            return 1
        return sum(place(row + 1, columns | {c}, left | {row + c}, right | {row - c}) for c in range(n)
                   if c not in columns and row + c not in left and row - c not in right)
    return place(0, frozenset(), frozenset(), frozenset())
>>> 7
>>> 8
====
def f(n):
    full = (1 << n) - 1

    def count(columns, left, right):
        if columns == full:
            return 1
        free, total = full & ~(columns | left | right), 0
        while free:
            bit = free & -free
            free ^= bit
            total += count(columns | bit, (left | bit) << 1, (right | bit) >> 1)
        return total

    return count(0, 0, 0)
>>> 9
>>> 8
====
def f(n):
    q, total = list(range(n)), 0
    while q:
        x = q.pop(0)
        total = (total * 31 + x) % 1000003
        if x % 3 == 0 and x < n // 2:
            q.append(x + n)
    return total
>>> 50000
>>> 20000
====
def f(a, b, times):
    a, b = a * times, b * times
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]
>>> 'kitten', 'sitting', 120
>>> 'intention', 'execution', 60
====
def f(n):
    longest, best = {1: 1}, (1, 1)
    for i in range(2, n):
        x, steps = i, 0
        while x not in longest:
            x = 3 * x + 1 if x & 1 else x >> 1
            steps += 1
        longest[i] = steps + longest[x]
        best = max(best, (longest[i], i))
    return best
>>> 60000
>>> 150000
====
def f(n):
    grid = [[(i * 7 + j * 13) % 10 for j in range(n)] for i in range(n)]
    other = [[(i * 3 - j * 5) % 10 for j in range(n)] for i in range(n)]
    out = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            total = 0
            for k in range(n):
                total += grid[i][k] * other[k][j]
            out[i][j] = total
    return sum(map(sum, out)), out[n // 2][n // 3]
>>> 110
>>> 60
====
def f(n):
    out = 0
    for i in range(n):
        for j in range(i):
            out ^= i * j
    return out
>>> 3000
>>> 1000
====
def f(n):
    xs = [(i * 7919) % n for i in range(n)]
    for i in range(n):
        for j in range(n - 1 - i):
            if xs[j] > xs[j + 1]:
                xs[j], xs[j + 1] = xs[j + 1], xs[j]
    return xs[:5], xs[-5:]
>>> 1200
>>> 500
====
def f(n, seed):
    xs = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % 2**31
        xs.append(seed)

    def sort(a):
        if len(a) < 2:
            return a
        m = len(a) // 2
        left, right, out, i, j = sort(a[:m]), sort(a[m:]), [], 0, 0
        while i < len(left) and j < len(right):
            if left[i] <= right[j]:
                out.append(left[i])
                i += 1
            else:
                out.append(right[j])
                j += 1
        return out + left[i:] + right[j:]

    done = sort(xs)
    return done[0], done[n // 2], done == sorted(xs)
>>> 60000, 1
>>> 20000, 42
====
import heapq

def f(n):
    heap = []
    x = 12345
    for _ in range(n):
        x = (x * 1664525 + 1013904223) % 2**32
        heapq.heappush(heap, x)
    total = 0
    while heap:
        total = (total * 33 + heapq.heappop(heap)) % 998244353
    return total
>>> 120000
>>> 50000
====
def f(rows, columns):
    def wall(r, c):
        return (r * 31 + c * 17 + r * c) % 7 == 0 and (r, c) not in ((0, 0), (rows - 1, columns - 1))

    from collections import deque
    far, queue = {(0, 0): 0}, deque([(0, 0)])
    while queue:
        r, c = queue.popleft()
        for p in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
            if 0 <= p[0] < rows and 0 <= p[1] < columns and p not in far and not wall(*p):
                far[p] = far[r, c] + 1
                queue.append(p)
    return len(far), far.get((rows - 1, columns - 1)), max(far.values())
>>> 250, 250
>>> 50, 400
====
import heapq

def f(n):
    near = {i: [((i * 3 + 1) % n, i % 7 + 1), ((i * 5 + 2) % n, i % 11 + 1), ((i + 1) % n, 9)] for i in range(n)}
    best, heap = {}, [(0, 0)]
    while heap:
        d, a = heapq.heappop(heap)
        if a in best:
            continue
        best[a] = d
        for b, w in near[a]:
            if b not in best:
                heapq.heappush(heap, (d + w, b))
    return len(best), max(best.values()), sum(best.values())
>>> 40000
>>> 10000
====
def f(n):
    far = [[(i * j * 7 + i + j) % 50 + 1 if i != j else 0 for j in range(n)] for i in range(n)]
    for k in range(n):
        for i in range(n):
            ik = far[i][k]
            for j in range(n):
                if ik + far[k][j] < far[i][j]:
                    far[i][j] = ik + far[k][j]
    return sum(map(sum, far))
>>> 120
>>> 60
====
def f(n, room):
    best = [0] * (room + 1)
    for i in range(1, n + 1):
        weight, value = i * 37 % 101 + 1, i * 53 % 97 + 1
        for left in range(room, weight - 1, -1):
            if best[left - weight] + value > best[left]:
                best[left] = best[left - weight] + value
    return best[room]
>>> 100, 20000
>>> 50, 5000
====
def f(a, b, n):
    a, b = (a * n)[:n], (b * n)[:n]
    table = [[0] * (n + 1) for _ in range(n + 1)]
    for i in range(n):
        for j in range(n):
            table[i + 1][j + 1] = table[i][j] + 1 if a[i] == b[j] else max(table[i][j + 1], table[i + 1][j])
    return table[n][n]
>>> 'abcde', 'badce', 1000
>>> 'xyz', 'zyx', 400
====
def f(n):
    table = [[0] * n for _ in range(n)]
    for i in range(n):
        table[i][0] = table[0][i] = 1
    for i in range(1, n):
        for j in range(1, n):
            table[i][j] = (table[i - 1][j] + table[i][j - 1]) % 1000000007
    return table[-1][-1]
>>> 1500
>>> 300
====
def f(n):
    rows = [[(i, j, i * j) for j in range(300)] for i in range(n)]
    return sum(row[-1][2] for row in rows), len(rows)
>>> 700
>>> 300
====
def f(n):
    words = {f'key{i}': [i, str(i), i / 2] for i in range(n)}
    return len(words), sum(v[0] for v in words.values()), words[f'key{n - 1}']
>>> 150000
>>> 50000
====
def f(n):
    text = ''.join(chr(97 + i * i % 26) for i in range(n))
    counts = {}
    for i in range(len(text) - 2):
        part = text[i:i + 3]
        counts[part] = counts.get(part, 0) + 1
    return sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:3], len(counts)
>>> 500000
>>> 100000
====
def f(width, height, limit):
    lines = []
    for row in range(height):
        line = ''
        for column in range(width):
            c, z, n = complex(3 * column / width - 2, 2 * row / height - 1), 0j, 0
            while abs(z) <= 2 and n < limit:
                z, n = z * z + c, n + 1
            line += ' .:*#@'[min(5, n * 6 // (limit + 1))]
        lines.append(line)
    return lines[height // 2], sum(map(len, lines)), sum(line.count('@') for line in lines)
>>> 80, 40, 200
>>> 60, 30, 60
====
def f(n):
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)
    return fib(n)
>>> 30
>>> 22
====
def f(m, n):
    def ackermann(m, n):
        if m == 0:
            return n + 1
        if n == 0:
            return ackermann(m - 1, 1)
        return ackermann(m - 1, ackermann(m, n - 1))
    return ackermann(m, n)
>>> 2, 210
>>> 3, 5
====
def f(n):
    if n == 0:
        return 0
    return n + f(n - 1)
>>> 800
>>> 500
====
def f(n):
    nested = []
    for i in range(n):
        nested = [i, nested]

    def depth(x):
        return 1 + depth(x[1]) if x else 0

    def flat(x):
        while x:
            yield x[0]
            x = x[1]

    return depth(nested), sum(flat(nested))
>>> 700
>>> 550
====
from functools import lru_cache

@lru_cache(maxsize=None)
def ways(n, k):
    if n < 0 or k == 0:
        return 0
    if n == 0:
        return 1
    return ways(n, k - 1) + ways(n - k, k)

def f(n):
    return ways(n, n) % 10**9, ways.cache_info().currsize
>>> 150
>>> 120
====
def f(n):
    class Node:
        __slots__ = ('key', 'left', 'right')

        def __init__(self, key):
            self.key, self.left, self.right = key, None, None

    root, x, depth = None, 1, 0
    for _ in range(n):
        x = x * 48271 % 2147483647
        new, at, level = Node(x), root, 1
        if root is None:
            root = new
            continue
        while True:
            side = 'left' if x < at.key else 'right'
            after = getattr(at, side)
            level += 1
            if after is None:
                setattr(at, side, new)
                break
            at = after
        depth = max(depth, level)
    return depth
>>> 20000
>>> 5000
====
def f(n):
    import itertools
    best = None
    for order in itertools.permutations(range(1, n)):
        path = (0, *order)
        cost = sum((a * 17 + b * 31 + a * b) % 23 + 1 for a, b in zip(path, path[1:] + path[:1]))
        if best is None or cost < best[0]:
            best = cost, path
    return best
>>> 8
>>> 7
====
def f(n, generations):
    alive = {(i * i % n, i * 7 % n) for i in range(n * 3)}
    for _ in range(generations):
        counts = {}
        for r, c in alive:
            for a in (-1, 0, 1):
                for b in (-1, 0, 1):
                    if a or b:
                        p = (r + a) % n, (c + b) % n
                        counts[p] = counts.get(p, 0) + 1
        alive = {p for p, k in counts.items() if k == 3 or k == 2 and p in alive}
    return len(alive), sorted(alive)[:3]
>>> 97, 100
>>> 50, 60
====
def f(digits):
    digits = int(digits)
    unity = 10 ** (digits + 10)

    def arctan(x):
        power = total = unity // x
        k, sign = 3, -1
        while power:
            power //= x * x
            total += sign * (power // k)
            k, sign = k + 2, -sign
        return total

    text = str(4 * (4 * arctan(5) - arctan(239)) // 10**10)
    return text[-20:], sum(map(int, text))
>>> 3000
>>> 1000
====
def f(n):
    x = 1
    for i in range(2, n):
        x *= i
    return sum(int(c) for c in str(x)), len(str(x)), x.bit_length()
>>> 1500
>>> 1000
====
def f(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a % 10**15, a.bit_length()
>>> 60000
>>> 20000
====
def f(n):
    import re
    text = 'The year 1999, the price 12.50 EUR; mail: a.b@c.org! ' * n
    numbers = re.findall(r'\d+(?:\.\d+)?', text)
    mails = re.findall(r'[\w.]+@[\w.]+\w', text)
    words = re.sub(r'(\w)(\w*)', lambda m: m[1].upper() + m[2].lower(), text)
    return len(numbers), len(mails), words[:60], len(re.split(r'[;,!]\s*', text))
>>> 6000
>>> 1000
====
def f(rows):
    from decimal import Decimal, getcontext
    getcontext().prec = 60
    total = Decimal(0)
    for i in range(1, rows):
        total += Decimal(1) / (Decimal(i) * i)
    return str((total * 6).sqrt())
>>> 60000
>>> 5000
====
from fractions import Fraction

def f(n):
    total = Fraction(0)
    for i in range(1, n):
        total += Fraction(1, i)
    return total.numerator % 10**12, total.denominator % 10**12
>>> 700
>>> 300
====
def f(n):
    from collections import deque
    q = deque(range(n))
    while len(q) > 1:
        q.rotate(-2)
        q.popleft()
    return q[0]
>>> 900000
>>> 40000
====
def f(n):
    parent = list(range(n))

    def find(x):
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    groups, x = n, 7
    for _ in range(n):
        x = (x * 1103515245 + 12345) % 2**31
        a, b = find(x % n), find(x // 7 % n)
        if a != b:
            parent[a] = b
            groups -= 1
    return groups
>>> 150000
>>> 50000
====
def f(n):
    out = []
    for i in range(n):
        out.insert(0, i)
    total = 0
    while len(out) > n // 2:
        total += out.pop(0)
    return total
>>> 20000
>>> 5000
====
def f(n):
    s = ''
    for i in range(n):
        s += str(i)
        if len(s) > 5000:
            s = s[-1000:]
    return len(s), s[-10:], sum(map(ord, s))
>>> 200000
>>> 50000
""")
