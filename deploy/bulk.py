"""Reading exports of the size that large councils have: `make bulk`, as JSON.

Every reading is a process of its own, so that its memory is its own too. Speed is told as a ratio to the leanest thing that could be done
with the same file on the same machine in the same minute: csv.reader and a line of JSON for each row. Times are of the processor, since other
programs may be running.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

ROWS = 1_000_000
XML_BYTES = 300 * 1024**2
FAMILIES = ("Ashdown", "Birkett", "Colbeck", "Dunmore", "Elphick", "Farrow", "Garside", "Haldane", "Imrie", "Jessop")
HEADINGS = "Client ref,Surname,Forename,DoB,NHS No,Key worker,Duty,Service line,Date opened,Date closed,Postcode"
AS_OF = date(2025, 11, 6)


def write_rows(path: Path, rows: int) -> None:
    """A CSV of that many invented clients."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADINGS.split(","))
        for number in range(rows):
            born = f"{number % 28 + 1:02}/{number % 12 + 1:02}/{1940 + number % 80}"
            family = f"{FAMILIES[number % 10]}{_letters(number // 10)}"
            worker = f"{FAMILIES[number // 7 % 10]}, {FAMILIES[number // 70 % 10]}"
            place = f"ZZ{number % 9 + 1} {number % 10}AB"
            started = f"{number % 28 + 1:02}/09/{2015 + number % 10}"
            writer.writerow(
                [f"C{number}", family, "Alder", born, "", worker, "Young carers", "early help", started, "", place]
            )


def write_census(path: Path, size: int) -> int:
    """A Children in Need census of at least that many bytes; answers how many children it has."""
    children = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write(
            "<Message><Header><CollectionDetails><Collection>CIN</Collection></CollectionDetails></Header><Children>\n"
        )
        while stream.tell() < size:
            stream.writelines(_child(children + more) for more in range(1_000))
            children += 1_000
        stream.write("</Children></Message>\n")
    return children


def _child(number: int) -> str:
    plans = "".join(
        f"<Assessments><AssessmentActualStartDate>2025-0{part + 1}-01</AssessmentActualStartDate><FactorsIdentifiedAtAssessment>"
        "<AssessmentFactors>2A</AssessmentFactors><AssessmentFactors>3A</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>"
        for part in range(3)
    )
    return (
        f"<Child><ChildIdentifiers><LAchildID>C{number}</LAchildID><PersonBirthDate>201{number % 10}-03-09</PersonBirthDate><Sex>F</Sex>"
        f"</ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics><CINdetails>"
        f"<CINreferralDate>2025-01-{number % 28 + 1:02}</CINreferralDate><PrimaryNeedCode>N1</PrimaryNeedCode>{plans}"
        "<ReferralNFA>false</ReferralNFA></CINdetails></Child>\n"
    )


def _letters(number: int) -> str:
    found = ""
    while number:
        number, letter = divmod(number, 26)
        found += chr(97 + letter)
    return found


def read_in_a_process(path: Path) -> dict[str, Any]:
    """What reading a file takes: rows, seconds of the processor, megabytes at the most."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.bulk", "--read", str(path)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def read(path: Path) -> dict[str, Any]:
    """Read in this process."""
    from connectors.sources.opening import AUTO, open_source
    from connectors.sources.port import Read
    from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
    from mappings.canonical.codes import Mode, ServiceLine
    from mappings.canonical.identifiers import AgencyId
    from mappings.canonical.involvement import Contact

    said = ServiceDefaults(contact=Contact("01632 960000"))
    defaults = AgencyDefaults(AgencyId("urn:patchwork:bulk:agency"), ServiceLine.OTHER, said)
    begun = time.process_time()
    source = open_source(AUTO, path, defaults, Mode.TRIAL, AS_OF)
    rows = sum(isinstance(reading, Read) for reading in source.readings())
    seconds = time.process_time() - begun
    # Kilobytes on Linux, bytes on macOS.
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return {"rows": rows, "seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit}


def read_barely(path: Path) -> float:
    """Seconds of the processor for csv.reader and a line of JSON for each row."""
    begun = time.process_time()
    with path.open(newline="", encoding="utf-8") as stream:
        rows = csv.reader(stream)
        headings = next(rows)
        for _ in _lines(headings, rows):
            pass
    return time.process_time() - begun


def _lines(headings: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    return (json.dumps(dict(zip(headings, row, strict=True))) for row in rows)


def measured(rows: int, size: int, folder: Path) -> dict[str, Any]:
    """Both readings, with a CSV of `rows` and an XML file of `size` bytes."""
    table, census = folder / "export.csv", folder / "census.xml"
    write_rows(table, rows)
    as_table, bare = read_in_a_process(table), read_barely(table)
    table.unlink()
    children = write_census(census, size)
    as_tree = read_in_a_process(census)
    return {
        "csv": {
            **as_table,
            "rows_a_second": as_table["rows"] / as_table["seconds"],
            "bare_seconds": bare,
            "times_bare": as_table["seconds"] / bare,
        },
        "xml": {**as_tree, "bytes": census.stat().st_size, "children": children},
    }


def main() -> int:
    """The entry point."""
    parser = argparse.ArgumentParser(prog="deploy.bulk", description=__doc__)
    parser.add_argument("--read", type=Path, help="read one file in this process, and say what it took")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--megabytes", type=int, default=XML_BYTES // 1024**2)
    said = parser.parse_args()
    if said.read:
        found = read(said.read)
    else:
        with tempfile.TemporaryDirectory() as folder:
            found = measured(said.rows, said.megabytes * 1024**2, Path(folder))
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
