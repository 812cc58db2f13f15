"""Traps: intercepts, interrupts and hypercalls, counted where they happen and paid for by the VP that causes them.

Whatever costs hypervisor time is counted on its VP and added to what the VP owes; in the phase HYPERVISOR it pays. So at
every moment hypervisor run time + what is unpaid = the sum over the charges of count x cost, with dispatches.

What guest code does at a rate (see `settlement`) is counted in arrears, at the VP's own events, and costs no event of its
own: the VP pays before its burst ends, or at the end of its slice. Interrupts and idle transitions are counted when they happen.
"""
