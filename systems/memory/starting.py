"""What a guest starts with: its pages, backed from the nodes on which its VPs belong."""

from components.memory import GUEST
from systems.kernels.jit import part
from systems.memory.frames import map_page
from systems.state.memory import Memory
from systems.state.tables import Tables


@part
def back_pages(w: Tables, m: Memory, partition: int, pages: int) -> None:
    """Back the first `pages` pages of `partition`, from its node first, or, where it sees several, from those of its VPs in turn."""
    p = m.partitions[partition]
    layout = w.layouts[partition]
    vp = layout.first_vp
    for page in range(pages):
        if p.virtual_nodes > 1:
            vp = layout.first_vp + page * layout.vps // p.startup
        p.preferred_node = w.vp_identity[vp].ideal_node
        map_page(m, partition, page, GUEST)
    p.visible = p.startup
    p.preferred_node = max(p.planned_node, m.hosts[layout.host].first_node)
    p.boots += 1
