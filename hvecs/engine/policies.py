"""Scheduling policies by name: the hypervisor's own, and those in files of users."""

from pathlib import Path

from hvecs.spec import Problem, SpecError
from hvecs.spec.policy_file import policy_of
from hvecs.spec.scenario import Scenario
from hvecs.user_code import CodeNotAllowed, execute
from systems.policies.classic import CLASSIC
from systems.policies.core import CORE
from systems.policies.root import ROOT
from systems.policy import Policy
from systems.schedule import digest_of

_BUILT_IN = {policy.name: policy for policy in (CLASSIC, CORE, ROOT)}


def find_policy(scenario: Scenario) -> Policy:
    """Return the policy of a scenario; a file of the user's own is executed, with leave.

    Its name is that of the file's content and of what its hooks do, so that compiled code is kept for just that.

    Raises:
        CodeNotAllowed: there is no leave to execute it.
        SpecError: the file cannot be executed, or holds no policy of that name.
    """
    if scenario.host.hypervisor == "none":
        return CLASSIC
    own = policy_of(scenario.host.scheduler)
    if own is None:
        return _BUILT_IN[scenario.host.scheduler_used]
    path, name = own
    try:
        module, digest = execute(path)
    except CodeNotAllowed:
        raise
    except Exception as error:
        line = line_in(path, error)
        raise _no_policy(path, line, f"{type(error).__name__}: {error}") from error
    found = getattr(module, name, None)
    if not isinstance(found, Policy):
        raise _no_policy(
            path, None, f"no policy is named {name}; expected a systems.policy.Policy of that name"
        )
    return found._replace(name=f"{path.name}:{name} {digest} {digest_of(filter(callable, found))}")


def line_in(path: Path, error: Exception) -> int | None:
    """Return the line of the file that is no Python, or the last that the error went through."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _no_policy(path: Path, line: int | None, message: str) -> SpecError:
    return SpecError((Problem(str(path), line, "host.scheduler", message),))
