"""Pages that a guest touches for the first time: each mapping faults, and what it maps is zeroed.

Memory says once a period which pages have been touched (`systems.memory.paging`); the guest's VPs that run then pay for them, each
no more at a time than the longest stay in the hypervisor, and runs guest code for as long between two of those: so all VPs of the
guest share the work, and it is delayed, not stopped.
"""

from components.traps import NESTED_PAGE_FAULTS, ZEROED_PAGES
from systems.kernels.jit import part
from systems.state.charges import owe
from systems.state.tables import Tables


@part
def touch_pages(w: Tables, vp: int, now: int) -> None:
    """Charge `vp` for some of the pages that its guest has touched for the first time, if there are any."""
    g = w.guests[w.vp_identity[vp].owner]
    if g.first_zeroings == 0:
        return
    costs = w.charge_ns[w.trap_state[vp].cost_row]
    page_ns = costs[ZEROED_PAGES] + costs[NESTED_PAGE_FAULTS] * g.first_faults // g.first_zeroings
    pages = g.first_zeroings
    if page_ns > 0:
        pages = min(pages, max(1, w.parameters[w.vp_identity[vp].host].longest_stay_ns // page_ns))
    faults = g.first_faults * pages // g.first_zeroings
    g.first_zeroings -= pages
    g.first_faults -= faults
    if faults > 0:
        owe(w, vp, NESTED_PAGE_FAULTS, faults, now)
    owe(w, vp, ZEROED_PAGES, pages, now)
