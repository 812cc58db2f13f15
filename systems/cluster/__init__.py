"""Several hosts: guests go from one to another, by live migration while they run, and after the failure of theirs.

A migration, from being asked for to the guest's going on elsewhere:

queued      It waits until both hosts have a migration less than they may have at once; those asked for first begin first (`moves`).
            What it needs must be there then: memory, on one node where guests may not span nodes, and the guest's reserve. Frames are
            taken on the target, where the guest then waits for nothing more (`systems.memory.moving`).
copying     Pass 1 sends all its memory while it runs, each further pass what it has written meanwhile (`copying`). The passes end when
            nothing is left or they are used up. Of the network it gets a fair share (`systems.state.migrations`), and both roots work for
            what it sends (`work`).
last copy   The guest stands still, its VPs suspended as those of a paused one; what is left is sent.
blackout    State of processors and devices, and the storage's handles, take a while beside that.
landed      The target's frames are its memory, the source's are free, its VPs are the target's (`arriving`); it goes on where it was.

A guest that is turned off, or restarted, is migrated no further: what was kept on the target is free again.

Who asks for migrations: events, the draining of a host (`leaving`), and balancing (`balancing`). When a host fails (`failing`) all that it ran is lost; once
that is noticed its guests are started on others, by priority (`failover`), where there is room for them (`targets`).
"""
