# SPDX-License-Identifier: GPL-2.0-only
# The provider linux, for the Makefile: LINUX_TREE is a directory that link-tree has made. Its parts become one object, of which nothing is
# seen from outside but its table: the kernel's functions bear the names of core's.

LINUX_KERNEL_SIDE := $(LINUX_DIR)/kernel.c $(LINUX_DIR)/collect.c $(LINUX_DIR)/huge.c $(LINUX_DIR)/ksm.c \
		     $(LINUX_DIR)/views.c
LINUX_CORE_SIDE := $(LINUX_DIR)/provider.c $(LINUX_DIR)/hooks.c $(LINUX_DIR)/events.c
LINUX_SOURCES := mm/rmap.c mm/interval_tree.c mm/page_vma_mapped.c lib/rbtree.c
# Trees are under their lock.
LINUX_TREE_LOCKED := mm/interval_tree.c lib/rbtree.c
LINUX_OBJECT := $(O)/obj/$(LINUX_DIR).o

linux_object = $(O)/obj/tree/$(1).o
LINUX_PARTS := $(call object,$(LINUX_KERNEL_SIDE) $(LINUX_CORE_SIDE)) $(foreach s,$(LINUX_SOURCES),$(call linux_object,$(s)))

# What a replay file's hash of the model has to tell apart.
MODEL += $(sort $(LINUX_KERNEL_SIDE) $(LINUX_CORE_SIDE) $(wildcard $(LINUX_DIR)/*.h) $(LINUX_SOURCES:%=$(LINUX_TREE)/%) \
	   $(LINUX_TREE)/mm/internal.h)
CPPFLAGS += -DRMAP_LINUX

# The kernel's code is not written for our warnings; but each name that the shim lacks has to be told.
LINUX_MISSING := implicit-function-declaration implicit-int incompatible-pointer-types int-conversion
LINUX_WARNINGS := -Wall -Wno-unused -Wno-uninitialized $(if $(findstring clang,$(COMPILER)),,-Wno-maybe-uninitialized)
linux_compile = $(COMPILER) -std=gnu11 $(LINUX_WARNINGS) $(LINUX_MISSING:%=-Werror=%) $(FLAGS_$(FLAVOUR)) \
		-pthread $(CORE_FLAGS_$(FLAVOUR)) -nostdinc -include $(LINUX_DIR)/shim.h -I$(LINUX_TREE)/include -I$(LINUX_DIR) \
		-Ilocks -Icore -iquote $(LINUX_TREE)/mm $(CPPFLAGS) $(CFLAGS)

# One message for a tree that the shim does not suit: what is missing first, and where to add it.
define linux_cc
	@mkdir -p $(@D)
	$(Q)$(linux_compile) $(2) -MMD -MP -c -o $@ $< 2>$@.err || { $(LINUX_DIR)/missing $(1) $(LINUX_TREE) <$@.err >&2; exit 1; }
	$(Q)cat $@.err >&2; rm -f $@.err
	$(if $(WATCHED_CALLS_$(FLAVOUR)),$(Q)$(OBJCOPY) $(foreach f,$(WATCHED_CALLS_$(FLAVOUR)),--redefine-sym $(f)=__tsan_$(f)) $@)
endef

# Which lines have been executed is to be told of the lines as they stand.
$(O)/obj/tree/%.o: $(LINUX_TREE)/% $(O)/gen/flags
	$(call say,CC)
	$(call linux_cc,$*,$(if $(filter $(LINUX_TREE_LOCKED),$*),-DSHIM_TREE_LOCKED) $(if $(filter mm/rmap.c,$*),-DSHIM_RMAP) \
		$(if $(filter coverage,$(FLAVOUR)),-O0))

$(call object,$(LINUX_KERNEL_SIDE)): $(O)/obj/%.o: % $(O)/gen/flags
	$(call say,CC)
	$(call linux_cc,$*,$(if $(filter %/views.c,$<),-fno-sanitize=thread))

$(call object,$(LINUX_CORE_SIDE)): $(O)/obj/%.o: % $(O)/gen/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(call compile,core) -I$(LINUX_TREE)/include $(werror) -MMD -MP -c -o $@ $<

$(LINUX_OBJECT): $(LINUX_PARTS)
	$(call say,LD)
	$(Q)$(LD) -r -o $@ $^ && $(OBJCOPY) --keep-global-symbol=rmap_linux $@

# For ci/linux-mutants: the program with another rmap.c, all in the directory MUTANT. Nothing else is looked at anew.
ifdef MUTANT
$(MUTANT)/lines: $(LINUX_TREE)/mm/rmap.c
	$(Q)$(linux_compile) -E -fdirectives-only $< >$@.i
	$(Q)awk '/^# [0-9]+ "/ { n = $$2; inside = $$3 ~ /\/rmap\.c"$$/; next } inside { if (NF) print n; n++ }' $@.i | sort -nu >$@

$(MUTANT)/rmap.o: $(MUTANT)/rmap.c
	$(call linux_cc,mm/rmap.c,-DSHIM_RMAP)

$(MUTANT)/rmaptorture: $(MUTANT)/rmap.o
	$(Q)$(LD) -r -o $(MUTANT)/$(notdir $(LINUX_OBJECT)) $(filter-out $(call linux_object,mm/rmap.c),$(LINUX_PARTS)) $<
	$(Q)$(OBJCOPY) --keep-global-symbol=rmap_linux $(MUTANT)/$(notdir $(LINUX_OBJECT))
	$(Q)cp $(O)/libcore.a $(MUTANT)/ && $(AR) rcs $(MUTANT)/libcore.a $(MUTANT)/$(notdir $(LINUX_OBJECT))
	$(Q)$(link) -o $@ $(MAIN) -Wl,--whole-archive $(ARCHIVES:$(O)/libcore.a=$(MUTANT)/libcore.a) -Wl,--no-whole-archive \
		-Wl,--as-needed $(LIBS) $(LDLIBS)
endif

-include $(LINUX_PARTS:.o=.d)
