"""The same schedule by other means: one global queue by virtual time, written as one would with heapq, SimPy, and in C.

Each takes `vps` weights in turn 100, 200, 400 on `lps` processors for `end_ns`, slices of 10 ms, costs zero, and returns the run time of each VP
and the number of dispatches.
"""

import ctypes
import heapq
import importlib
import shutil
import subprocess
from pathlib import Path

SLICE_NS = 10_000_000
WEIGHTS = (100, 200, 400)

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
"""


class InC:
    """The same in C, compiled with -O3 when first used."""

    def __init__(self, folder: Path) -> None:
        """Compile into `folder`."""
        compiler = shutil.which("cc")
        assert compiler is not None
        source, library = folder / "peer.c", folder / "peer.so"
        source.write_text(SOURCE)
        subprocess.run([compiler, "-O3", "-shared", "-fPIC", "-o", library, source], check=True)
        self.function = ctypes.CDLL(str(library)).simulate
        self.function.restype = ctypes.c_int64

    def __call__(self, vps: int, lps: int, end_ns: int) -> Answer:
        """Simulate."""
        column = ctypes.c_int64 * vps
        ran, waited = column(), column()
        weights = column(*weights_of(vps))
        dispatches = self.function(vps, lps, ctypes.c_int64(end_ns), weights, ran, waited)
        return list(ran), int(dispatches)
