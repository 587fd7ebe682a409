"""The settings file: one agency or several, and every mistake named where it stands."""

from pathlib import Path

import pytest

from connectors.settings import Settings, SettingsFault, load
from mappings.canonical.codes import ServiceLine
from mappings.canonical.identifiers import AgencyId

COMMON = """
connector = "seaton-council"
partnership = "seaton"
mode = "trial"
home_gateway = "urn:patchwork:seaton:gateway"
"""
CHANNEL = """
[channel]
kind = "https"
url = "https://gateway.seaton.example"
"""
SHORT = f"""{COMMON}
exclusions = "exclusions.txt"

[agency]
id = "urn:patchwork:seaton:housing"
name = "Seaton Housing"
service = "housing"

[agency.lines.domestic-abuse]
sensitivity = "sensitive"

[agreement]
id = "seaton-children"
version = 1

[[sources]]
name = "tenancies"
path = "export.csv"

[eligibility]
age_bands = ["child"]

[[sinks]]
kind = "folder"
path = "alerts"

[ledger]
path = "mine.sqlite3"
{CHANNEL}"""


def table(name: str, **changes: str) -> str:
    """One of several agencies, with a file or two exchanged."""
    own = {"source": f"{name}.csv", "sink": f"{name}-alerts", "ledger": f"{name}.sqlite3"} | changes
    return f"""
[[agencies]]
id = "urn:patchwork:seaton:{name}"
name = "Seaton {name.title()}"
service = "housing"
exclusions = "exclusions.txt"

[agencies.lines.domestic-abuse]
sensitivity = "sensitive"

[agencies.agreement]
id = "seaton-children"
version = 1

[[agencies.sources]]
name = "tenancies"
path = "{own["source"]}"

[agencies.eligibility]
age_bands = ["child"]

[[agencies.sinks]]
kind = "folder"
path = "{own["sink"]}"

[agencies.ledger]
path = "{own["ledger"]}"
"""


def loaded(folder: Path, text: str) -> Settings:
    """What is in a file with that text."""
    (folder / "connector.toml").write_text(text)
    return load(folder / "connector.toml")


def refused(folder: Path, text: str) -> str:
    """Why it is refused."""
    with pytest.raises(SettingsFault) as caught:
        loaded(folder, text)
    return str(caught.value)


def test_one_agency_in_either_form_is_the_same(tmp_path: Path) -> None:
    long = COMMON + table("housing", source="export.csv", sink="alerts", ledger="mine.sqlite3") + CHANNEL
    assert loaded(tmp_path, SHORT) == loaded(tmp_path, long)
    (agency,) = loaded(tmp_path, SHORT).agencies
    assert (agency.id, agency.service) == (AgencyId("urn:patchwork:seaton:housing"), ServiceLine.HOUSING)
    assert agency.ledger.path == tmp_path / "mine.sqlite3"


def test_several_agencies_have_each_what_is_their_own(tmp_path: Path) -> None:
    said = loaded(tmp_path, COMMON + table("housing") + table("adults") + CHANNEL)
    assert [agency.name for agency in said.agencies] == ["Seaton Housing", "Seaton Adults"]
    assert [agency.ledger.path.name for agency in said.agencies] == ["housing.sqlite3", "adults.sqlite3"]
    assert said.agencies[0].exclusions == said.agencies[1].exclusions, (
        "one list for two agencies keeps more in, not less"
    )


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("ledger", {"ledger": "housing.sqlite3"}),
        ("source", {"source": "./housing.csv"}),
        ("sink", {"sink": "x/../housing-alerts"}),
        ("ledger", {"sink": "housing.sqlite3"}),
    ],
)
def test_two_agencies_never_share_a_file(tmp_path: Path, what: str, changes: dict[str, str]) -> None:
    said = refused(tmp_path, COMMON + table("housing") + table("adults", **changes) + CHANNEL)
    assert "urn:patchwork:seaton:housing and urn:patchwork:seaton:adults share" in said
    assert "give each agency a file or folder of its own" in said
    assert what in said or "sink" in said


def test_a_shared_ledger_is_found_behind_a_link_too(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.sqlite3").symlink_to(tmp_path / "housing.sqlite3")
    said = refused(tmp_path, COMMON + table("housing") + table("adults", ledger="elsewhere.sqlite3") + CHANNEL)
    assert "housing.sqlite3 (ledger)" in said


def test_the_default_ledger_serves_one_agency_only(tmp_path: Path) -> None:
    def without(name: str) -> str:
        return table(name).partition("[agencies.ledger]")[0]

    assert "ledger.sqlite3 (ledger)" in refused(tmp_path, COMMON + without("housing") + without("adults") + CHANNEL)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (COMMON + CHANNEL, "agency: must be set: one [agency] table, or one [[agencies]]"),
        (COMMON + "agencies = []\n" + CHANNEL, "agencies: name at least one"),
        (COMMON + table("housing") * 2 + CHANNEL, "urn:patchwork:seaton:housing stands there twice"),
        (SHORT + table("adults"), "agency: there are [[agencies]] in this file"),
        (COMMON + 'exclusions = "x.txt"\n' + table("adults") + CHANNEL, "exclusions: there are [[agencies]]"),
        (SHORT + "\n[agency.ledger]\npath = 'x'\n", "agency.ledger: must stand beside [agency], not in it"),
        (SHORT.replace('service = "housing"', 'service = "houses"'), "agency.service: "),
        (SHORT.replace('name = "tenancies"', 'naem = "tenancies"'), "sources.0.naem: there is no such key; did you mean 'name'"),
        (SHORT.replace("[agreement]", "[agrement]"), "agrement: there is no such key; did you mean 'agreement'"),
        (SHORT.replace("[agency.lines", "[agency.liens"), "agency.liens: there is no such key; did you mean 'lines'"),
        (COMMON + table("a") + table("b").replace("path", "pth", 1) + CHANNEL, "agencies.1.sources.0.pth: there is no"),
        (COMMON + table("a").replace("[agencies.ledger]", "[agencies.leger]") + CHANNEL, "did you mean 'ledger'"),
        (COMMON + table("a").replace('name = "Seaton A"\n', "") + CHANNEL, "agencies.0.name: must be set"),
        (SHORT + '\n[[sinks]]\nkind = "folder"\npath = "b"\n', "sinks: two are called 'folder'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_where_it_stands(tmp_path: Path, text: str, words: str) -> None:
    said = refused(tmp_path, text)
    assert words in said
    assert "Tuple" not in said


LIVE = """
[[sources]]
kind = "fhir_server"
name = "ehr"
url = "https://ehr.example/fhir"
"""


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("fhir_server", "fhir_sever", "sources.1: kind: there is no such kind of source; there are file, fhir_server"),
        ("url = ", "uri = ", "sources.1.url: must be set; sources.1.uri: there is no such key; did you mean 'url'?"),
        ("https:", "http:", "sources.1: fhir_server: plain http reaches a server on this machine only"),
        ("https://", "https://me:secret@", "sources.1: fhir_server: url must not hold a user or password"),
        ('"ehr"', '"ehr"\nevery_minutes = 0', "sources.1.every_minutes: Input should be greater than or equal to 1"),
        ('"ehr"', '"tenancies"', "sources: two are called 'tenancies'"),
        ('"ehr"', '"ehr"\ntoken_file = "a"\ncredential_file = "b"', "name a token_file or a credential_file, not both"),
    ],
)
def test_a_mistake_in_a_live_source_is_named(tmp_path: Path, before: str, after: str, problem: str) -> None:
    path = tmp_path / "connector.toml"
    path.write_text(SHORT + LIVE)
    assert [source.kind for source in load(path).agencies[0].sources] == ["file", "fhir_server"]
    path.write_text(SHORT + LIVE.replace(before, after))
    with pytest.raises(SettingsFault) as caught:
        load(path)
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)


PUSH = """
[[sources]]
kind = "http_push"
name = "casework"
port = 8451
secret_file = "casework.secret"
"""


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("port = 8451", "", "sources.1.port: must be set"),
        ("port =", 'address = "10.1.2.3"\nport =', "the secret may be read on its way; name cert_file and key_file"),
        ("port =", 'address = "localhost"\nport =', "address and senders must be IP addresses"),
        ("port =", 'senders = ["0.0.0.0/0"]\nport =', "a network of every address names nobody"),
        ("port =", 'cert_file = "a"\nport =', "cert_file and key_file go together"),
        ("port =", 'client_ca_file = "a"\nport =', "client_ca_file needs cert_file and key_file"),
        ('secret_file = "casework.secret"', "", "name a secret_file, or a client_ca_file"),
        (
            'secret_file = "casework.secret"',
            'secret = "s3cret"',
            "sources.1.secret: there is no such key; did you mean",
        ),
    ],
)
def test_a_mistake_about_a_listener_is_named(tmp_path: Path, before: str, after: str, problem: str) -> None:
    path = tmp_path / "connector.toml"
    path.write_text(SHORT + PUSH.replace(before, after))
    with pytest.raises(SettingsFault) as caught:
        load(path)
    assert problem in str(caught.value)
    assert "s3cret" not in str(caught.value)


ASKED = """
[[sources]]
kind = "sql_query"
name = "cases"
driver = "sqlite"
database_file = "cases.sqlite"
query_file = "cases.sql"
"""
MLLP = """
[[sources]]
kind = "hl7v2_mllp"
name = "pas"
port = 2575
"""


@pytest.mark.parametrize(
    ("text", "before", "after", "problem"),
    [
        (ASKED, '"sqlite"', '"odbc"', "other databases, also over ODBC, are not read"),
        (ASKED, 'database_file = "cases.sqlite"', "", "name the database_file of SQLite"),
        (ASKED, '"sqlite"', '"postgresql"', "name the database, and a user that may read"),
        (MLLP, "port =", 'address = "10.1.2.3"\nport =', "name senders or a client_ca_file: MLLP has no password"),
        (MLLP, "port =", 'address = "10.1.2.3"\nsenders = ["10.1.2.4"]\nport =', "or set unencrypted = true"),
    ],
)
def test_what_would_not_be_safe_is_refused(tmp_path: Path, text: str, before: str, after: str, problem: str) -> None:
    path = tmp_path / "connector.toml"
    path.write_text(SHORT + text)
    load(path)
    path.write_text(SHORT + text.replace(before, after))
    with pytest.raises(SettingsFault) as caught:
        load(path)
    assert problem in str(caught.value)


def test_two_agencies_share_no_database_file(tmp_path: Path) -> None:
    asked = ASKED.replace("[[sources]]", "[[agencies.sources]]")
    path = tmp_path / "connector.toml"
    path.write_text(COMMON + table("a") + asked + table("b") + asked + CHANNEL)
    with pytest.raises(SettingsFault, match=r"share .*cases.sqlite \(source\)"):
        load(path)
