"""Prove that defects of a generated service are noticed: each mutation of its files must make something fail.

    python -m scripts.mutations                      try all mutations
    python -m scripts.mutations 'owner-*' cors       try the ones with matching names
    python -m scripts.mutations --service documents  try the ones in one service
    python -m scripts.mutations --verify             let `gowright verify` notice the mutations of code
    python -m scripts.mutations --list               list them, and check that each still applies

There are two tables. The mutations in scripts/mutations.yml change the Go code, and the tests of the service must
notice them, on real servers: the tests of the mutated package run first, then the end-to-end tests, and then the tests
of the other packages that depend on it. The mutations in scripts/operations.yml change the files that deploy and
operate the service, and the checks of `gowright verify` must notice them: the named one runs first, then the others
that read files. A mutation that nothing notices is live. A mutation whose check can't run here is untried, which isn't
a success.

With --verify, the checks of `gowright verify` that start the service must notice the mutations of its code: the one that
the table names, or any one if it names none. It leaves out the mutations that no client of the service can notice.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from gowright.model.template import Template
from gowright.verify.children.go_toolchain import TRIMMED
from scripts.mutations.gate import run, stale
from scripts.mutations.table import Kind, read_table


def main() -> int:
    """Try or list the mutations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of mutations, with * as a wildcard")
    parser.add_argument("--service", help="only the mutations of this service")
    parser.add_argument("--list", action="store_true", help="list the mutations, and check that each applies")
    parser.add_argument("--verify", action="store_true", help="try them with the checks of gowright verify")
    given = parser.parse_args()
    # All services share the compiled packages.
    os.environ["GOFLAGS"] = TRIMMED
    template = Template.head()
    table = read_table(template)
    mutations = table.select(given.names, given.service)
    if given.verify:
        mutations = tuple(
            each for each in mutations if not each.unseen and table.services[each.service].kind is Kind.CODE
        )
    if given.list:
        for each in mutations:
            print(f"{each.service:10} {each.name:32} {each.why}")
        wrong = stale(template, table, mutations)
    else:
        begun = time.monotonic()
        wrong = run(template, table, mutations, lambda text: print(text, flush=True), verify=given.verify)
        print(f"{len(mutations)} mutations in {time.monotonic() - begun:.0f} s")
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong or not mutations else 0


if __name__ == "__main__":
    raise SystemExit(main())
