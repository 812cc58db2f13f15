"""Queues whose averages are known, written from the textbooks, and a mean with its error."""

from math import factorial
from statistics import fmean, stdev
from typing import NamedTuple


class Estimate(NamedTuple):
    """The mean of independent replications, and its standard error."""

    mean: float
    error: float


def estimate(values):
    values = list(values)
    return Estimate(fmean(values), stdev(values) / len(values) ** 0.5)


def mmc_response(rate, service, servers):
    """Mean response of M/M/c, by Erlang's C; M/M/1 with one server."""
    load = rate * service
    waiting = load**servers / factorial(servers) / (1 - load / servers)
    erlang_c = waiting / (sum(load**k / factorial(k) for k in range(servers)) + waiting)
    return service + erlang_c * service / (servers - load)


def bounded_throughput(load, places):
    """What M/M/1/K lets through, in times of the rate of its server."""
    if load == 1:
        return places / (places + 1)
    return load * (1 - load**places) / (1 - load ** (places + 1))


def mg1_response(rate, service, cv):
    """Mean response of M/G/1 in order of arrival, by Pollaczek and Khinchine."""
    load = rate * service
    return service + load * service * (1 + cv**2) / 2 / (1 - load)


def processor_sharing_response(rate, service):
    """Mean response of M/G/1 with processor sharing: the distribution's shape does not matter."""
    return service / (1 - rate * service)


class Repairmen(NamedTuple):
    """The averages of M/M/c//N: N threads that think, then need one of c servers."""

    throughput: float
    response: float
    utilisation: float


def machine_repairman(threads, servers, service, think):
    """Solve by exact mean value analysis, the server's marginal probabilities included."""
    response, throughput = service, 0.0
    idle = [1.0] + [0.0] * (servers - 1)  # probability of j threads at the servers, j < servers
    at_servers = 0.0
    for n in range(1, threads + 1):
        correction = sum((servers - 1 - j) * idle[j] for j in range(servers - 1))
        response = service / servers * (1 + at_servers + correction)
        throughput = n / (think + response)
        at_servers = throughput * response
        nearer = [throughput * service / j * idle[j - 1] for j in range(1, servers)]
        none = 1 - (throughput * service + sum((servers - j) * p for j, p in enumerate(nearer, 1))) / servers
        idle = [none, *nearer]
    return Repairmen(throughput, response, throughput * service / servers)
