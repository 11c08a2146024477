#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The main job with a provider's scenarios, all of them: it is clean, and its last lines hold LOCKING.md against what it saw. PROVIDER and
# EXECUTIONS make it another job, as ci/test-whole-run.sh does.
. "$(dirname "$0")/lib.sh"
cd "$dir" || exit 2

provider=${PROVIDER:-pte-chain}
run run --provider "$provider" --executions "${EXECUTIONS:-300}"
sed -n 's/^lock order of \([a-z-]*\): /\1 /p' out >orders
result real-document-run "$([ "$status" = 0 ] || echo "exit status $status: $(head -n 1 err)")"
result real-document-provider "$(cut -d' ' -f1 orders | grep -qx -e "$provider" || tail -n 1 out)"
result real-document-verdict "$(grep -vE '^[a-z-]+ [0-9]+/[0-9]+ documented arcs observed, 0 undocumented, 0 contradicted$' orders)"
result real-document-arcs-observed "$(tr '/' ' ' <orders |
	awk '!($2 * 10 >= $3 * 9 && $3 > 0) { print "less than 90 %: " $2 " of " $3 }')"
result real-document-waivers "$(grep -E '^(never observed|seen by transitivity only): ' out |
	grep -v ', waived: ' | head -n 1)"
exit 0
