"""Pages that the root deposits with the hypervisor: in them it keeps a partition and maps its memory [LNX-HVC].

They come from the root's reserve. How many the product needs is not published beyond the habits of one root.
"""

from components.memory import HYPERVISOR, ROOT
from systems.kernels.jit import part
from systems.memory.frames import frame_of
from systems.state.memory import Memory

_FIRST_DEPOSIT = 208  # 4 KiB pages when a partition is made [LNX-HVC]
_NEXT_DEPOSIT = 256  # and whenever its tables need more
_ENTRIES = 512  # mappings to a 4 KiB page of them


@part
def deposit(m: Memory, partition: int) -> int:
    """Deposit from the root what `partition` needs for the memory that it holds; return how many 4 KiB pages that is beyond what it has."""
    if not m.parameters[m.layouts[partition].host].has_hypervisor:
        return 0
    p = m.partitions[partition]
    mappings = p.held * (m.parameters[m.layouts[partition].host].page_bytes // 4096)
    tables = mappings // _ENTRIES // _ENTRIES + 3
    pages = _FIRST_DEPOSIT + (tables + _NEXT_DEPOSIT - 1) // _NEXT_DEPOSIT * _NEXT_DEPOSIT
    more = max(0, pages - p.deposited)
    _change(m, partition, more)
    return more


@part
def withdraw(m: Memory, partition: int) -> None:
    """Return to the root all that it has deposited for `partition`."""
    if m.parameters[m.layouts[partition].host].has_hypervisor:
        _change(m, partition, -m.partitions[partition].deposited)


@part
def _change(m: Memory, partition: int, pages: int) -> None:
    """Add so many pages to the deposits for `partition`, and make as many of the root's frames the hypervisor's as hold all deposits."""
    host = m.layouts[partition].host
    state, root_row = m.state[host], m.hosts[host].root
    root = m.partitions[root_row]
    m.partitions[partition].deposited += pages
    state.deposited += pages
    frame_pages = m.parameters[host].page_bytes // 4096
    wanted = min((state.deposited + frame_pages - 1) // frame_pages, root.visible)
    while state.hypervisor_frames < wanted:
        m.frames[frame_of(m, root_row, state.hypervisor_frames)].state = HYPERVISOR
        state.hypervisor_frames += 1
        root.held -= 1
    while state.hypervisor_frames > wanted:
        state.hypervisor_frames -= 1
        m.frames[frame_of(m, root_row, state.hypervisor_frames)].state = ROOT
        root.held += 1
