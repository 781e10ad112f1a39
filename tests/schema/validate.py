#!/usr/bin/env python3
"""Holds JSON lines of vialens against the schemas in docs/schema.

    vialens read --lan lan.pcap --wan wan.pcap --json | tests/schema/validate.py
    tests/schema/validate.py --require finding,summary < lines.jsonl

Each line is validated by the schema that its "type" names. The first line that is not valid is printed with the reason.
Exit status: 0 all lines are valid, 1 one is not (or a required type is missing), 2 usage.
Needs python3-jsonschema.
"""
import argparse
import json
import pathlib
import sys
from collections import Counter

import jsonschema

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"


def load(folder):
    """A validator for each schema, by the type that it is about."""
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.schema.json"))}
    by_id = {schema["$id"]: schema for schema in schemas.values()}  # one may refer to another
    validators = {}
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        resolver = jsonschema.RefResolver(schema["$id"], schema, store=by_id)
        validators[name.removesuffix(".schema.json")] = jsonschema.Draft202012Validator(schema, resolver=resolver)
    return validators


def fault_of(line, validators):
    """What is wrong with this line, and its type."""
    try:
        value = json.loads(line)
    except ValueError as error:
        return "no JSON: %s" % error, None
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in validators:
        return "no object of a known type (%s)" % ", ".join(validators), None
    error = jsonschema.exceptions.best_match(validators[kind].iter_errors(value))
    return error and "%s: %s" % (error.json_path, error.message), kind


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", type=pathlib.Path, default=SCHEMAS, help="folder of *.schema.json")
    parser.add_argument("--require", default="", metavar="TYPES", help="types that must occur, separated by commas")
    arguments = parser.parse_args()
    validators = load(arguments.schemas)
    if not validators:
        parser.error("no schemas in %s" % arguments.schemas)
    required = [kind for kind in arguments.require.split(",") if kind]
    for kind in required:
        if kind not in validators:
            parser.error("no schema for type %s" % kind)

    seen = Counter()
    for number, line in enumerate(sys.stdin.buffer, 1):
        fault, kind = fault_of(line, validators)
        if fault:
            print("line %d: %s\n%s" % (number, fault, line.decode("utf-8", "replace").rstrip("\n")))
            return 1
        seen[kind] += 1
    missing = [kind for kind in required if not seen[kind]]
    if missing:
        print("no line of type %s" % ", ".join(missing))
        return 1
    print("%d lines are valid: %s" % (sum(seen.values()), ", ".join("%d %s" % (n, kind) for kind, n in sorted(seen.items()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
