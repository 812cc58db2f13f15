"""Tiers: requests come to a balancer, which sends each to one of its guests; a request may call further tiers.

A *visit* is a request of a tier from its coming to its answer, an *attempt* a try of it at one guest: visits and attempts are rows of the pool of
requests, and an attempt is a request of its guest like any other. A *member* is a guest as one of those of a tier. The way of a visit:

 1. arrivals.tier_arrival_event   a request comes from outside, or calls.go_on makes one for an attempt of another tier (visits.begin_visit)
 2. balancing.send                a policy chooses one of the members that are up and below their limit; without any the visit waits
 3. balancing._dispatch           an attempt is made and deferred: scheduling.tier_requests.reach_member lets it enter its guest
 4. guest.places.end_service      its work is done; deferred,
 5. calls.go_on                   it calls other tiers, goes on when all of those are answered, and is answered itself in the end:
 6. answers.end_attempt           the member is free for the next, the visit ends, or what called it goes on

Tries that take too long are ended by `due` and `tries`, those whose guest is gone by `health`; `scaling` starts and stops members, and each policy
has a file of its own, which `members.choose_member` calls. Nothing here calls itself through others: what must follow is deferred.
"""
