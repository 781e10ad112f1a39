#!/usr/bin/env python3
"""Scores `vialens read` on labelled captures.

    score.py --vialens PROGRAM --corpus FOLDER [--seeds N]

FOLDER has the generator of the captures and their scorer (score.py), which is no part of the project; without it the
exit status is 77 (skipped). Cases are shared out over the processors. Passes if no demanded finding is missed, none is
false, none confidently wrong, and nothing crashed.
"""

from __future__ import annotations

import argparse
import collections
import importlib.util
import multiprocessing
import os
import sys
import tempfile
from types import ModuleType



def load(folder: str) -> ModuleType:
    """The corpus's own scorer as a module."""
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("corpus_score", os.path.join(folder, "score.py"))
    if spec is None or spec.loader is None:
        raise ImportError(folder)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judge_one(job: tuple[str, str, str, str, int | None]) -> dict[str, object]:
    """Generates one case with one seed, and judges every vantage of it."""
    program, corpus, source, name, seed = job
    scorer = load(corpus)
    result: dict[str, object] = {"name": name, "found": 0, "missed": 0, "false": 0, "wrong": 0, "crashes": 0, "text": []}
    for candidate, origin in scorer.sources([source]):
        if candidate != name:
            continue
        with tempfile.TemporaryDirectory(prefix="vialens-corpus-") as folder:
            if origin[0] == "case":
                runs = scorer.runs_of_case(origin[1], seed, os.path.join(folder, name))
            else:
                runs = scorer.runs_of_entry(origin[1], origin[2])
            for run in runs:
                judge_run(scorer, program, run, result)
    return result


def judge_run(scorer: ModuleType, program: str, run: object, result: dict[str, object]) -> None:
    findings, trouble = scorer.ask([program], run)
    _, found, missed, false, wrong = scorer.judge(run, findings)
    result["found"] += len(found)
    result["missed"] += len(missed)
    result["false"] += len(false)
    result["wrong"] += len(wrong)
    result["crashes"] += 1 if trouble else 0
    if missed or false or trouble:
        text = f"{run.title()}: missed {' '.join(missed) or '-'}; false {' '.join(false) or '-'}; {trouble or ''}"
        result["text"].append(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vialens", required=True, help="the program to score")
    parser.add_argument("--corpus", required=True, help="folder of the generator and its scorer")
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args()
    if not os.path.exists(os.path.join(args.corpus, "score.py")):
        print(f"no corpus in {args.corpus}: nothing to score")
        return 77
    scorer = load(args.corpus)
    jobs = []
    for source in (os.path.join(args.corpus, "cases.py"), os.path.join(args.corpus, "recorded")):
        for name, origin in scorer.sources([source]):
            seeds = range(1, args.seeds + 1) if origin[0] == "case" else [None]
            jobs += [(args.vialens, args.corpus, source, name, seed) for seed in seeds]
    sums: collections.Counter[str] = collections.Counter()
    with multiprocessing.Pool() as pool:
        for result in pool.imap_unordered(judge_one, jobs, chunksize=8):
            for text in result["text"]:
                print(text)
            for key in ("found", "missed", "false", "wrong", "crashes"):
                sums[key] += result[key]
    print(
        f"{len(jobs)} captures: {sums['found']} findings found, {sums['missed']} missed, {sums['false']} false, "
        f"{sums['wrong']} confidently wrong, {sums['crashes']} crashes"
    )
    good = sums["found"] > 0 and not any(sums[key] for key in ("missed", "false", "wrong", "crashes"))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
