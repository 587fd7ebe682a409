"""Settings are read once, from a file with the environment on top; whatever is wrong is named."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.app import open_register
from gateway.broker_settings import broker_settings, connectors_broker
from gateway.checks import resolved, run_checks
from gateway.clock import SystemClock
from gateway.initialise import initialise
from gateway.keys.secrets_on_disk import load_secret, make_secret, masked, pairing_key
from gateway.refused import Refused
from gateway.settings import Settings, SettingsFault, load_settings, read_settings
from gateway.sides import check_apart
from gateway.trust.operators import Office
from identity.agency.faults import KeyFault
from identity.agency.keys import load_public
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId
from tests.builders import SCHOOL
from tests.gateway.broker.certificates import Authority
from tests.gateway.staff import PARTNERSHIP, opened

MEMBERS: dict[str, Any] = {
    "partnership": "seaton",
    "mode": "trial",
    "gateway_id": "urn:patchwork:seaton:gateway",
    "name": "Seaton Patchwork",
    "database_url": "sqlite:///patchwork.db",
    "data_key_file": "secrets/data.key",
    "pepper_file": "secrets/pepper.key",
    "keys_dir": "keys",
}
FOLDER = Path("/srv/patchwork")


def read(environment: dict[str, str] | None = None, **changes: Any) -> Settings:
    return read_settings({**MEMBERS, **changes}, environment or {}, FOLDER)


def test_relative_paths_count_from_the_folder_of_the_file() -> None:
    settings = read()
    assert settings.pepper_file == FOLDER / "secrets/pepper.key"
    assert settings.database_url == "sqlite:////srv/patchwork/patchwork.db"
    assert read(database_url="sqlite:////var/x.db").database_url == "sqlite:////var/x.db"


def test_the_environment_counts_more_than_the_file() -> None:
    settings = read({"PATCHWORK_LISTEN_PORT": "9000", "PATCHWORK_SETTINGS": "x", "HOME": "/root"}, listen_port=8000)
    assert settings.listen_port == 9000


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"listen_prot": 1}, "no setting 'listen_prot'; did you mean listen_port"),
        ({"zzz": 1}, "no setting 'zzz'; the settings are"),
        ({"listen_port": 70_000}, "'listen_port'"),
        ({"mode": "test"}, "'mode'"),
        ({"partnership": "Seaton!"}, "'partnership': not a valid partnership id"),
        ({"gateway_id": "seaton"}, "'gateway_id': not a valid gateway id"),
        ({"tick_seconds": 0}, "'tick_seconds'"),
        ({"database_url": "postgresql://patchwork:hunter2@db/patchwork"}, "'database_url': holds a password"),
        ({"broker_url": "amqps://patchwork:hunter2@mq/"}, "'broker_url': holds a password"),
        ({"database_url": ""}, "'database_url' or 'database_url_file' is missing"),
        ({"database_url_file": "secrets/url"}, "either database_url or database_url_file"),
    ],
)
def test_a_wrong_setting_is_named_and_never_repeated(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsFault, match=says) as caught:
        read(**changes)
    assert "hunter2" not in str(caught.value)


def test_a_wrong_variable_of_the_environment_is_named() -> None:
    with pytest.raises(SettingsFault, match="no setting 'PATCHWORK_LISTEN_PROT'; did you mean listen_port"):
        read({"PATCHWORK_LISTEN_PROT": "1"})


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(SettingsFault, match="the setting 'pepper_file' is missing"):
        read_settings({name: value for name, value in MEMBERS.items() if name != "pepper_file"}, {}, FOLDER)


def test_a_file_that_is_not_there_or_not_toml_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="patchwork init FOLDER"):
        load_settings(tmp_path / "patchwork.toml", {})
    (tmp_path / "patchwork.toml").write_text("mode = ")
    with pytest.raises(SettingsFault, match="not TOML"):
        load_settings(tmp_path / "patchwork.toml", {})


@given(
    st.dictionaries(
        st.sampled_from(sorted(Settings.model_fields)), st.none() | st.integers() | st.text() | st.lists(st.text())
    )
)
def test_settings_of_any_shape_are_read_or_refused_in_words(changes: dict[str, Any]) -> None:
    try:
        said = f"the settings: {read(**changes).partnership}"
    except SettingsFault as fault:
        said = str(fault)
    assert said.startswith("the settings: ")


def test_init_makes_a_gateway_that_passes_its_checks(tmp_path: Path) -> None:
    made = initialise(tmp_path / "gateway", {"partnership": "seaton", "gateway_id": "urn:patchwork:seaton"})
    assert [(check.name, check.passed) for check in run_checks(made.settings)] == [
        (name, True)
        for name in (
            "keys",
            "secrets",
            "store",
            "clock",
            "checkpoints",
            "broker",
            "proxy",
            "housekeeping",
            "people",
            "bank holidays",
            "expiries",
        )
    ]
    assert load_public(made.public_file) == made.public
    private = [path for path in (tmp_path / "gateway").rglob("*") if path.is_file() and path != made.public_file]
    assert {oct(path.stat().st_mode & 0o777) for path in private} == {"0o600"}
    assert load_secret(made.settings.pepper_file) != load_secret(made.settings.data_key_file)


def test_a_certificate_can_be_asked_for_behind_a_proxy_only() -> None:
    with pytest.raises(SettingsFault, match="require_client_certificate needs proxy_socket"):
        read(require_client_certificate=True)
    assert read(require_client_certificate=True, proxy_socket="proxy.sock").require_client_certificate


def test_the_check_names_who_would_be_shut_out_for_want_of_a_certificate(tmp_path: Path) -> None:
    members = {"partnership": PARTNERSHIP.value, "proxy_socket": "proxy.sock", "require_client_certificate": True}
    made = initialise(tmp_path / "gateway", members)
    store = open_register(made.settings)
    staff = opened(Office(store, SystemClock(), PARTNERSHIP))
    (before,) = [check for check in run_checks(made.settings) if check.name == "proxy"]
    staff.agency(SCHOOL)
    staff.connector("school-1", SCHOOL)
    (after,) = [check for check in run_checks(made.settings) if check.name == "proxy"]
    store.close()
    assert (before.passed, after.passed, "school-1 have none" in after.detail) == (True, False, True)


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    made = initialise(tmp_path / "gateway", {})
    before = made.settings_file.read_bytes(), load_secret(made.settings.pepper_file)
    with pytest.raises(Refused, match="exists already"):
        initialise(tmp_path / "gateway", {})
    assert (made.settings_file.read_bytes(), load_secret(made.settings.pepper_file)) == before


def test_init_where_nothing_can_be_written_says_so_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match=r"cannot be made: .*; name a folder that you may write to"):
        initialise(tmp_path / "file" / "gateway", {})


def test_a_check_that_fails_says_why_and_the_others_still_run(tmp_path: Path) -> None:
    settings = initialise(tmp_path / "gateway", {}).settings
    settings.pepper_file.chmod(0o644)
    (tmp_path / "gateway" / "patchwork.db").unlink()
    failed = {check.name: check.detail for check in run_checks(settings) if not check.passed}
    assert set(failed) == {"secrets", "store", "clock", "checkpoints", "housekeeping", "people", "expiries"}
    assert "can be read by other users" in failed["secrets"]
    assert "patchwork db upgrade" in failed["store"]


def test_a_secret_of_the_wrong_size_is_refused_without_being_shown(tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    make_secret(path)
    assert len(load_secret(path)) == 32
    path.write_text("c2hvcnQ")
    with pytest.raises(KeyFault, match="does not hold 32 bytes") as caught:
        load_secret(path)
    assert "c2hvcnQ" not in str(caught.value)


def test_what_is_shown_of_a_url_holds_no_user_and_no_password() -> None:
    assert (
        masked("postgresql://anna:hunter2@db.example:5432/patchwork?sslkey=x")
        == "postgresql://***@db.example:5432/patchwork"
    )
    assert "***" in str(resolved(read(broker_url="amqps://anna@mq.example/"))["broker_url"])


def test_each_partnership_names_its_pairs_under_a_key_of_its_own() -> None:
    pepper = bytes(32)
    keys = {pairing_key(pepper, PartnershipId(name)) for name in ("seaton", "weston")} | {pepper}
    assert len(keys) == 3


def test_the_broker_is_read_from_its_url() -> None:
    assert broker_settings(read()) is None
    broker = broker_settings(read(broker_url="amqp://patch@127.0.0.1:5673/town%2Fone", broker_password_file="pw"))
    assert broker is not None
    assert (broker.host, broker.port, broker.vhost, broker.user, broker.tls) == (
        "127.0.0.1",
        5673,
        "town/one",
        "patch",
        False,
    )


def test_connectors_believe_the_broker_by_what_the_settings_name(tmp_path: Path) -> None:
    inside, outside = (Authority(tmp_path / name).file for name in ("inside", "outside"))
    own = {"broker_url": "amqps://patch@mq.example/", "broker_password_file": "pw"}
    told = connectors_broker(read(**own))
    assert told is not None
    assert (told.host, told.port, told.ca) == ("mq.example", 5671, b"")
    for more, believed in (({}, inside), ({"public_broker_ca_file": str(outside)}, outside)):
        told = connectors_broker(read(**own, broker_ca_file=str(inside), **more))
        assert told is not None
        assert told.ca == believed.read_bytes()
    (tmp_path / "nonsense").write_text("nonsense")
    for path, problem in (("nonsense", "does not hold certificates"), ("missing", "cannot be read")):
        with pytest.raises(KeyFault, match=problem):
            connectors_broker(read(**own, broker_ca_file=str(tmp_path / path)))


@pytest.mark.parametrize("url", ["http://mq", "amqps://", "amqps://mq:99999/", "amqp://patch@mq.example/"])
def test_a_broker_that_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(SettingsFault, match="broker"):
        broker_settings(read(broker_url=url, broker_password_file="pw"))


TRIAL_SIDE: dict[str, Any] = {
    "mode": "live",
    "trial_database_url": "sqlite:///trial.db",
    "trial_data_key_file": "secrets/trial-data.key",
    "trial_pepper_file": "secrets/trial-pepper.key",
}


def test_a_live_gateway_with_a_trial_side_has_settings_for_each() -> None:
    live, trial = read(**TRIAL_SIDE).sides
    assert (live.mode, live.side.alone) == (Mode.LIVE, False)
    assert (trial.mode, trial.side.alone) == (Mode.TRIAL, False)
    assert trial.database_url == "sqlite:////srv/patchwork/trial.db"
    assert (trial.data_key_file, trial.pepper_file) == (
        FOLDER / "secrets/trial-data.key",
        FOLDER / "secrets/trial-pepper.key",
    )
    assert (trial.keys_dir, trial.broker_url, trial.gateway_id) == (live.keys_dir, live.broker_url, live.gateway_id)


@pytest.mark.parametrize("mode", ["trial", "live"])
def test_a_gateway_without_those_settings_has_one_side(mode: str) -> None:
    (only,) = read(mode=mode).sides
    assert (only.mode, only.side.alone) == (Mode(mode), True)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mode": "trial"}, "in trial mode this gateway is a trial side already"),
        ({"trial_pepper_file": None}, "a trial side needs .* and trial_pepper_file"),
        ({"trial_database_url": None}, "a trial side needs trial_database_url"),
        ({"trial_database_url_file": "trial.url"}, "either trial_database_url or trial_database_url_file, not both"),
        ({"trial_database_url": "sqlite:///patchwork.db"}, "database_url and trial_database_url are the same"),
        ({"trial_pepper_file": "secrets/pepper.key"}, "pepper_file and trial_pepper_file are the same"),
        ({"trial_database_url": "postgresql://me:hunter2@db/x"}, "'trial_database_url': holds a password"),
    ],
)
def test_half_a_trial_side_is_refused(changes: dict[str, Any], says: str) -> None:
    given = {name: value for name, value in (TRIAL_SIDE | changes).items() if value is not None}
    with pytest.raises(SettingsFault, match=says):
        read(**given)


def test_init_makes_a_live_gateway_with_everything_of_both_sides(tmp_path: Path) -> None:
    settings = initialise(tmp_path / "gw", {"mode": "live"}).settings
    checks = {check.name: check for check in run_checks(settings)}
    assert all(check.passed for check in checks.values()), checks
    assert {"trial secrets", "trial store", "trial clock", "sides"} <= checks.keys()
    live, trial = settings.sides
    secrets = [load_secret(path) for side in (live, trial) for path in (side.data_key_file, side.pepper_file)]
    assert len(set(secrets)) == 4
    assert pairing_key(load_secret(live.pepper_file), PartnershipId("trial")) != pairing_key(
        load_secret(trial.pepper_file), PartnershipId("trial")
    )


def test_a_pepper_that_serves_both_sides_is_found_whatever_its_file_is_called(tmp_path: Path) -> None:
    settings = initialise(tmp_path / "gw", {"mode": "live"}).settings
    live, trial = settings.sides
    trial.pepper_file.write_bytes(live.pepper_file.read_bytes())
    with pytest.raises(Refused, match="pepper of the trial side is also one of the live side"):
        check_apart(settings)
    assert [check.name for check in run_checks(settings) if not check.passed] == ["sides"]


def test_nobody_is_asked_about_what_was_confirmed_a_moment_ago() -> None:
    with pytest.raises(SettingsFault, match="at least 60: connectors confirm about once a month"):
        read(unconfirmed_days=100, ask_before_days=41)
    assert read(unconfirmed_days=100, ask_before_days=40).ask_before_days == 40
