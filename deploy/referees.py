"""Splink and recordlinkage on one labelled file, in plain text: what matching that may see everything reaches, as JSON.

Runs in an environment of its own (`deploy/referees.txt`), because nothing of Patchwork may need these libraries. Both see names, birth date,
gender and place, and no label; labels only count. `fixed`: the F1 at a match probability of .95 (Splink), or as classified (ECM); `best`: the
highest F1 at any threshold. One to one: of the pairs across sources only those that are each other's best.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

import pandas as pd

FIELDS = ("given_name", "family_name", "birth_date", "gender", "address", "city", "postcode")
BLOCKS = (
    ("given_name", "family_name"),
    ("birth_date",),
    ("family_name", "postcode"),
    ("given_name", "postcode"),
    ("family_name", "year"),
    ("given_name", "year"),
    ("address",),
)
THRESHOLDS = [each / 100 for each in range(1, 100)] + [0.995, 0.999, 0.9999]
Scored = dict[tuple[int, int], float]


def main() -> None:
    """Print `{"splink": {"fixed", "best"}, "ecm": {"fixed"}}`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--one-to-one", action="store_true")
    asked = parser.parse_args()
    people = read(asked.file)
    there = {(a, b) for each in people.groupby("true_id").groups.values() for a, b in combinations(sorted(each), 2)}
    if asked.one_to_one:
        there = {pair for pair in there if across(people, pair)}
    result = {}
    for name, run in (("splink", by_splink), ("ecm", by_ecm)):
        print(f"  {name} ...", file=sys.stderr)
        scored = run(people, asked.one_to_one)
        kept = mutually_best(scored) if asked.one_to_one else scored
        found = {"fixed": f1(kept, there, 0.95)}
        if name == "splink":
            found["best"] = max(f1(kept, there, threshold) for threshold in THRESHOLDS)
        result[name] = found
    print(json.dumps(result))


def read(path: str) -> "pd.DataFrame":
    """The file in lower case, empty cells as missing, columns without anything dropped."""
    people = pd.read_csv(path, dtype=str, keep_default_na=False)
    for field in FIELDS:
        people[field] = people[field].str.strip().str.lower()
    people["year"] = people["birth_date"].str[:4]
    people = people.replace("", None)
    people["number"] = people.index
    return people


def by_splink(people: "pd.DataFrame", one_to_one: bool) -> Scored:
    """Pairs with Splink's match probability, trained by EM."""
    import splink.comparison_library as library
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    makers: dict[str, Callable[[], Any]] = {
        "given_name": lambda: library.NameComparison("given_name"),
        "family_name": lambda: library.NameComparison("family_name"),
        "birth_date": lambda: library.DamerauLevenshteinAtThresholds("birth_date", [1, 2]),
        "gender": lambda: library.ExactMatch("gender"),
        "address": lambda: library.JaroWinklerAtThresholds("address", [0.9, 0.8]),
        "city": lambda: library.JaroWinklerAtThresholds("city", [0.9]),
        "postcode": lambda: library.LevenshteinAtThresholds("postcode", [1, 2]),
    }
    used = [field for field in FIELDS if people[field].notna().any()]
    blocks = [block_on(*rule) for rule in usable(people)]
    settings = SettingsCreator(
        link_type="link_only" if one_to_one else "dedupe_only",
        comparisons=[makers[field]() for field in used],
        blocking_rules_to_generate_predictions=blocks,
        unique_id_column_name="number",
        source_dataset_column_name="source",
    )
    database = DuckDBAPI()
    frames = [each for _, each in people.groupby("source")] if one_to_one else [people.drop(columns=["source"])]
    linker = Linker([database.register(frame) for frame in frames], settings, log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(
        [block_on("given_name", "family_name", "birth_date")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
    for rule in (("birth_date",), ("given_name", "family_name"), ("family_name", "year")):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
        except ValueError as collapsed:  # a level that no pair of the block shows
            print(f"  no training on {' and '.join(rule)}: {collapsed}", file=sys.stderr)
    found = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    pairs = zip(found["number_l"], found["number_r"], found["match_probability"], strict=True)
    return {(min(a, b), max(a, b)): float(p) for a, b, p in pairs}


def by_ecm(people: "pd.DataFrame", one_to_one: bool) -> Scored:
    """Pairs that recordlinkage's ECM classifier calls matches, each with its probability; all of them count as certain."""
    import recordlinkage

    indexer = recordlinkage.Index()
    for rule in usable(people):
        indexer.block(list(rule))
    candidates = indexer.index(people)
    if one_to_one:
        candidates = candidates[[across(people, pair) for pair in candidates]]
    compare = recordlinkage.Compare()
    for field in FIELDS:
        if people[field].notna().any():
            if field in {"given_name", "family_name", "address", "city"}:
                compare.string(field, field, method="jarowinkler", threshold=0.88, label=field)
            else:
                compare.exact(field, field, label=field)
    features = compare.compute(candidates, people)
    features = features.loc[:, features.nunique() > 1]
    classifier = recordlinkage.ECMClassifier(binarize=0.5)
    matches = classifier.fit_predict(features)
    strength = features.loc[matches].sum(axis=1)
    return {(min(a, b), max(a, b)): 0.95 + 0.05 * float(s) / len(FIELDS) for (a, b), s in strength.items()}


def usable(people: "pd.DataFrame") -> list[tuple[str, ...]]:
    """The blocking rules whose columns hold anything."""
    return [rule for rule in BLOCKS if all(people[field].notna().any() for field in rule)]


def across(people: "pd.DataFrame", pair: tuple[int, int]) -> bool:
    """Whether a pair is of two sources."""
    sources = people["source"]
    return bool(sources[pair[0]] != sources[pair[1]])


def mutually_best(scored: Scored) -> Scored:
    """The pairs of which neither side has a better one."""
    best: dict[int, float] = {}
    for pair, score in scored.items():
        for side in pair:
            best[side] = max(score, best.get(side, 0.0))
    return {pair: score for pair, score in scored.items() if all(best[side] <= score for side in pair)}


def f1(scored: Scored, there: Iterable[tuple[int, int]], threshold: float) -> float:
    """Of the pairs at or above the threshold."""
    made, truth = {pair for pair, score in scored.items() if score >= threshold}, set(there)
    both = len(made & truth)
    return round(2 * both / (len(made) + len(truth)), 4) if made or truth else 1.0


if __name__ == "__main__":
    main()
