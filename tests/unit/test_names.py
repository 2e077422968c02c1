"""Names are found without diacritics and stand in the order of a Vietnamese dictionary."""

from __future__ import annotations

import random
import unicodedata

import pytest

from bangiao.register_files import read_units
from checklists.names import is_nfc, search_key, sort_key
from checklists.units import Level

IN_ORDER = """
    An Giang, Bắc Ninh, Cà Mau, Cao Bằng, Cần Thơ, Đà Nẵng, Đắk Lắk, Điện Biên, Đồng Nai, Đồng Tháp, Gia Lai, Hà Nội,
    Hà Tĩnh, Hải Phòng, Hồ Chí Minh, Huế, Hưng Yên, Khánh Hòa, Lai Châu, Lạng Sơn, Lào Cai, Lâm Đồng, Nghệ An,
    Ninh Bình, Phú Thọ, Quảng Ngãi, Quảng Ninh, Quảng Trị, Sơn La, Tây Ninh, Thái Nguyên, Thanh Hóa, Tuyên Quang,
    Vĩnh Long"""
PROVINCES = [name.strip() for name in IN_ORDER.split(",")]
"""The 34 provinces as a Vietnamese dictionary orders them."""


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Đồng Nai", "dong nai"),
        ("Đắk Lắk", "dak lak"),
        ("ĐẶC KHU HOÀNG SA", "dac khu hoang sa"),
        ("Phường Văn Miếu - Quốc Tử Giám", "phuong van mieu - quoc tu giam"),
        ("Thừa Thiên Huế", "thua thien hue"),
        ("  Ô   Chợ Dừa ", "o cho dua"),
        ("Xã Ia Mơ’", "xa ia mo’"),
        ("", ""),
    ],
)
def test_a_name_is_searched_without_case_tone_and_diacritics(name: str, key: str) -> None:
    assert search_key(name) == key


@pytest.mark.parametrize("name", PROVINCES)
def test_a_name_typed_in_pieces_has_the_same_keys_as_the_composed_one(name: str) -> None:
    pieces = unicodedata.normalize("NFD", name)
    assert (search_key(pieces), sort_key(pieces)) == (search_key(name), sort_key(name))
    assert is_nfc(name)
    assert pieces == name or not is_nfc(pieces)


def test_a_search_key_is_its_own_search_key() -> None:
    assert [search_key(search_key(name)) for name in PROVINCES] == [search_key(name) for name in PROVINCES]


def test_the_provinces_stand_in_dictionary_order() -> None:
    shuffled = random.Random(34).sample(PROVINCES, len(PROVINCES))  # noqa: S311 - a test
    assert sorted(shuffled, key=sort_key) == PROVINCES


def test_those_are_the_provinces_of_the_register() -> None:
    units = [one for one in read_units() if one.level is Level.PROVINCE and one.generation == "new"]
    names = {one.name.removeprefix(one.kind.capitalize()).strip() for one in units}
    assert names == set(PROVINCES)


def test_tones_only_decide_between_equal_letters() -> None:
    in_order = ["ma", "mà", "mả", "mã", "má", "mạ", "mạ a", "mai", "măng", "mận", "me", "mê", "mi", "mo", "mô", "mơ"]
    backwards = in_order[::-1]
    assert sorted(backwards, key=sort_key) == in_order


def test_d_with_a_stroke_follows_d_and_precedes_e() -> None:
    assert sorted(["Ea", "Đà", "Dĩ An", "Cà"], key=sort_key) == ["Cà", "Dĩ An", "Đà", "Ea"]
