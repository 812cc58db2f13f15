"""Published measurements and closed forms, each within its tolerance."""

import pytest

from hvecs.agreement.cases import read_cases
from hvecs.agreement.reproduction import reproduce

pytestmark = pytest.mark.statistical


@pytest.mark.parametrize("case", read_cases().values(), ids=lambda case: case.name)
def test_every_case_is_within_its_tolerance(case):
    assert [each.expected.what for each in reproduce([case]) if not each.agrees] == []
