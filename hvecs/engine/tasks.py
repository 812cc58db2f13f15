"""Build the pool of tasks: those of threads and VPs, and those that only some kinds of workload have; all others come and go."""

import numpy as np

from components import GuestThread, Journey, PageRead, PartitionLayout, Task, TrapState, VpIdentity
from components.task import MESSAGE, PAGE, SLEEPING, THREAD
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.spec.workload import AnyWorkload
from systems import WORKLOADS
from systems.state.tables import POOL

_LASTING = {each.name: each.tasks[0].kind for each in WORKLOADS if each.tasks}


def build_tasks(world: World, plans: tuple[PartitionPlan, ...]) -> None:
    """Make a task of each thread, one that reads pages for each thread of a guest that may page, one that is the message of each VP, and the rest."""
    layouts, threads = world.columns[PartitionLayout], world.columns[GuestThread]
    owners = np.repeat(np.arange(len(layouts)), layouts.threads)
    may_page = np.array([plan.kind != "root" and plan.is_paged for plan in plans], bool)
    paging = np.flatnonzero(may_page[owners])
    vps = world.columns[VpIdentity]
    pages = len(threads) + np.arange(len(paging))
    messages = len(threads) + len(paging) + np.arange(len(vps))
    lasting = [_lasting(plan) for plan in plans]
    first_lasting = len(threads) + len(paging) + len(vps)
    for component in POOL.values():
        world.make(component, first_lasting + sum(map(len, lasting)))
    tasks = world.columns[Task]
    tasks.kind[: len(threads)], tasks.owner[: len(threads)] = THREAD, owners
    tasks.stage[: len(threads)] = SLEEPING
    tasks.kind[pages], tasks.owner[pages] = PAGE, owners[paging]
    world.columns[PageRead].waiter[pages], threads.page[paging] = paging, pages
    tasks.kind[messages], tasks.owner[messages] = MESSAGE, vps.owner
    tasks.vp[messages] = np.arange(len(vps))
    world.columns[TrapState].message = messages
    for owner, work in enumerate(lasting):
        layouts[owner].first_lasting, layouts[owner].lasting = first_lasting, len(work)
        own = slice(first_lasting, first_lasting + len(work))
        if work:
            tasks.kind[own], tasks.owner[own] = _LASTING[plans[owner].kind], owner
            world.columns[Journey].service_ns[own] = work
        first_lasting = own.stop


def _lasting(plan: PartitionPlan) -> tuple[int, ...]:
    return plan.workload.lasting(len(plan.vps)) if isinstance(plan.workload, AnyWorkload) else ()
