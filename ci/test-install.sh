#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What is installed: where it goes and that it goes away again, manual pages, what shells complete, and the Debian package. All pages and
# completions are made of the tables of the program, so that it is enough to look that they are well formed and say what they say.
. "$(dirname "$0")/lib.sh"

release_only install
tree=$PWD
unset DESTDIR PREFIX

# Tests that run at the same time build in the same place.
make_it() { flock "$BUILD" "$MAKE" BUILD="$BUILD" "$@" >"$dir/make" 2>&1; }

# is NAME EXPECTED FOUND
is() { result "$1" "$([ "$2" = "$3" ] || echo "expected '$2', found '$3'" | tr '\n' ' ')"; }

# --- make install ---

root=$dir/root
make_it install DESTDIR="$root" prefix=/opt/rt bindir=/opt/b mandir=/opt/m datadir=/opt/d
result installs "$([ $? = 0 ] || tail -n 1 "$dir/make")"
is installs-as-told "opt/b/rmaptorture opt/d/bash-completion/completions/rmaptorture opt/d/fish/vendor_completions.d/rmaptorture.fish \
opt/d/zsh/site-functions/_rmaptorture opt/m/man1/rmaptorture.1 opt/rt/share/doc/rmaptorture/README.md \
opt/rt/share/doc/rmaptorture/scenarios/fork-vs-reclaim.scn" \
	"$(cd "$root" && find . -type f | sed 's,^\./,,' | grep -E 'rmaptorture(\.1|\.fish)?$|README|/fork-vs-reclaim' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
make_it uninstall DESTDIR="$root" prefix=/opt/rt bindir=/opt/b mandir=/opt/m datadir=/opt/d
is uninstalls "" "$(find "$root" -mindepth 1)"
make_it install prefix="$dir/own"
: >"$dir/own/share/doc/rmaptorture/somebody-else's"
make_it uninstall prefix="$dir/own"
is uninstalls-its-own "$dir/own/share/doc/rmaptorture/somebody-else's" "$(find "$dir/own" -type f)"
result directories-of-others-stay "$([ -d "$dir/own/bin" ] || echo "no bin")"

# --- the package ---

make_it deb
package=$(ls "$BUILD"/rmaptorture_*.deb 2>/dev/null)
result deb-is-made "$([ -n "$package" ] || tail -n 1 "$dir/make")"
sum=$(sha256sum "$package")
make_it deb
is deb-is-the-same-again "$sum" "$(sha256sum "$package")"
dpkg-deb -x "$package" "$dir/deb"
dpkg-deb -f "$package" >"$dir/control"
for library in libc6 libjansson4 libncursesw6 liburcu libsqlite3-0; do
	grep '^Depends:' "$dir/control" | grep -q "$library" || echo "$library"
done >"$dir/lacking"
result deb-depends "$(tr '\n' ' ' <"$dir/lacking")"
dpkg-deb -c "$package" | awk '{ print $2, $6 }' >"$dir/content"
for wanted in usr/bin/rmaptorture usr/share/man/man1/rmaptorture-explore.1.gz usr/share/bash-completion/completions/rmaptorture \
		usr/share/zsh/vendor-completions/_rmaptorture usr/share/fish/vendor_completions.d/rmaptorture.fish \
		usr/share/doc/rmaptorture/copyright usr/share/doc/rmaptorture/changelog.gz usr/share/doc/rmaptorture/docs/tutorial.md; do
	grep -qx "root/root ./$wanted" "$dir/content" || echo "$wanted"
done >"$dir/lacking"
result deb-contains "$(tr '\n' ' ' <"$dir/lacking")"
result deb-sums "$(mkdir "$dir/sums" && dpkg-deb -e "$package" "$dir/sums" && cd "$dir/deb" && md5sum --quiet -c "$dir/sums/md5sums" 2>&1)"

# What was unpacked, from a directory where nothing is: no tree is needed, nor known.
installed=$dir/deb/usr
program=$installed/bin/rmaptorture
result knows-no-directory "$(grep -cF "$tree" "$program" | grep -vx 0)"
mkdir "$dir/empty" && cd "$dir/empty" || exit 2
# runs NAME STATUS PATTERN ARGUMENT...
runs() {
	name=$1 expected=$2 pattern=$3
	shift 3
	timeout 1200 env -i PATH=/usr/bin:/bin "$program" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	result "$name" "$([ "$status" != "$expected" ] && echo "exit status $status: $(head -n 1 "$dir/err")" || grep -qE -- "$pattern" "$dir/out" ||
		echo "no line like '$pattern'")"
}
runs runs-its-version 0 '^rmaptorture [0-9]' --version
runs runs-scenarios 0 '^fork-vs-reclaim ' explore fork-vs-reclaim --executions 300
runs runs-lock-order 0 'anon_vma.*pte_lock' lockdoc arcs
runs runs-plans 0 'jobs' nightly --dry-run --executions 10
runs runs-findings 1 '^FINDING ' explore exit-vs-walk --defect Z11-mapped
replay=$(ls rmaptorture-artifacts/*[0-9a-f].replay)
runs runs-replays 1 'finding: the same' replay "$replay" --trace race.svg
result runs-drawings "$(head -c 100 race.svg | grep -q '<svg' || echo "$(head -n 1 race.svg)")"
cd "$tree" || exit 2

# --- manual pages ---

pages=$dir/man
mkdir "$pages" && for page in "$installed"/share/man/man1/*.gz; do zcat "$page" >"$pages/$(basename "$page" .gz)"; done
commands=$("$program" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p')
# shellcheck disable=SC2046 # a list of words
is pages-for-all "$(printf '%s\n' rmaptorture.1 $(for c in $commands; do echo "rmaptorture-$c.1"; done) | LC_ALL=C sort)" \
	"$(LC_ALL=C ls "$pages" | LC_ALL=C sort)"
result pages-lint "$(mandoc -Tlint -W warning "$pages"/*.1 2>&1 | head -n 2)"
result pages-warn "$(for page in "$pages"/*.1; do LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null; done | head -n 2)"
for command in $commands; do
	mandoc -Tascii -O width=500 "$pages/rmaptorture-$command.1" | col -b >"$dir/page"
	"$program" "$command" --help | sed -nE 's/^  ...  ?(--[a-z-]+).*/\1/p' | while read -r option; do
		grep -qE -- "^ *(-., )?$option( |\$)" "$dir/page" || echo "$command: $option"
	done
	for section in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
		grep -qx "$section" "$dir/page" || echo "$command: no $section"
	done
done >"$dir/lacking"
result pages-have-all-options "$(tr '\n' ' ' <"$dir/lacking")"

# --- completion ---

cd "$dir/empty" || exit 2
touch mine.scn one.replay two.txt
PATH=$installed/bin:$PATH
export PATH
bash_offers() { # the words, as bash cuts them
	"$tree/ci/bash-complete" "$installed/share/bash-completion/completions/rmaptorture" "$@" 2>&1 | tr '\n' ' '
}
is bash-commands "explore " "$(bash_offers rmaptorture ex)"
is bash-all-commands "$(printf '%s\n' $commands | LC_ALL=C sort | tr '\n' ' ')" "$(bash_offers rmaptorture '')"
is bash-options "--strategy " "$(bash_offers rmaptorture explore --st)"
is bash-all-options "$("$program" hunt --help | sed -nE 's/^  ...  ?(--[a-z-]+).*/\1/p' | LC_ALL=C sort | tr '\n' ' ')" \
	"$(bash_offers rmaptorture hunt --)"
is bash-values "explore fuzz stress verify " "$(bash_offers rmaptorture hunt --mode '')"
is bash-values-behind-equals "stress " "$(bash_offers rmaptorture hunt --mode = s)"
is bash-values-of-short "json junit " "$(bash_offers rmaptorture run -f j)"
is bash-strategies "$("$program" list strategies | sed 1d | cut -d ' ' -f 1 | LC_ALL=C sort | tr '\n' ' ')" \
	"$(bash_offers rmaptorture explore --strategy '')"
is bash-defects "Z11-mapped Z11-refcount " "$(bash_offers rmaptorture explore fork-vs-reclaim --defect Z11)"
is bash-scenarios "fork-vs-reclaim " "$(bash_offers rmaptorture verify fork-vs)"
is bash-files-of-scenarios "mine.scn " "$(bash_offers rmaptorture explore min)"
is bash-replays "one.replay rmaptorture-artifacts " "$(bash_offers rmaptorture replay '')"
is bash-directories "rmaptorture-artifacts " "$(bash_offers rmaptorture explore --artifacts '')"
is bash-after-a-number "fork-vs-reclaim " "$(bash_offers rmaptorture explore --verbose fork-vs)"
result bash-kinds "$(for kind in $(bash_offers rmaptorture list ''); do "$program" list "$kind" >/dev/null 2>&1 || echo "$kind"; done)"

if command -v zsh >/dev/null; then
	zsh_offers() { timeout 120 "$tree/ci/zsh-complete" "$installed/share/zsh/vendor-completions" "$installed/bin" "$1" | tr '\n' ' '; }
	is zsh-commands "explore " "$(zsh_offers 'rmaptorture ex')"
	is zsh-options "--strategy " "$(zsh_offers 'rmaptorture explore --st')"
	is zsh-values "explore fuzz stress verify " "$(zsh_offers 'rmaptorture hunt --mode ')"
	is zsh-defects "Z11-mapped Z11-refcount " "$(zsh_offers 'rmaptorture explore --defect Z11')"
	is zsh-scenarios "fork-vs-reclaim " "$(zsh_offers 'rmaptorture explore fork-vs')"
	is zsh-replays "one.replay " "$(zsh_offers 'rmaptorture replay one')"
else
	echo "ok zsh # SKIP it is not here (ci/deps check)"
fi

if command -v fish >/dev/null; then
	fish_offers() {
		HOME=$dir fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$installed/share/fish/vendor_completions.d/rmaptorture.fish" "$1" |
			cut -f 1 | LC_ALL=C sort | tr '\n' ' '
	}
	is fish-commands "explore " "$(fish_offers 'rmaptorture ex')"
	is fish-options "--strategy " "$(fish_offers 'rmaptorture explore --st')"
	is fish-values "explore fuzz stress verify " "$(fish_offers 'rmaptorture hunt --mode ')"
	is fish-defects "Z11-mapped Z11-refcount " "$(fish_offers 'rmaptorture explore --defect Z11')"
	is fish-scenarios "fork-vs-reclaim " "$(fish_offers 'rmaptorture explore fork-vs')"
	is fish-replays "one.replay " "$(fish_offers 'rmaptorture replay one')"
else
	echo "ok fish # SKIP it is not here (ci/deps check)"
fi
exit 0
