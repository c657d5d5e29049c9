"""Which passwords are taken, and how they are kept."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.password_strength import LEAST_BITS, guess_bits
from casework.passwords import check_password, hashed, is_outdated, is_right, one_time_password
from data.errors import BadInput

COMMON = [
    "password1234", "123456789012", "qwertyuiop12", "passwordpassword", "iloveyou1234", "1q2w3e4r5t6y",
    "qwertyuiopasdfgh", "administrator", "q1w2e3r4t5y6", "1qaz2wsx3edc", "zaq12wsxcde3", "abcd1234abcd", "P@ssw0rd1234",
    "letmeinletmein", "lastseen2026!", "Summer2024!!!!", "111111111111", "Password123!", "manchesterunited",
    "liverpoolfc1", "welcome12345", "Helsinki2026!", "abababababab", "qweasdzxc123", "monkeydragon12",
    "Trustno1Trustno1", "asdfghjkl123", "PolicePolice1", "01.01.1990 01.01.1990", "drowssap1234", "Missing-Person-1",
]  # fmt: skip
FINE = [
    "tea kettle winding road", "plum-orbit-sandal", "vanha traktori ojassa", "gq7rtm29vbxz",
    "日本語のパスワードですよ十二", "red fox jumps over bakery",
    "".join(map(chr, range(0x1F600, 0x1F618, 2))), "    leading and trailing    ",
]  # fmt: skip


@pytest.mark.parametrize("password", COMMON)
def test_a_common_password_is_refused_in_plain_words(password: str) -> None:
    with pytest.raises(BadInput, match="common"):
        check_password(password)


@pytest.mark.parametrize("password", FINE)
def test_a_password_of_any_letters_is_taken_and_spaces_stay(password: str) -> None:
    assert check_password(password) == password


@pytest.mark.parametrize("password", ["aino.virtanen1", "ainovirtanen2026", "Virtanen-Aino!"])
def test_a_password_made_of_the_own_name_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="common"):
        check_password(password, ("aino.virtanen", "Aino Virtanen"))


def test_twelve_characters_are_needed_whatever_they_are_in_bytes() -> None:
    with pytest.raises(BadInput, match="12 characters or more"):
        check_password("vkq7zrm2xt9")
    assert check_password("vkq7zrm2xt9w")
    with pytest.raises(BadInput, match="12 characters or more"):
        check_password("é" * 2 + "ñüßøå日本語")  # eleven code points, twenty-odd bytes


def test_a_long_password_is_taken_and_a_book_is_not() -> None:
    long = "one two three and so on until the end of the page, where 7 lamps stood"
    assert check_password((long * 4)[:256])
    with pytest.raises(BadInput, match="at most 256"):
        check_password((long * 4)[:257])


def test_an_accent_typed_in_two_ways_is_one_password() -> None:
    composed, apart = "p\u00e4iv\u00e4nkakkara vesi", "pa\u0308iva\u0308nkakkara vesi"
    kept = hashed(check_password(composed))
    assert is_right(apart, kept)
    assert is_right(composed, hashed(check_password(apart)))


def test_a_hash_is_argon2id_and_salted() -> None:
    first, second = hashed("tea kettle winding road"), hashed("tea kettle winding road")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,")
    assert not is_outdated(first)
    assert is_right("tea kettle winding road", first)
    assert not is_right("Tea kettle winding road", first)


def test_nobodys_password_is_never_right_and_a_broken_hash_is_no_error() -> None:
    assert not is_right("tea kettle winding road", "")
    assert not is_right("", "")
    assert not is_right("tea kettle winding road", "no hash at all")
    assert not is_right("x" * 5000, hashed("x" * 256))


def test_one_time_passwords_differ_and_are_taken_themselves() -> None:
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        assert check_password(password)
        assert set(password) <= set(string.ascii_lowercase + string.digits + "-") - set("il1o0")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_an_estimate_is_never_negative_and_grows_with_more_of_the_same_kind(text: str) -> None:
    assert guess_bits(text) >= 0
    assert guess_bits(text) <= guess_bits(text + "\u2603") + 1e-9


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=string.ascii_lowercase + string.digits, min_size=1, max_size=3), st.integers(4, 30))
def test_repeating_a_little_does_not_make_it_much(unit: str, times: int) -> None:
    assert guess_bits(unit * times) < LEAST_BITS
