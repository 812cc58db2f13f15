"""The same schedule by other means: one global queue by virtual time, written as one would with heapq, SimPy, Mesa, and in C; and by run lists.

Each takes `vps` weights in turn 100, 200, 400 on `lps` processors for `end_ns`, slices of 10 ms, costs zero, and returns the run time of each VP
and the number of dispatches. With run lists a VP waits in a list of the LP that it ran on last, and goes elsewhere only where it is behind
by more than two slices of its own: fewer dispatches, no queue that all share.
"""

import ctypes
import heapq
import importlib
import shutil
import subprocess
from pathlib import Path

SLICE_NS = 10_000_000
WEIGHTS = (100, 200, 400)
NEVER = 2**62

Answer = tuple[list[int], int]


def weights_of(vps: int) -> list[int]:
    """The weights of the VPs."""
    return [WEIGHTS[vp % 3] for vp in range(vps)]


def by_heapq(vps: int, lps: int, end_ns: int) -> Answer:
    """A heap of ready VPs by virtual time, and one of LPs by the end of their slices."""
    weights, ran, waited = weights_of(vps), [0] * vps, [0] * vps
    virtual, since = [0] * vps, [0] * vps
    ready = [(0, vp, vp) for vp in range(vps)]
    heapq.heapify(ready)
    sequence, dispatches = vps, 0
    running: list[tuple[int, int, int]] = []
    for lp in range(min(lps, vps)):
        vp = heapq.heappop(ready)[2]
        dispatches += 1
        heapq.heappush(running, (SLICE_NS, lp, vp))
    while running and running[0][0] <= end_ns:
        now, lp, vp = heapq.heappop(running)
        ran[vp] += SLICE_NS
        virtual[vp] += SLICE_NS * 100 // weights[vp]
        if ready and ready[0][0] <= virtual[vp]:
            sequence += 1
            since[vp] = now
            other = heapq.heapreplace(ready, (virtual[vp], sequence, vp))[2]
            waited[other] += now - since[other]
            dispatches += 1
            vp = other
        heapq.heappush(running, (now + SLICE_NS, lp, vp))
    return ran, dispatches


def by_simpy(vps: int, lps: int, end_ns: int) -> Answer:
    """A process an LP, one ready queue."""
    environment = importlib.import_module("simpy").Environment()
    weights, ran, virtual = weights_of(vps), [0] * vps, [0] * vps
    ready = [(0, vp, vp) for vp in range(vps)]
    heapq.heapify(ready)
    counts = {"sequence": vps, "dispatches": 0}

    def processor(vp: int):
        counts["dispatches"] += 1
        while True:
            yield environment.timeout(SLICE_NS)
            ran[vp] += SLICE_NS
            virtual[vp] += SLICE_NS * 100 // weights[vp]
            if ready and ready[0][0] <= virtual[vp]:
                counts["sequence"] += 1
                counts["dispatches"] += 1
                vp = heapq.heapreplace(ready, (virtual[vp], counts["sequence"], vp))[2]

    for _ in range(min(lps, vps)):
        environment.process(processor(heapq.heappop(ready)[2]))
    environment.run(until=end_ns + 1)
    return ran, counts["dispatches"]


def by_mesa(vps: int, lps: int, end_ns: int) -> Answer:
    """An agent an LP, a step a slice: they all end at once."""
    mesa = importlib.import_module("mesa")

    class Host(mesa.Model):
        def __init__(self) -> None:
            super().__init__(seed=1)
            self.weights, self.ran, self.virtual = weights_of(vps), [0] * vps, [0] * vps
            self.ready = [(0, vp, vp) for vp in range(vps)]
            heapq.heapify(self.ready)
            self.sequence, self.dispatches = vps, 0
            for _ in range(min(lps, vps)):
                Processor(self)

        def step(self) -> None:
            self.agents.do("end_slice")

    class Processor(mesa.Agent):
        def __init__(self, model: Host) -> None:
            super().__init__(model)
            self.vp = heapq.heappop(model.ready)[2]
            model.dispatches += 1

        def end_slice(self) -> None:
            host, vp = self.model, self.vp
            host.ran[vp] += SLICE_NS
            host.virtual[vp] += SLICE_NS * 100 // host.weights[vp]
            if host.ready and host.ready[0][0] <= host.virtual[vp]:
                host.sequence += 1
                host.dispatches += 1
                self.vp = heapq.heapreplace(host.ready, (host.virtual[vp], host.sequence, vp))[2]

    host = Host()
    for _ in range(end_ns // SLICE_NS):
        host.step()
    return host.ran, host.dispatches


class _Winners:
    """A winner tree: the least of so many keys, each changed in the logarithm of their number."""

    def __init__(self, keys: int) -> None:
        """Begin with all keys beyond any."""
        self.first = 1 << (keys - 1).bit_length()
        self.least = [(NEVER, i - self.first) for i in range(2 * self.first)]

    def change(self, i: int, key: int) -> None:
        """Set a key."""
        at, least = self.first + i, self.least
        least[at] = (key, i)
        while at > 1:
            at >>= 1
            left, right = least[2 * at], least[2 * at + 1]
            least[at] = min(left, right)


def by_heapq_lists(vps: int, lps: int, end_ns: int) -> Answer:
    """A heap an LP, and a tree over their first VPs."""
    weights, ran, virtual = weights_of(vps), [0] * vps, [0] * vps
    slack = [2 * SLICE_NS * 100 // weight for weight in weights]
    lists: list[list[tuple[int, int, int]]] = [[] for _ in range(lps)]
    due, dispatches, sequence = _Winners(lps), min(lps, vps), vps
    on = list(range(dispatches))
    for vp in range(dispatches, vps):
        heapq.heappush(lists[vp % lps], (0, vp, vp))
    for lp, waiting in enumerate(lists):
        if waiting:
            due.change(lp, waiting[0][0] + slack[waiting[0][2]])
    running = [(SLICE_NS, lp) for lp in range(dispatches)]
    while running and running[0][0] <= end_ns:
        now, lp = running[0]
        vp = on[lp]
        ran[vp] += SLICE_NS
        virtual[vp] += SLICE_NS * 100 // weights[vp]
        own = lists[lp]
        behind, other = due.least[1]
        reached = min(virtual[vp], own[0][0]) if own else virtual[vp]
        taken = other if other != lp and behind < reached else lp
        if taken != lp or (own and own[0][0] <= virtual[vp]):
            sequence += 1
            on[lp] = heapq.heappop(lists[taken])[2]
            heapq.heappush(own, (virtual[vp], sequence, vp))
            for changed in {lp, taken}:
                first = lists[changed][0] if lists[changed] else (NEVER, 0, 0)
                due.change(changed, first[0] + slack[first[2]])
            dispatches += 1
        heapq.heapreplace(running, (now + SLICE_NS, lp))
    return ran, dispatches


SOURCE = r"""
#include <stdint.h>
#include <stdlib.h>
typedef struct { int64_t key, order; int32_t item; } Entry;
static int before(Entry a, Entry b) { return a.key < b.key || (a.key == b.key && a.order < b.order); }
static void push(Entry *h, int *n, Entry e) {
  int at = (*n)++;
  while (at > 0 && before(e, h[(at - 1) / 2])) { h[at] = h[(at - 1) / 2]; at = (at - 1) / 2; }
  h[at] = e;
}
static Entry pop(Entry *h, int *n) {
  Entry top = h[0], last = h[--(*n)];
  int at = 0, child;
  while ((child = 2 * at + 1) < *n) {
    if (child + 1 < *n && before(h[child + 1], h[child])) child++;
    if (!before(h[child], last)) break;
    h[at] = h[child]; at = child;
  }
  h[at] = last;
  return top;
}
int64_t simulate(int vps, int lps, int64_t end, const int64_t *weight, int64_t *ran, int64_t *waited) {
  const int64_t slice = 10000000;
  Entry *ready = malloc(sizeof(Entry) * (vps + 1)), *running = malloc(sizeof(Entry) * (lps + 1));
  int64_t *virtual = calloc(vps, 8), *since = calloc(vps, 8), sequence = vps, dispatches = 0;
  int32_t *on = malloc(4 * lps);
  int r = 0, n = 0;
  for (int vp = 0; vp < vps; vp++) push(ready, &r, (Entry){0, vp, vp});
  for (int lp = 0; lp < lps && r; lp++) { on[lp] = pop(ready, &r).item; dispatches++; push(running, &n, (Entry){slice, lp, lp}); }
  while (n && running[0].key <= end) {
    Entry e = pop(running, &n);
    int vp = on[e.item];
    ran[vp] += slice;
    virtual[vp] += slice * 100 / weight[vp];
    if (r && ready[0].key <= virtual[vp]) {
      int other = pop(ready, &r).item;
      waited[other] += e.key - since[other];
      since[vp] = e.key;
      push(ready, &r, (Entry){virtual[vp], ++sequence, vp});
      on[e.item] = other;
      dispatches++;
    }
    push(running, &n, (Entry){e.key + slice, e.order, e.item});
  }
  free(ready); free(running); free(virtual); free(since); free(on);
  return dispatches;
}
static void change(int64_t *key, int32_t *winner, int leaves, int i, int64_t value) {
  int at = leaves + i;
  key[at] = value; winner[at] = i;
  while (at > 1) {
    at >>= 1;
    int best = key[2 * at] <= key[2 * at + 1] ? 2 * at : 2 * at + 1;
    key[at] = key[best]; winner[at] = winner[best];
  }
}
int64_t simulate_lists(int vps, int lps, int64_t end, const int64_t *weight, int64_t *ran, int64_t *waited) {
  const int64_t slice = 10000000, never = INT64_MAX / 2;
  int leaves = 1;
  while (leaves < lps) leaves *= 2;
  int64_t *due = malloc(16 * leaves), *ends = malloc(16 * leaves);
  int32_t *due_of = malloc(8 * leaves), *end_of = malloc(8 * leaves), *on = malloc(4 * lps);
  Entry **list = malloc(sizeof(Entry *) * lps);
  int *n = calloc(lps, sizeof(int)), *room = calloc(lps, sizeof(int));
  int64_t *virtual = calloc(vps, 8), *since = calloc(vps, 8), sequence = vps, dispatches = 0;
  for (int i = 0; i < 2 * leaves; i++) { due[i] = ends[i] = never; due_of[i] = end_of[i] = 0; }
  for (int lp = 0; lp < lps; lp++) { list[lp] = malloc(sizeof(Entry) * (room[lp] = 16)); on[lp] = -1; }
  for (int vp = 0; vp < vps; vp++) {
    if (vp < lps) { on[vp] = vp; dispatches++; change(ends, end_of, leaves, vp, slice); continue; }
    int lp = vp % lps;
    if (n[lp] == room[lp]) list[lp] = realloc(list[lp], sizeof(Entry) * (room[lp] *= 2));
    push(list[lp], &n[lp], (Entry){0, vp, vp});
  }
  for (int lp = 0; lp < lps; lp++)
    if (n[lp]) change(due, due_of, leaves, lp, list[lp][0].key + 2 * slice * 100 / weight[list[lp][0].item]);
  while (ends[1] <= end) {
    int64_t now = ends[1];
    int lp = end_of[1], vp = on[lp], taken = lp;
    ran[vp] += slice;
    virtual[vp] += slice * 100 / weight[vp];
    int64_t reached = n[lp] && list[lp][0].key < virtual[vp] ? list[lp][0].key : virtual[vp];
    if (due_of[1] != lp && due[1] < reached) taken = due_of[1];
    if (taken != lp || (n[lp] && list[lp][0].key <= virtual[vp])) {
      int other = pop(list[taken], &n[taken]).item;
      waited[other] += now - since[other];
      since[vp] = now;
      if (n[lp] == room[lp]) list[lp] = realloc(list[lp], sizeof(Entry) * (room[lp] *= 2));
      push(list[lp], &n[lp], (Entry){virtual[vp], ++sequence, vp});
      on[lp] = other;
      dispatches++;
      for (int k = 0; k < 1 + (taken != lp); k++) {
        int at = k ? taken : lp;
        change(due, due_of, leaves, at, n[at] ? list[at][0].key + 2 * slice * 100 / weight[list[at][0].item] : never);
      }
    }
    change(ends, end_of, leaves, lp, now + slice);
  }
  for (int lp = 0; lp < lps; lp++) free(list[lp]);
  free(due); free(ends); free(due_of); free(end_of); free(on); free(list); free(n); free(room); free(virtual); free(since);
  return dispatches;
}
"""


class InC:
    """The same in C, compiled with -O3 when first used: by one queue, or by run lists (`simulate_lists`)."""

    def __init__(self, folder: Path, name: str = "simulate") -> None:
        """Compile into `folder`."""
        compiler = shutil.which("cc")
        assert compiler is not None
        source, library = folder / "peer.c", folder / "peer.so"
        source.write_text(SOURCE)
        subprocess.run([compiler, "-O3", "-shared", "-fPIC", "-o", library, source], check=True)
        self.function = getattr(ctypes.CDLL(str(library)), name)
        self.function.restype = ctypes.c_int64

    def __call__(self, vps: int, lps: int, end_ns: int) -> Answer:
        """Simulate."""
        column = ctypes.c_int64 * vps
        ran, waited = column(), column()
        weights = column(*weights_of(vps))
        dispatches = self.function(vps, lps, ctypes.c_int64(end_ns), weights, ran, waited)
        return list(ran), int(dispatches)
