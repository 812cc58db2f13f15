"""CPU groups: VMs with LPs and a cap in common [WSD manage-hyper-v-cpugroups]."""

from components.declare import Component, int64


class CpuGroup(Component):
    """The common budget of all VPs in a group, however many VMs they belong to."""

    host = int64("its host", "index")
    phase_ns = int64("when its budget is first renewed; then every cap period", "ns")
    threads = int64(
        "VPs that run together: those of a virtual core under the core scheduler", "count", default=1
    )
    most = int64(
        "its VPs that its cap lets run at once: LPs' worth of the cap, rounded up to whole `threads`", "count"
    )
    budget_ns = int64("most LP time in a cap period, over all its LPs; NO_CAP for none", "ns", default=-1)
    reserved_ns = int64("reserves of its guests that are on, in a cap period", "ns")
    used_ns = int64("LP time used in the present period, with what earlier ones overran", "ns")
    cap_period = int64("the cap period for which used_ns holds", "index")
    since_ns = int64("time up to which used_ns holds", "ns")
    admitted = int64("its VPs that run or stand in line for an LP; the others wait for a place", "count")
    wanted_ns = int64("LP time in a cap period that its runnable VPs could use, each up to its own cap", "ns")
    running = int64("LPs that run VPs of the group", "count")
    virtual_ns = int64("virtual time at which its VPs are served, before moved_on_ns", "ns at weight 100")
    moved_on_ns = int64("added to the virtual times of its VPs: sharing lost to the cap", "ns at weight 100")
    first_member = int64("its first VP in the list of members by group", "index")
    members = int64("VPs in it", "count")
