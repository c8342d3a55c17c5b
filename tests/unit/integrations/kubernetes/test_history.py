"""What the emulation remembers of changes, for those who watch."""

import pytest

from integrations.kubernetes.fake import history
from integrations.kubernetes.fake.history import History
from integrations.kubernetes.fake.refusals import Refusal


def changed(version: int) -> dict[str, object]:
    return {"metadata": {"namespace": "orders", "resourceVersion": str(version)}}


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> History:
    monkeypatch.setattr(history, "REMEMBERED", 3)
    made = History()
    for version in range(1, 6):
        made.add(version, "ADDED", "configmaps", changed(version))
    return made


def test_an_old_version_is_forgotten(remembered: History) -> None:
    with pytest.raises(Refusal) as gone:
        list(remembered.follow("configmaps", "orders", 1, 0))
    assert gone.value.code == 410


def test_a_version_that_is_remembered_tells_what_came_after_it(remembered: History) -> None:
    assert [event.version for event in remembered.follow("configmaps", "", 3, 0)] == [4, 5]
    assert list(remembered.follow("secrets", "", 3, 0)) == []


def test_after_a_restart_nothing_is_known_of_before(remembered: History) -> None:
    remembered.forget(5)
    with pytest.raises(Refusal):
        list(remembered.follow("configmaps", "", 4, 0))
