# SPDX-License-Identifier: GPL-2.0-only
# Build, check and install rmaptorture: `make help` lists what can be asked for.
#
# The arrow of dependencies, locks <- core <- harness, is enforced here: a layer is compiled with the
# include paths of itself and of the layers below, and archived on its own, so that the unit tests of
# core link without harness and those of locks without core.

VERSION := 0.1
# CROSS=aarch64-linux-gnu- builds for another machine, in a directory of its own: build/aarch64.
BUILD ?= build$(if $(CROSS),/$(firstword $(subst -, ,$(CROSS))))
FLAVOUR ?= release
PREFIX ?= /usr/local
# Where things go, in GNU's names; DESTDIR stands before all of them.
prefix = $(PREFIX)
exec_prefix = $(prefix)
bindir = $(exec_prefix)/bin
datarootdir = $(prefix)/share
datadir = $(datarootdir)
mandir = $(datarootdir)/man
docdir = $(datarootdir)/doc/rmaptorture
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
# One directory has one name here, however it is given: what depends on what is noted by name.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
O := $(BUILD)/$(FLAVOUR)

all:

ifdef CROSS
HOSTCC ?= cc
CC := $(CROSS)gcc
LD := $(CROSS)ld
AR := $(CROSS)ar
OBJCOPY := $(CROSS)objcopy
endif

# One row per flavour: name, compiler, flags for everything, flags for core only, flags for linking.
# `make NAME` builds build/NAME/rmaptorture-NAME; CFLAGS come last and so win over a row.
CLANG ?= $(if $(findstring clang,$(CC)),$(CC),clang)
comma := ,
FLAVOURS :=
define flavour
FLAVOURS += $(strip $(1))
CC_$(strip $(1)) := $(strip $(2))
FLAGS_$(strip $(1)) := $(strip $(3))
CORE_FLAGS_$(strip $(1)) := $(strip $(4))
LINK_FLAGS_$(strip $(1)) := $(strip $(5))
endef
sane := -O1 -g -fno-omit-frame-pointer
$(eval $(call flavour, release, $(CC),    -O3 -g,, -Wl$(comma)-z$(comma)relro))
# ThreadSanitizer watches the model; what runs and checks the model looks at everything and would only disturb.
$(eval $(call flavour, tsan,    $(CLANG), -O2 -g -fno-omit-frame-pointer -DFLAVOUR_TSAN, -fsanitize=thread, -fsanitize=thread))
# Our own functions stand behind the compiler's calls. One function is one symbol, so that findings have its name; DWARF 4 is
# what locks/access/where.c reads.
is_clang := $(findstring clang,$(CC))
access := -fsanitize=thread -fno-inline -gdwarf-4 $(if $(is_clang),-mllvm -tsan-instrument-read-before-write=1 \
	  -mllvm -tsan-distinguish-volatile=1,--param tsan-distinguish-volatile=1 -Wno-tsan)
$(eval $(call flavour, access,  $(CC),    -O2 -g -fno-omit-frame-pointer -DFLAVOUR_ACCESS, $(access)))
WATCHED_CALLS_access := memcpy memmove memset
# Our own functions, once more: here they watch the harness and not the model. The last of -fsanitize= options holds, so that core is
# compiled without and nothing is linked.
$(eval $(call flavour, sharing, $(CC),    -O2 -g -gdwarf-4 -fno-omit-frame-pointer -fno-inline -DFLAVOUR_SHARING -fsanitize=thread, \
	  -fno-sanitize=thread, -fno-sanitize=thread))
asan := -fsanitize=address -fsanitize=undefined -fsanitize-recover=address
$(eval $(call flavour, asan,    $(CLANG), $(sane) -DFLAVOUR_ASAN $(asan)))
# What is told nonsense: libFuzzer counts which ways it takes through the parsers. No program but the targets in harness/tests/fuzzers.
fuzzed := -fsanitize=fuzzer-no-link -fsanitize=address -fsanitize=undefined -fno-sanitize-recover=undefined
$(eval $(call flavour, fuzzers, $(CLANG), $(sane) $(fuzzed),, -fsanitize=fuzzer))

# Which functions and lines of the model a run has reached: for gcov, which must be of the same compiler.
$(eval $(call flavour, coverage, $(if $(is_clang),gcc,$(CC)), -O1 -g -DFLAVOUR_COVERAGE, --coverage, --coverage))
$(eval $(call flavour, valgrind, $(CC),   $(sane) -DFLAVOUR_VALGRIND, -DMARKED_ORDERS))

ifeq ($(filter $(FLAVOUR),$(FLAVOURS)),)
$(error no flavour '$(FLAVOUR)': there are $(FLAVOURS))
endif

COMPILER := $(CC_$(FLAVOUR))
BIN := $(if $(filter-out fuzzers,$(FLAVOUR)),$(O)/rmaptorture$(if $(filter-out release,$(FLAVOUR)),-$(FLAVOUR)))

WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith \
	    -Wwrite-strings -Wundef -Wvla -Wno-missing-field-initializers
NEEDED := -std=gnu11 $(WARNINGS) $(FLAGS_$(FLAVOUR)) -pthread
LIBS := -lurcu-memb -lurcu-common -ljansson -lsqlite3 -lncursesw -lm

INCLUDE_locks := -Ilocks
INCLUDE_core := -Ilocks -Icore
INCLUDE_harness := -Ilocks -Icore -Iharness

# $(call compile,LAYER): user flags are added, never instead of ours. -Werror stays out of what marks
# objects as outdated, so that `make run` then `make check` does not compile everything twice.
compile = $(COMPILER) $(NEEDED) $(if $(filter core,$(1)),$(CORE_FLAGS_$(FLAVOUR))) \
	  $(INCLUDE_$(1)) $(CPPFLAGS) $(CFLAGS)
# The hardware's accesses are not the kernel's, nor are those of who looks at its objects or calls them by name: no checker of races
# looks at them.
UNWATCHED := locks/access/where.c locks/sharing/%.c core/tlb.c core/spte.c core/names.c core/objects.c core/rmap/%/objects.c
OBJCOPY ?= objcopy
werror = $(if $(filter 1,$(WERROR)),-Werror)
link = $(COMPILER) $(NEEDED) $(LINK_FLAGS_$(FLAVOUR)) $(CFLAGS) $(LDFLAGS)

# What there is to build: found, not listed.
LAYERS := locks core harness
MAINS := harness/cli/main.c harness/host/main.c harness/alike/main.c $(wildcard harness/manual/*.c)
# core/rmap/linux is compiled only with a Linux tree: core/rmap/linux/build.mk.
LINUX_DIR := core/rmap/linux
sources = $(filter-out $(LINUX_DIR)/%,$(foreach e,c S,$(wildcard $(1)/*.$(e) $(1)/*/*.$(e) $(1)/*/*/*.$(e))))
tests_of = $(wildcard $(1)/tests/*_test.c)
test_help_of = $(filter-out $(tests_of),$(wildcard $(1)/tests/*.c))
library_of = $(filter-out $(1)/tests/% $(MAINS),$(sources))
object = $(patsubst %,$(O)/obj/%.o,$(1))

GENERATED := $(O)/gen/embedded.o $(O)/gen/build-id.o
EMBEDDED := $(sort $(wildcard scenarios/*.scn)) $(wildcard LOCKING.md harness/nightly/night.plan)
headers = $(filter-out $(LINUX_DIR)/%,$(wildcard $(1)/*.h $(1)/*/*.h $(1)/*/*/*.h))
MODEL := $(sort $(foreach d,locks core,$(call library_of,$(d)) $(call headers,$(d))))
ifdef LINUX_TREE
include $(LINUX_DIR)/build.mk
endif

# Quoting for the shell, and V=1 for those who want to see the commands.
quote = '$(subst ','\'',$(1))'
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-8s%s\n' $(1) $@)
# Keep the old file, and its time, unless the new contents differ.
replace = if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi

# --- Stamps: remade in every run, changed only when their contents do. ---

# How everything is compiled and linked: a change rebuilds all.
$(O)/gen/flags: FORCE
	@mkdir -p $(@D)
	@{ $(COMPILER) --version 2>&1 | head -n 1; \
	   printf '%s\n' $(foreach l,$(LAYERS),$(call quote,$(call compile,$(l)))) \
		$(call quote,$(link) $(LIBS) $(LDLIBS)); } >$@.new; $(replace)

# Which files make up a list: removing one must rebuild what held it.
define file_list
$(O)/gen/$(1).list: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' $(2) >$$@.new; $$(replace)
endef
$(eval $(call file_list,embedded,$(EMBEDDED)))

# The commit, the compiler and a hash of the model's sources (the same in every flavour).
$(O)/gen/build-id.c: FORCE $(O)/gen/flags
	@commit=unknown; if [ -e .git ]; then \
	   commit=$$(git --no-optional-locks describe --always --dirty --abbrev=12 2>/dev/null) || \
	   commit=unknown; fi; \
	 model=$$(cat /dev/null $(MODEL) | sha256sum | cut -c 1-16); \
	 compiler=$$($(COMPILER) --version 2>&1 | sed -e 's/[\\"]/\\&/g' -e 1q); \
	 flags=$$(printf '%s\n' $(call quote,$(FLAGS_$(FLAVOUR)) $(CPPFLAGS) $(CFLAGS)) | \
		  sed -e 's/[\\"]/\\&/g' -e 's/  */ /g' -e 's/ $$//'); \
	 { printf '/* Generated by make. */\n#include "cli/build-id.h"\n\n'; \
	   printf 'const char %s[] = "%s";\n' build_version $(VERSION) build_flavour $(FLAVOUR) \
		build_commit "$$commit" build_model "$$model" build_compiler "$$compiler" \
		build_flags "$$flags"; } >$@.new; $(replace)

$(O)/embed: ci/embed.c $(O)/gen/flags
	$(call say,HOSTCC)
	$(Q)$(or $(HOSTCC),$(COMPILER)) -std=gnu11 -O1 $(WARNINGS) $(werror) -o $@ $<

$(O)/gen/embedded.c: $(O)/embed $(O)/gen/embedded.list $(EMBEDDED)
	$(call say,EMBED)
	$(Q)$(O)/embed $(EMBEDDED) >$@.new && mv -f $@.new $@

# --- Objects, archives, test programs: the same rules for each layer. ---

# Providers bear the kernel's names in their functions, so several of them have functions of one name: of these directories nothing is
# seen from outside but their tables. (Unit tests call functions of anon-chain.)
APART := $(wildcard core/rmap/anon-list core/rmap/pte-chain)
archived = $(filter-out $(APART:%=$(O)/obj/%/%),$(1)) $(if $(filter $(O)/obj/core/%,$(1)),$(APART:%=$(O)/obj/%.o) $(LINUX_OBJECT))
define apart
$(O)/obj/$(1).o: $(call object,$(wildcard $(1)/*.c)) $(O)/gen/core.list $(O)/gen/flags
	$$(call say,LD)
	$$(Q)$(LD) -r -o $$@ $$(filter %.c.o,$$^) && $(OBJCOPY) --keep-global-symbol=rmap_$(subst -,_,$(notdir $(1))) $$@
endef
$(foreach d,$(APART),$(eval $(call apart,$(d))))

# $(call layer,LAYER,THIS AND THE LAYERS BELOW, uppermost first)
define layer
OBJ_$(1) := $(call object,$(call library_of,$(1)))
TESTS_$(1) := $(patsubst $(1)/tests/%.c,$(O)/tests/%,$(call tests_of,$(1)))
TEST_HELP_$(1) := $(call object,$(call test_help_of,$(1)))

$(O)/obj/$(1)/%.o: $(1)/% $(O)/gen/flags
	$$(call say,CC)
	@mkdir -p $$(@D)
	$$(Q)$$(call compile,$(1)) $$(if $$(filter $(UNWATCHED),$$<),-fno-sanitize=thread -finline) $$(werror) -MMD -MP -c -o $$@ $$<
	$(if $(filter core,$(1)),$(if $(WATCHED_CALLS_$(FLAVOUR)),$$(Q)$(OBJCOPY) \
		$(foreach f,$(WATCHED_CALLS_$(FLAVOUR)),--redefine-sym $(f)=__tsan_$(f)) $$@))

$(call file_list,$(1),$$(OBJ_$(1)))

$(O)/lib$(1).a: $$(call archived,$$(OBJ_$(1))) $(if $(filter harness,$(1)),$(GENERATED)) \
		$(O)/gen/$(1).list
	$$(call say,AR)
	$$(Q)rm -f $$@ && $(AR) qcs $$@ $$(filter %.o,$$^)

$$(TESTS_$(1)): $(O)/tests/%: $(O)/obj/$(1)/tests/%.c.o $$(TEST_HELP_$(1)) \
		$(patsubst %,$(O)/lib%.a,$(2)) $(O)/gen/flags
	$$(call say,LINK)
	@mkdir -p $$(@D)
	$$(Q)$$(link) -o $$@ $$(filter %.o %.a,$$^) -lcmocka $(LIBS) $(LDLIBS)
endef
$(eval $(call layer,locks,locks))
$(eval $(call layer,core,core locks))
$(eval $(call layer,harness,harness core locks))

$(GENERATED): %.o: %.c $(O)/gen/flags
	$(call say,CC)
	$(Q)$(call compile,harness) $(werror) -MMD -MP -c -o $@ $<

TESTS := $(foreach l,$(LAYERS),$(TESTS_$(l)))
ifneq ($(words $(TESTS)),$(words $(sort $(TESTS))))
$(error two unit tests have the same file name: $(sort $(notdir $(TESTS))))
endif

# Whole archives: hooks that only a run-time library calls would be left out otherwise.
MAIN := $(call object,harness/cli/main.c)
# What compares the model with the running kernel. Sanitizers have a memory layout of their own, and real processes no use for them.
HOST_MAIN := $(if $(filter release,$(FLAVOUR)),$(call object,$(wildcard harness/host/main.c)))
HOST_BIN := $(if $(HOST_MAIN),$(O)/host-conformance)
# What compares reverse maps with each other.
ALIKE_MAIN := $(if $(filter release,$(FLAVOUR)),$(call object,$(wildcard harness/alike/main.c)))
ALIKE_BIN := $(if $(ALIKE_MAIN),$(O)/provider-conformance)
ARCHIVES := $(O)/libharness.a $(O)/libcore.a $(O)/liblocks.a
$(BIN): $(MAIN) $(ARCHIVES) $(O)/gen/flags
	$(call say,LINK)
	$(Q)$(link) -o $@ $(MAIN) -Wl,--whole-archive $(ARCHIVES) -Wl,--no-whole-archive \
		-Wl,--as-needed $(LIBS) $(LDLIBS)

# What makes manual pages and completions of the tables of commands and options.
MANUAL_MAIN := $(call object,$(wildcard harness/manual/*.c))
MANUAL_BIN := $(if $(MANUAL_MAIN),$(O)/manual)

$(HOST_BIN): $(HOST_MAIN)
$(ALIKE_BIN): $(ALIKE_MAIN)
$(MANUAL_BIN): $(MANUAL_MAIN)
$(HOST_BIN) $(ALIKE_BIN) $(MANUAL_BIN): $(ARCHIVES) $(O)/gen/flags
	$(call say,LINK)
	$(Q)$(link) -o $@ $(filter %.c.o,$^) $(ARCHIVES) -Wl,--as-needed $(LIBS) $(LDLIBS)

# A program for each parser that is fuzzed: fuzz-NAME of NAME_fuzz.c, with what else is in its directory.
FUZZ_DIR := harness/tests/fuzzers
FUZZERS := $(if $(filter fuzzers,$(FLAVOUR)),$(patsubst $(FUZZ_DIR)/%_fuzz.c,$(O)/fuzz-%,$(wildcard $(FUZZ_DIR)/*_fuzz.c)))
FUZZ_HELP := $(call object,$(filter-out %_fuzz.c,$(wildcard $(FUZZ_DIR)/*.c)))
$(FUZZERS): $(O)/fuzz-%: $(O)/obj/$(FUZZ_DIR)/%_fuzz.c.o $(FUZZ_HELP) $(ARCHIVES) $(O)/gen/flags
	$(call say,LINK)
	$(Q)$(link) -o $@ $(filter %.o %.a,$^) -Wl,--as-needed $(LIBS) $(LDLIBS)

# --- What can be asked for. ---

# Prerequisites may have to be installed before compilers and libraries can be looked for: these two
# start make again, on all CPUs unless the user has said how many.
again = case " $$MAKEFLAGS " in *" -j"*|*jobserver*) jobs= ;; *) jobs=-j$$(nproc) ;; esac; \
	$(MAKE) --no-print-directory $$jobs

all: $(BIN) $(HOST_BIN) $(ALIKE_BIN) $(FUZZERS)

tests: $(TESTS)

run:
	@ci/deps run
	@+$(again) all
	$(BIN) run --artifacts $(BUILD)/artifacts $(RUN_ARGS)

check check-all:
	@ci/deps check
	@+$(again) WERROR=1 all tests
	@BUILD=$(BUILD) FLAVOUR=$(FLAVOUR) MAKE=$(MAKE) ci/check $(if $(filter check-all,$@),--all) $(PATTERN)

$(FLAVOURS):
	@$(MAKE) --no-print-directory FLAVOUR=$@ all

# The reverse map of a Linux tree, as one more provider: the programs are in a directory of their own.
LINUX_FLAVOURS ?= release
linux:
	@[ -n "$(KERNEL)" ] || { echo 'make linux: expected KERNEL=DIR, a Linux tree (ci/kernel-tree 6.1 DIR fetches one)' >&2; exit 1; }
	@version=$$($(LINUX_DIR)/link-tree --version "$(KERNEL)") && tree=$(BUILD)/linux-$$version/tree && \
	 $(LINUX_DIR)/link-tree "$(KERNEL)" $$tree && \
	 for flavour in $(LINUX_FLAVOURS); do \
		$(MAKE) --no-print-directory BUILD=$(BUILD)/linux-$$version LINUX_TREE=$$tree FLAVOUR=$$flavour all || exit 1; \
	 done

# What the scenarios execute of that tree's mm/rmap.c, and what the provider finds when it is wrong.
linux-coverage:
	@+$(MAKE) --no-print-directory linux LINUX_FLAVOURS=coverage
	@BUILD=$(BUILD) ci/linux-coverage "$(KERNEL)"

# Each family of scenarios, at length.
linux-families:
	@+$(MAKE) --no-print-directory linux
	@BUILD=$(BUILD) ci/linux-families "$(KERNEL)" $(FAMILIES)

linux-mutants:
	@+$(MAKE) --no-print-directory linux LINUX_FLAVOURS="release access coverage"
	@BUILD=$(BUILD) ci/linux-coverage "$(KERNEL)" >/dev/null
	@BUILD=$(BUILD) MAKE=$(MAKE) ci/linux-mutants "$(KERNEL)" $(MUTANTS)

# What compilers and checkers say of the sources: a quarter of an hour on two CPUs.
lint:
	@ci/deps lint
	@JOBS=$${JOBS:-$$(nproc)} ci/lint gcc clang cppcheck clang-tidy shellcheck

# --- Installing. ---

PAGES := $(patsubst harness/manual/%.mdoc,$(O)/share/%.1,$(wildcard harness/manual/rmaptorture*.mdoc))
SHELLS := $(if $(MANUAL_MAIN),$(O)/share/rmaptorture $(O)/share/_rmaptorture $(O)/share/rmaptorture.fish)

# What is made appears whole.
made_manual = $(Q)mkdir -p $(@D) && $(MANUAL_BIN) $(1) >$@.new && mv -f $@.new $@
$(O)/share/%.1: harness/manual/%.mdoc harness/manual/options.paragraphs $(MANUAL_BIN)
	$(call say,MAN)
	$(call made_manual,man $(filter-out $(MANUAL_BIN),$^))
$(O)/share/rmaptorture: harness/manual/complete.bash $(MANUAL_BIN)
	$(call say,SHELL)
	$(call made_manual,bash $<)
$(O)/share/_rmaptorture: harness/manual/complete.zsh $(MANUAL_BIN)
	$(call say,SHELL)
	$(call made_manual,zsh $<)
$(O)/share/rmaptorture.fish: harness/manual/complete.fish $(MANUAL_BIN)
	$(call say,SHELL)
	$(call made_manual,fish $<)
manual: $(PAGES) $(SHELLS)

# $(call place,NAME,DIRECTORY,MODE,FILES): they go there. Of what `install` puts there `uninstall` leaves nothing: the files go by their
# names, and directories when nothing else is in them, those of others only below DESTDIR.
rmdir := rmdir --ignore-fail-on-non-empty
define place
install-$(1): all manual
	@printf '  %-8s%s\n' INSTALL $$(DESTDIR)$(2)
	$$(Q)install -d $$(DESTDIR)$(2)
	$$(Q)install -m $(3) $(4) $$(DESTDIR)$(2)
uninstall-$(1):
	@printf '  %-8s%s\n' REMOVE $$(DESTDIR)$(2)
	$$(Q)rm -f $(addprefix $$(DESTDIR)$(2)/,$(notdir $(4)))
	$$(Q)$$(if $$(DESTDIR),cd $$(DESTDIR) 2>/dev/null && $(rmdir) -p .$(2) 2>/dev/null || :,\
		$(if $(filter $(docdir)%,$(2)),$(rmdir) $(2) $(docdir) 2>/dev/null || :,:))
PLACES += $(1)
endef
placed = $(if $(strip $(4)),$(eval $(call place,$(1),$(2),$(3),$(strip $(4)))))
$(call placed,program,$(bindir),755,$(BIN))
$(call placed,pages,$(mandir)/man1,644,$(PAGES))
$(call placed,bash,$(bashcompletiondir),644,$(filter %/share/rmaptorture,$(SHELLS)))
$(call placed,zsh,$(zshcompletiondir),644,$(filter %/share/_rmaptorture,$(SHELLS)))
$(call placed,fish,$(fishcompletiondir),644,$(filter %.fish,$(SHELLS)))
$(call placed,scenarios,$(docdir)/scenarios,644,$(wildcard scenarios/*.scn))
$(call placed,guides,$(docdir)/docs,644,$(wildcard docs/*))
$(call placed,documents,$(docdir),644,$(wildcard LICENSE README.md LOCKING.md LOCKING.svg))
.PHONY: manual $(PLACES:%=install-%) $(PLACES:%=uninstall-%)

install: $(PLACES:%=install-%)

uninstall: $(PLACES:%=uninstall-%)

deb:
	@ci/deps deb
	@+$(again) FLAVOUR=release all manual
	@BUILD=$(BUILD) MAKE="$(MAKE)" VERSION=$(VERSION) ci/deb

clean:
	rm -rf $(BUILD)

help:
	@printf '%s\n' \
	'make            build $(BUILD)/release/rmaptorture' \
	'make run        install what is missing, build, do the main job (RUN_ARGS="...")' \
	'make check      install what is missing, build, run the tests (PATTERN=... for some)' \
	'make check-all  also those that take minutes each: three quarters of an hour on two CPUs' \
	'make tsan       build $(BUILD)/tsan/rmaptorture-tsan; so for each flavour: $(FLAVOURS)' \
	'make fuzzers    build $(BUILD)/fuzzers/fuzz-PARSER: ci/fuzz-parsers runs them' \
	'make CROSS=aarch64-linux-gnu-  build for another machine, in $(BUILD)/aarch64 (ci/deps aarch64)' \
	'make linux      KERNEL=DIR: $(BUILD)/linux-VERSION/..., with the mm/rmap.c of that Linux tree (LINUX_FLAVOURS="release tsan access")' \
	'make linux-coverage  KERNEL=DIR: how much of its mm/rmap.c scenarios execute, by function' \
	'make linux-families  KERNEL=DIR: each family of scenarios explored at length (FAMILIES="-n EXECUTIONS -s SEED -x SCENARIO")' \
	'make linux-mutants   KERNEL=DIR: small changes of it, and which are found (MUTANTS="-n SAMPLE -s SEED -b BUDGET -k PATTERN")' \
	'make tests      build the unit tests only' \
	'make lint       install what is missing, ask gcc, clang, cppcheck, clang-tidy and shellcheck about the sources' \
	'make install    program, manual pages, completions, documents; uninstall takes them away. DESTDIR, and as GNU has them:' \
	'                prefix=$(prefix) bindir mandir datadir docdir bashcompletiondir zshcompletiondir fishcompletiondir' \
	'make deb        $(BUILD)/rmaptorture_$(VERSION)_*.deb, of what make install installs' \
	'make clean      remove $(BUILD)/' \
	'' \
	'Variables: CC CLANG CFLAGS CPPFLAGS LDFLAGS LDLIBS HOSTCC (added to what is needed),' \
	'FLAVOUR=NAME for run, check and tests, BUILD=DIR, WERROR=1, V=1 (show commands).'

FORCE:
.PHONY: all tests run check check-all lint install uninstall deb clean help linux linux-coverage linux-families linux-mutants FORCE $(FLAVOURS)
.SECONDARY:
.DELETE_ON_ERROR:

-include $(patsubst %.o,%.d,$(foreach l,$(LAYERS),$(OBJ_$(l)) $(TEST_HELP_$(l)) \
	   $(patsubst $(O)/tests/%,$(O)/obj/$(l)/tests/%.c.o,$(TESTS_$(l)))) \
	   $(MAIN) $(HOST_MAIN) $(ALIKE_MAIN) $(MANUAL_MAIN) $(GENERATED) $(FUZZ_HELP) \
	   $(patsubst $(O)/fuzz-%,$(O)/obj/$(FUZZ_DIR)/%_fuzz.c.o,$(FUZZERS)))
