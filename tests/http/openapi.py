#!/usr/bin/env python3
"""Holds what a running vialens answers against docs/api/openapi.yaml.

    tests/http/openapi.py http://127.0.0.1:9760 /healthz '/api/v1/calls?limit=1' '404 /api/v1/calls/nobody' ...

Each path must be described there, with its parameters, the status that it answers with (200 unless one stands before the
path), the content type, and for JSON the schema, which may be one of docs/schema. What is not as described is printed.
`--all` wants every path of the file asked, and the file itself served, with nothing in it that leads nowhere. Exit status: 0 all as described, 1 not, 2 usage.
Needs python3-jsonschema and python3-yaml.
"""
import argparse
import json
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

import jsonschema
import yaml

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
API = DOCS / "api" / "openapi.yaml"


class Description:
    """The file, and the schemas that it refers to."""

    def __init__(self):
        self.whole = yaml.safe_load(API.read_text(encoding="utf-8"))
        store = {API.as_uri(): self.whole}
        for path in sorted((DOCS / "schema").glob("*.schema.json")):
            schema = json.loads(path.read_text(encoding="utf-8"))
            store[path.as_uri()] = store[schema["$id"]] = schema
        self.resolver = jsonschema.RefResolver(API.as_uri(), self.whole, store=store)

    def resolved(self, value):
        return self.resolver.resolve(value["$ref"])[1] if "$ref" in value else value

    def template_of(self, path):
        """The most special path of the file that this one is of."""
        fits = [each for each in self.whole["paths"] if re.fullmatch(re.sub(r"\\{\w+\\}", ".+", re.escape(each)), path)]
        return max(fits, key=len, default=None)

    def cut_keys(self, value=None, path="#"):
        """Words behind a comma of a sentence that should be in quotation marks, which became keys without a value."""
        value = self.whole if value is None else value
        if isinstance(value, dict):
            for key, each in value.items():
                if each is None:
                    yield "%s/%s" % (path, key)
                else:
                    yield from self.cut_keys(each, "%s/%s" % (path, key))
        elif isinstance(value, list):
            for number, each in enumerate(value):
                if each is not None:
                    yield from self.cut_keys(each, "%s/%d" % (path, number))

    def fault(self, schema, value):
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver)
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        return error and "%s: %s" % (error.json_path, error.message)


def ask(url):
    """Status, content type without its parameters, body. Of events only the beginning."""
    try:
        answer = urllib.request.urlopen(url, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        kind = (answer.headers.get("Content-Type") or "").split(";")[0]
        return answer.status, kind, answer.readline() if kind == "text/event-stream" else answer.read()


def faults_of(description, base, wanted, asked):
    status, _, path = wanted.rpartition(" ")
    parts = urllib.parse.urlsplit(path)
    template = description.template_of(parts.path)
    if template is None:
        yield "is not described"
        return
    asked.add(template)
    operation = description.whole["paths"][template]["get"]
    seen, kind, body = ask(base + path)
    if seen != int(status or 200):
        yield "%d instead of %s: %s" % (seen, status or 200, body[:200])
    known = [description.resolved(each)["name"] for each in operation.get("parameters", [])]
    if seen != 400:
        for name in urllib.parse.parse_qs(parts.query):
            if name not in known:
                yield "parameter %s is not described" % name
    response = description.resolved(operation["responses"].get(str(seen), {}))
    if not response:
        yield "status %d is not described" % seen
        return
    content = response.get("content", {})
    if kind not in content:
        yield "content type %s is not described for %d" % (kind, seen)
        return
    if kind == "application/json":
        fault = description.fault(content[kind].get("schema", False), json.loads(body))
        if fault:
            yield fault


def faults_of_served(description, url):
    """Of the description as it is served, to a reader that knows nothing but its URL (and RFC 3986, RFC 6901)."""
    documents, waiting = {}, [url]

    def links(value, base):
        if isinstance(value, dict):
            base = urllib.parse.urljoin(base, value["$id"]) if isinstance(value.get("$id"), str) else base
            if isinstance(value.get("$ref"), str):
                yield urllib.parse.urldefrag(urllib.parse.urljoin(base, value["$ref"]))
            value = value.values()
        elif not isinstance(value, list):
            return
        for each in value:
            yield from links(each, base)

    def leads_somewhere(value, pointer):
        for step in pointer.split("/")[1:]:
            step = urllib.parse.unquote(step).replace("~1", "/").replace("~0", "~")
            if not isinstance(value, dict) or step not in value:
                return False
            value = value[step]
        return True

    wanted = set()
    while waiting:
        document = waiting.pop()
        status, _, body = ask(document)
        if status != 200:
            yield "%s: %d" % (document, status)
            continue
        documents[document] = yaml.safe_load(body)  # JSON is YAML
        for target, pointer in links(documents[document], document):
            wanted.add((target, pointer))
            if target not in documents and target not in waiting:
                waiting.append(target)
    for key in description.cut_keys():
        yield "%s has no value" % key
    for target, pointer in sorted(wanted):
        if target in documents and not leads_somewhere(documents[target], pointer):
            yield "%s#%s: leads nowhere" % (target, pointer)
    if len(documents) < 2 or documents[url]["paths"] != json.loads(
        json.dumps(description.whole["paths"]).replace('"../schema/', '"schema/')
    ):
        yield "is not docs/api/openapi.yaml"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--all", action="store_true", help="every path that is described must be asked")
    arguments = parser.parse_args()
    description, asked, bad = Description(), set(), 0
    for wanted in arguments.paths:
        for fault in faults_of(description, arguments.base, wanted, asked):
            print("%s: %s" % (wanted, fault))
            bad += 1
    if arguments.all:
        for path in sorted(set(description.whole["paths"]) - asked):
            print("%s: was not asked" % path)
            bad += 1
        served = arguments.base + "/api/v1/openapi.yaml"
        for fault in faults_of_served(description, served):
            print("%s: %s" % (served, fault))
            bad += 1
    if not bad:
        print("%d answers are as described" % len(arguments.paths))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
