#!/usr/bin/python3
"""Holds what is said with and about metrics against what there is.

check.py format SAMPLE      both formats of the program SAMPLE (sample.cc): promtool, and a strict reader of OpenMetrics
check.py rules              the rules in docs/prometheus, by their unit tests, and the names in them
check.py dashboard          docs/grafana/vialens.json: each expression is PromQL, and names what there is

Exit status: 0 ok, 1 something is wrong, 77 cannot be tested here.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "docs/prometheus").glob("*.yml"))


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


def fail(why):
    print(f"FAIL: {why}")
    sys.exit(1)


def promtool(*arguments, text=None):
    done = subprocess.run(["promtool", *map(str, arguments)], input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def families():
    """Those of docs/metrics.md, which is made of the table: name to labels."""
    found = {}
    for line in (ROOT / "docs/metrics.md").read_text().splitlines():
        row = re.match(r"\| `(vialens_\w+)` \| (\w+) \| \w* \| ([\w,]*) \|", line)
        if row:
            labels = set(filter(None, row[3].split(",")))
            names = [row[1]] if row[2] != "histogram" else [row[1] + end for end in ("_bucket", "_sum", "_count")]
            for name in names:
                found[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    if not found:
        fail("docs/metrics.md has no table of families")
    return found


def check_names(where, expression, known):
    """Every family that is named exists, and every label that is asked for is one of it."""
    for name in re.findall(r"(?<![\w:])vialens_\w+", expression):
        if name not in known:
            fail(f"{where}: there is no {name} in: {expression}")
    for name, matchers in re.findall(r"(?<![\w:])(vialens_\w+)\{([^}]*)\}", expression):
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', '""', matchers)):
            if label not in known[name] | {"instance", "job"}:
                fail(f"{where}: {name} has no label {label} in: {expression}")


def check_format(sample):
    text = subprocess.run([sample], capture_output=True, text=True, check=True).stdout
    status, said = promtool("check", "metrics", text=text)
    if status != 0 or said.strip():
        fail(f"promtool check metrics: {said}")
    try:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
        from prometheus_client.parser import text_string_to_metric_families as read_text
    except ImportError:
        skip("python3-prometheus-client is not installed")
    text_open = subprocess.run([sample, "--openmetrics"], capture_output=True, text=True, check=True).stdout
    one = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in read_text(text) for s in f.samples}
    other = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in read_open(text_open) for s in f.samples}
    # A bound is written 1 in one and 1.0 in the other.
    def canonical(samples):
        return {
            (name, tuple((k, str(float(v)) if k == "le" else v) for k, v in labels)): value
            for (name, labels), value in samples.items()
        }

    if canonical(one) != canonical(other):
        fail("the two formats do not say the same")
    for family in read_open(text_open):
        if not family.documentation:
            fail(f"{family.name} has no HELP")
        if family.name.endswith(("_seconds", "_bytes")) and family.name.rsplit("_", 1)[1] != family.unit:
            fail(f"{family.name} has no UNIT")
    print(f"{len(one)} series, the same in both formats")


def check_rules():
    known = families()
    for rules in RULES:
        status, said = promtool("check", "rules", rules)
        if status != 0:
            fail(said)
        name = rules.name.removesuffix(".rules.yml")
        status, said = promtool("test", "rules", ROOT / f"tests/metrics/{name}.test.yml")
        if status != 0:
            fail(said)
        alerts = re.split(r"\n\s+- (?=alert:|record:)", rules.read_text())[1:]
        for rule in alerts:
            title = rule.splitlines()[0]
            if title.startswith("alert:") and not all(f"{key}:" in rule for key in ("severity", "summary", "runbook")):
                fail(f"{rules.name}, {title}: an alert says how bad it is, what it is and what to do")
            check_names(f"{rules.name}, {title}", rule.split("labels:")[0], known)
        print(f"{rules.name}: {len(alerts)} rules")


def check_dashboard():
    known = families()
    dashboard = json.loads((ROOT / "docs/grafana/vialens.json").read_text())
    rules, used = [], set()
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
            check_names(panel["title"], expression, known)
            used |= set(re.findall(r"vialens_\w+", expression))
            rules.append({"record": f"panel:{len(rules)}", "expr": expression})
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)  # JSON is YAML
        file.flush()
        status, said = promtool("check", "rules", file.name)
    if status != 0:
        fail(said)
    identities = [panel["id"] for panel in dashboard["panels"]]
    if len(set(identities)) != len(identities):
        fail("two panels have one id")
    print(f"{len(rules)} expressions, {len(used)} of {len(known)} names")


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if not shutil.which("promtool"):
        skip("promtool is not installed (Debian package prometheus)")
    if what == "format" and len(sys.argv) == 3:
        check_format(sys.argv[2])
    elif what == "rules":
        check_rules()
    elif what == "dashboard":
        check_dashboard()
    else:
        fail(__doc__)


main()
