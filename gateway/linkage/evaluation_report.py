"""What an evaluation found, as the document that `--json` prints and as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.linkage.evaluation import Report

WORDS = {
    "weak": "too thin to link on",
    "birth-dates": "the birth dates do not agree",
    "twins": "as twins look",
    "namesakes": "as namesakes look",
    "not-compared": "never held against each other",
    "unclear": "not clear enough",
}


def document(report: Report, *, why: bool = False) -> dict[str, Any]:
    """The figures by name; with `why` also `apart` (missed true pairs by reason) and `ceiling` (see `identity.person.why_apart`)."""
    found = report.figures
    return {
        "precision": round(found.precision, 6),
        "recall": round(found.recall, 6),
        "f1": round(found.f1, 6),
        "false_links": found.false_links,
        "missed_links": found.missed_links,
        "reviews": found.reviews,
        "true_reviews": found.true_reviews,
        "reach": round(found.reach, 6),
        "candidates": {
            "mean": round(sum(report.candidates) / max(len(report.candidates), 1), 2),
            "p99": at(report.candidates, 0.99),
            "max": max(report.candidates, default=0),
        },
        "ms": {"p50": round(at(report.milliseconds, 0.5), 3), "p99": round(at(report.milliseconds, 0.99), 3)},
        "bytes_per_person": round(report.bytes_per_person),
        "parameters": report.parameters,
        **(
            {"recall_by": {group: round(value, 4) for group, value in found.recall_by.items()}}
            if found.recall_by
            else {}
        ),
        **({"apart": report.apart.reasons, "ceiling": round(report.apart.ceiling, 6)} if why else {}),
    }


def text(result: Mapping[str, Any]) -> str:
    """The same for people."""
    candidates, ms = result["candidates"], result["ms"]
    lines = [
        f"precision {result['precision']:.4f}   recall {result['recall']:.4f}   F1 {result['f1']:.4f}",
        f"false links {result['false_links']}, missed links {result['missed_links']}",
        f"for review {result['reviews']}, of which {result['true_reviews']} offer the right person",
        f"reached by the candidates {result['reach']:.4f}",
        f"candidates a record: mean {candidates['mean']}, p99 {candidates['p99']}, most {candidates['max']}",
        f"milliseconds a record: p50 {ms['p50']}, p99 {ms['p99']}",
        f"bytes a person {result['bytes_per_person']} (with the sealed evidence, without details sealed to stewards)",
        f"parameters {result['parameters']}",
        *(f"apart, {WORDS[reason]}: {count}" for reason, count in result.get("apart", {}).items()),
        *([f"the highest F1 that the rules allow {result['ceiling']:.4f}"] if "ceiling" in result else []),
        *(f"recall of {group}: {value:.4f}" for group, value in result.get("recall_by", {}).items()),
    ]
    return "\n".join(lines)


def at(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed; 0 where there is none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0
