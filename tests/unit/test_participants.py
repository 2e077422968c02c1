"""Who takes part in a decision, as what, and facing whom."""

from __future__ import annotations

import pytest
from builders import HA_NOI, JOINED, SPLIT, decision_of, real_decision, unit

from bangiao.register_files import read_ministries, read_units
from checklists.decisions import MergerDecision
from checklists.frozen_facts import FrozenUnits
from checklists.participants import Participant, Role, participants
from checklists.units import Level

REGISTER = FrozenUnits([*read_units(), *read_ministries()])


def by_key(decision: MergerDecision, units: FrozenUnits = REGISTER) -> dict[str, Participant]:
    return {one.unit.key: one for one in participants(decision, units)}


def test_a_merger_has_predecessors_and_one_successor_that_face_each_other() -> None:
    units = FrozenUnits([unit("old:1"), unit("old:2"), unit("new:1")])
    found = by_key(decision_of(("old:1", "new:1", "whole", "merged"), ("old:2", "new:1", "whole", "merged")), units)
    assert {key: one.role for key, one in found.items()} == {
        "old:1": Role.PREDECESSOR,
        "old:2": Role.PREDECESSOR,
        "new:1": Role.SUCCESSOR,
    }
    assert found["new:1"].predecessors == ("old:1", "old:2")
    assert found["old:1"].successors == ("new:1",)
    assert found["new:1"].successors == found["old:1"].predecessors == ()


def test_an_unchanged_unit_takes_part_once_under_its_new_record_and_faces_only_districts() -> None:
    units = FrozenUnits([unit("old:1"), unit("new:1"), unit("old:d", "district", "huyện"), unit("new:2")])
    found = by_key(
        decision_of(
            ("old:1", "new:1", "whole", "unchanged"),
            ("old:d", "new:1", "part", "derived"),
            ("old:d", "new:2", "part", "derived"),
        ),
        units,
    )
    assert set(found) == {"new:1", "new:2", "old:d"}
    assert found["new:1"].role is Role.UNCHANGED
    assert found["new:1"].predecessors == ("old:d",)
    assert found["new:1"].facts["succession"]["from_districts"] == 1
    assert found["new:1"].facts["succession"]["predecessors"] == 0


def test_a_unit_that_keeps_its_name_but_takes_in_a_part_of_another_is_not_unchanged() -> None:
    units = FrozenUnits([unit("old:1"), unit("old:2"), unit("new:1"), unit("new:2")])
    found = by_key(
        decision_of(
            ("old:1", "new:1", "whole", "unchanged"),
            ("old:2", "new:1", "part", "part"),
            ("old:2", "new:2", "part", "part"),
        ),
        units,
    )
    assert found["new:1"].role is Role.SUCCESSOR
    assert found["old:1"].role is Role.PREDECESSOR
    assert found["new:1"].facts["succession"]["receives_part"]


def test_the_facts_of_a_split_say_so_on_both_sides() -> None:
    units = FrozenUnits([unit("old:1", name="Xã An"), unit("new:1", name="Xã An"), unit("new:2", kind="phường")])
    found = by_key(decision_of(("old:1", "new:1", "part", "part"), ("old:1", "new:2", "part", "part")), units)
    assert found["old:1"].facts["succession"]["split"]
    assert found["old:1"].facts["succession"]["successors"] == 2
    assert found["new:1"].facts["succession"]["renamed"] is False
    assert found["new:2"].facts["succession"]["renamed"]
    assert found["new:2"].facts["succession"]["kind_changed"]
    assert found["new:1"].facts["decision"] == {"level": "commune", "days_to_operational": 15}


def test_a_commune_that_becomes_a_ward_of_the_same_name_changed_its_kind_and_not_its_name() -> None:
    units = FrozenUnits([unit("old:1", name="Xã An Bình"), unit("new:1", kind="phường", name="Phường An Bình")])
    facts = by_key(decision_of(("old:1", "new:1", "whole", "kind_changed")), units)["new:1"].facts
    assert (facts["succession"]["renamed"], facts["succession"]["kind_changed"]) == (False, True)


def test_a_ministry_takes_part_on_its_own_and_stands_first() -> None:
    decision = decision_of(("old:00004", "new:00004", "whole", "merged"), central=["central:BKHCN"])
    found = participants(decision, REGISTER)
    assert (found[0].unit.key, found[0].role) == ("central:BKHCN", Role.CENTRAL)
    assert found[0].predecessors == found[0].successors == ()


def test_a_unit_that_the_register_lacks_is_an_error_and_not_left_out() -> None:
    with pytest.raises(KeyError, match="new:9"):
        participants(decision_of(("old:1", "new:9", "whole", "merged")), FrozenUnits([unit("old:1")]))


def test_ha_noi_has_its_city_30_districts_526_old_and_126_new_communes() -> None:
    found = participants(real_decision(HA_NOI), REGISTER)
    counted: dict[tuple[str, str], int] = {}
    for one in found:
        place = (one.unit.level.value, one.role.value)
        counted[place] = counted.get(place, 0) + 1
    assert counted == {
        ("province", "unchanged"): 1,
        ("district", "predecessor"): 30,
        ("commune", "predecessor"): 526,
        ("commune", "successor"): 126,
    }
    assert [one.ordinal for one in found] == list(range(683))
    assert [one.unit.level for one in found] == sorted((one.unit.level for one in found), key=list(Level).index)


def test_fourteen_communes_and_two_districts_go_into_hoan_kiem() -> None:
    found = by_key(real_decision(HA_NOI))[JOINED]
    assert found.facts["succession"]["predecessors"] == 14
    assert found.facts["succession"]["from_districts"] == 2
    assert len(found.predecessors) == 16


def test_one_commune_of_ha_noi_goes_to_five() -> None:
    found = by_key(real_decision(HA_NOI))[SPLIT]
    assert len(found.successors) == 5
    assert found.facts["succession"]["split"]


def test_units_with_equal_profiles_have_equal_facts() -> None:
    profiles: dict[tuple[object, ...], object] = {}
    for one in participants(real_decision(HA_NOI), REGISTER):
        assert profiles.setdefault(one.profile, one.facts) == one.facts
    assert 10 < len(profiles) < 200
