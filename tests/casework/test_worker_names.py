from pathlib import Path

import pytest

from casework.worker_names import take_name
from data.errors import Conflict


def test_two_workers_on_one_machine_never_have_the_same_name(tmp_path: Path) -> None:
    first, held = take_name(tmp_path)
    second, also_held = take_name(tmp_path)
    assert first.endswith("-1")
    assert second.endswith("-2")
    held.close()
    also_held.close()


def test_a_worker_takes_the_place_of_one_that_ended(tmp_path: Path) -> None:
    first, held = take_name(tmp_path)
    _, stays = take_name(tmp_path)
    held.close()
    again, held = take_name(tmp_path)
    assert again == first
    held.close()
    stays.close()


def test_a_name_in_use_is_refused_and_one_that_is_a_path_stays_in_its_folder(tmp_path: Path) -> None:
    name, held = take_name(tmp_path, "../../evil")
    assert name == "../../evil"
    assert [path.parent for path in tmp_path.rglob("*.lock")] == [tmp_path / "workers"]
    with pytest.raises(Conflict, match="is running on this machine"):
        take_name(tmp_path, "../../evil")
    held.close()
