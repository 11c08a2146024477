#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The Makefile: what a change rebuilds and what it does not, tried on a tree of a few lines.
set -u
cd "$(dirname "$0")/.." || exit 2
: "${MAKE:=make}"

tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/ci" "$tree/locks/tests" "$tree/core/era" "$tree/harness/cli" "$tree/scenarios"
cp Makefile LICENSE "$tree"/
cp ci/embed.c "$tree"/ci/
cp harness/cli/embedded.[ch] harness/cli/build-id.h "$tree"/harness/cli/
cd "$tree" || exit 2
unset CPPFLAGS CFLAGS LDFLAGS LDLIBS DESTDIR PREFIX FLAVOUR BUILD V

cat >locks/one.h <<'EOF'
extern int one(void);
#define ONE 1
EOF
printf '#include "one.h"\nint one(void) { return ONE; }\n' >locks/one.c
printf 'extern int spare(void);\nint spare(void) { return 0; }\n' >locks/spare.c
# The same base name in two directories of a layer must not make one object hide the other.
printf '#include "one.h"\nextern int two(void);\nint two(void) { return one() + 1; }\n' >core/same.c
printf 'extern int three(void);\nint three(void) { return 3; }\n' >core/era/same.c
cat >harness/cli/main.c <<'EOF'
#include <stdio.h>
#include "cli/build-id.h"
#include "cli/embedded.h"
extern int two(void);
extern int three(void);
int main(void)
{
	const struct embedded_file *file;

	printf("%s %d %d", build_flavour, two(), three());
	for (file = embedded_files; file->name; file++)
		printf(" %s=%zu:%s", file->name, file->length, file->text);
	return 0;
}
EOF
printf 'extern int one(void);\nint main(void) { return one() != 1; }\n' >locks/tests/one_test.c
# A backslash, a trigraph, a byte beyond ASCII before a digit, and no newline at the end.
printf 'a "\\" ??/\n\303\2741' >scenarios/odd.scn
: >scenarios/empty.scn

build() { $MAKE -j4 "$@" >log 2>&1; }

# expect NAME WANTED FOUND
expect() {
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "not ok $1 - expected '$2', found '$3'"
	fi
}

# What the last build made, in short.
made() { sed -nE 's,^  [A-Z]+ +build/release/(obj/)?,,p' log | sort | tr '\n' ' '; }

status() { if "$@"; then echo yes; else echo "no: $(grep -m 1 -i error log)"; fi; }

expect builds-in-parallel yes "$(status build all tests)"
odd="a \"\\\" ??/
$(printf '\303\274')1"
expect embeds-files "release 2 3 scenarios/empty.scn=0: scenarios/odd.scn=13:$odd" \
	"$(build/release/rmaptorture)"
expect unit-test-runs yes "$(status build/release/tests/one_test)"

build all tests
expect nothing-to-do-twice "" "$(made)"

sleep 0.01
echo '#define ONE 5' >locks/one.h
echo 'extern int one(void);' >>locks/one.h
build all
expect header-rebuilds-its-users \
	"core/same.c.o libcore.a liblocks.a locks/one.c.o rmaptorture " \
	"$(made | sed -E 's,(gen/build-id.o|libharness.a) ,,g')"
expect absolute-build-is-the-same "" "$(build all BUILD="$PWD/build"; made)"
touch locks/one.h
build all BUILD="$PWD/build"
expect absolute-build-sees-headers yes "$(status grep -q 'CC .*locks/one.c.o' log)"
expect header-arrives "release 6 3" "$(build/release/rmaptorture | head -n 1 | cut -d ' ' -f 1-3)"

echo 'changed' >scenarios/empty.scn
build all
expect scenario-rebuilds "gen/embedded.c gen/embedded.o libharness.a rmaptorture " "$(made)"
rm scenarios/odd.scn
build all
expect scenario-removed "release 6 3 scenarios/empty.scn=8:changed" "$(build/release/rmaptorture)"

rm locks/spare.c
build all
expect source-removed "" "$(ar t build/release/liblocks.a | grep spare)"

build all CFLAGS=-DONE_MORE=1
expect flags-rebuild-all yes "$(status grep -q 'CC .*locks/one.c.o' log)"
build all CFLAGS=-DONE_MORE=1 WERROR=1
expect werror-does-not "" "$(made)"

echo 'int undeclared(void) { return 0; }' >core/warns.c
expect warnings-pass-by-default yes "$(status build all)"
touch core/warns.c
if build all WERROR=1; then found=passed; else found=stopped; fi
expect warnings-stop-with-werror stopped "$found"
rm core/warns.c

expect installs yes "$(status build install DESTDIR="$tree/root" PREFIX=/opt/rt)"
expect installed "release 6 3" "$(root/opt/rt/bin/rmaptorture | head -n 1 | cut -d ' ' -f 1-3)"
build uninstall DESTDIR="$tree/root" PREFIX=/opt/rt
expect uninstalls "" "$(find root -type f)"

if build FLAVOUR=none; then found=passed; else found=$(grep -c "no flavour 'none'" log); fi
expect unknown-flavour 1 "$found"
build clean
expect cleans "" "$(ls -d build 2>/dev/null)"
exit 0
