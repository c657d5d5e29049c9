"""Who works on a case: given, taken away, appointed; and who can never be left out."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from casework import cases, team
from casework.access import Machine, Person
from data import account_rows, role_rows
from data.errors import BadInput, Conflict, NotAllowed, NotFound
from data.models import Account, Role
from data.store import Store
from tests.factories import NOON, a_case, an_account

SAM, ANN, ADA = an_account("Sam"), an_account("Ann"), an_account("Ada", is_admin=True)


@pytest.fixture
def seen_by(store: Store) -> Callable[[Account], Store]:
    """The store as an account sees it; three people have one."""
    with store.writing() as writing:
        for account in (SAM, ANN, ADA):
            account_rows.add_account(writing, account)
    return lambda account: store.guarded(Person(store, account))


@pytest.fixture
def case_id(seen_by: Callable[[Account], Store]) -> str:
    return cases.open_case(seen_by(SAM), number="1", name="Aino", by="Sam").id


def roles(store: Store, case_id: str) -> set[tuple[str, str]]:
    return {(role.account_id, role.role.value) for role in role_rows.of_case(store, case_id)}


def test_who_opens_a_case_is_its_supervisor_and_sees_it_at_once(
    store: Store, seen_by: Callable[[Account], Store]
) -> None:
    seen = seen_by(SAM)
    case = cases.open_case(seen, number="1", name="Aino", by="Sam")
    assert seen.case(case.id) == case
    assert roles(store, case.id) == {(SAM.id, "supervisor")}
    with pytest.raises(NotFound):
        seen_by(ANN).case(case.id)


def test_a_supervisor_gives_roles_and_takes_them_away_and_the_record_says_so(
    store: Store, seen_by: Callable[[Account], Store], case_id: str
) -> None:
    for role in (Role.ANALYST, Role.REVIEWER):
        member = team.give_role(seen_by(SAM), case_id, " ann ", role, by="Sam")
        assert member.account.name == "Ann"
        assert member.holds(role)
    team.give_role(seen_by(SAM), case_id, "Ann", Role.ANALYST, by="Sam")  # held already: nothing happens
    assert seen_by(ANN).case(case_id).number == "1"
    team.take_role(seen_by(SAM), case_id, "Ann", Role.ANALYST, by="Sam")
    assert [(m.account.name, [r.role for r in m.roles]) for m in team.members(seen_by(ANN), case_id)] == [
        ("Ann", [Role.REVIEWER]), ("Sam", [Role.SUPERVISOR]),
    ]  # fmt: skip
    said = [(entry.action, entry.by, entry.details.get("role")) for entry in store.audit_entries(case_id)][1:]
    assert said == [
        ("role given", "Sam", "analyst"), ("role given", "Sam", "reviewer"), ("role taken away", "Sam", "analyst"),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="not analyst here any more"):
        team.take_role(seen_by(SAM), case_id, "Ann", Role.ANALYST, by="Sam")


def test_the_last_supervisor_stays(store: Store, seen_by: Callable[[Account], Store], case_id: str) -> None:
    with pytest.raises(Conflict, match="the last supervisor stays"):
        team.take_role(seen_by(SAM), case_id, "Sam", Role.SUPERVISOR, by="Sam")
    team.give_role(seen_by(SAM), case_id, "Ann", Role.SUPERVISOR, by="Sam")
    with store.writing() as writing:
        account_rows.change_account(writing, ANN.id, disabled_at=NOON)  # who cannot sign in governs nothing
    with pytest.raises(Conflict, match="the last supervisor stays"):
        team.take_role(seen_by(SAM), case_id, "Sam", Role.SUPERVISOR, by="Sam")
    with store.writing() as writing:
        account_rows.change_account(writing, ANN.id, disabled_at=None)
    team.take_role(seen_by(SAM), case_id, "Sam", Role.SUPERVISOR, by="Sam")
    with pytest.raises(NotFound):
        seen_by(SAM).case(case_id)


@pytest.mark.parametrize(
    ("name", "why"), [("Ada", "manages accounts"), ("Nobody", "there is no account of this name"), ("", "no account")]
)
def test_a_role_is_for_an_account_that_works_on_cases(
    seen_by: Callable[[Account], Store], case_id: str, name: str, why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        team.give_role(seen_by(SAM), case_id, name, Role.VIEWER, by="Sam")


def test_a_disabled_account_is_given_nothing(store: Store, seen_by: Callable[[Account], Store], case_id: str) -> None:
    with store.writing() as writing:
        account_rows.change_account(writing, ANN.id, disabled_at=NOON)
    with pytest.raises(BadInput, match="disabled"):
        team.give_role(seen_by(SAM), case_id, "Ann", Role.VIEWER, by="Sam")


def test_a_role_that_an_admin_holds_all_the_same_counts_for_nothing(
    store: Store, seen_by: Callable[[Account], Store], case_id: str
) -> None:
    team.give_role(seen_by(SAM), case_id, "Ann", Role.SUPERVISOR, by="Sam")
    admin = replace(ANN, is_admin=True)  # made an admin since
    assert seen_by(admin).cases() == []


def test_a_case_without_a_supervisor_is_given_one_from_the_shell_alone(
    store: Store, seen_by: Callable[[Account], Store], case_id: str
) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())  # kept before there were roles
    shell = store.guarded(Machine("command line"))
    for verb in (
        lambda seen: team.adopt(seen, "Ann", by="Ada"),
        lambda seen: team.appoint(seen, "case-1", "Ann", by="Ada"),
    ):
        with pytest.raises(NotAllowed, match="from its shell"):
            verb(seen_by(ADA))
    assert team.adopt(shell, "Ann", by="shell") == 1
    assert team.adopt(shell, "Ann", by="shell") == 0
    assert [case.id for case in seen_by(ANN).cases()] == ["case-1"]
    team.appoint(shell, case_id, "Ann", by="shell")
    assert roles(store, case_id) == {(SAM.id, "supervisor"), (ANN.id, "supervisor")}


def test_the_refusal_says_which_role_it_needs_and_who_gives_it(
    seen_by: Callable[[Account], Store], case_id: str
) -> None:
    team.give_role(seen_by(SAM), case_id, "Ann", Role.VIEWER, by="Sam")
    with pytest.raises(NotAllowed) as refused:
        cases.keep_vectors(seen_by(ANN), case_id, keeps=False, by="Ann")
    assert str(refused.value) == (
        "Ann may not govern the case: it needs the role supervisor, which a supervisor of this case gives on its Case "
        "page, under Team"
    )


def test_the_shell_appoints_by_the_cases_number(
    store: Store, seen_by: Callable[[Account], Store], case_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from typer.testing import CliRunner

    from cli import app

    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "home"))
    said = CliRunner().invoke(app, ["users", "appoint", "ann", "--case", "1"])
    assert said.exit_code == 0, said.output
    assert (ANN.id, "supervisor") in roles(store, case_id)
    assert CliRunner().invoke(app, ["users", "appoint", "ann", "--case", "2"]).exit_code == 3
    assert CliRunner().invoke(app, ["users", "appoint", "Ada"]).exit_code == 3
