"""Scheduling policies by name: the hypervisor's own, and those in files of users."""

import importlib.util
import sys
from pathlib import Path

from hvecs.spec import Problem, SpecError
from hvecs.spec.policy_file import policy_digest, policy_of
from hvecs.spec.scenario import Scenario
from systems.policies.classic import CLASSIC
from systems.policies.core import CORE
from systems.policies.root import ROOT
from systems.policy import Policy

_BUILT_IN = {policy.name: policy for policy in (CLASSIC, CORE, ROOT)}


def find_policy(scenario: Scenario) -> Policy:
    """Return the policy of a scenario; a file of the user's own is executed.

    Its name is that of the file's content, so that compiled code is kept for just this content.

    Raises:
        SpecError: the file cannot be executed, or holds no policy of that name.
    """
    if scenario.host.hypervisor == "none":
        return CLASSIC
    own = policy_of(scenario.host.scheduler)
    if own is None:
        return _BUILT_IN[scenario.host.scheduler]
    path, name = own
    try:
        digest = policy_digest(scenario.host.scheduler)
        found = getattr(module_of(path, digest), name, None)
    except Exception as error:
        line = error.lineno if isinstance(error, SyntaxError) else line_in(path, error)
        raise _no_policy(path, line, f"{type(error).__name__}: {error}") from error
    if not isinstance(found, Policy):
        raise _no_policy(
            path, None, f"no policy is named {name}; expected a systems.policy.Policy of that name"
        )
    return found._replace(name=f"{path.name}:{name} {digest}")


def module_of(path: Path, digest: str) -> object:
    """Execute the file as a module, once for each content."""
    name = f"hvecs_code_{digest[:16]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"not a Python file: {path}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def line_in(path: Path, error: Exception) -> int | None:
    """Return the last line of the file that the error went through."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _no_policy(path: Path, line: int | None, message: str) -> SpecError:
    return SpecError((Problem(str(path), line, "host.scheduler", message),))
