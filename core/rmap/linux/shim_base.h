/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration, attributes, assertions. */
#ifndef RMAP_LINUX_SHIM_BASE_H
#define RMAP_LINUX_SHIM_BASE_H

#include "types.h"
#include "report.h"

/* ---- the kernel's configuration: what is not here is off, and a feature of the provider's policy, or none ---- */

#define CONFIG_MMU 1
#define CONFIG_SMP 1
#define CONFIG_SWAP 1
#define CONFIG_MIGRATION 1
#define CONFIG_DEBUG_VM 1
#define CONFIG_DEBUG_VM_RB 1
#define CONFIG_MEMORY_FAILURE 1
#define CONFIG_ARCH_WANT_BATCHED_UNMAP_TLB_FLUSH 1
#define CONFIG_TRANSPARENT_HUGEPAGE 1
#define CONFIG_HAVE_FAST_GUP 1
#define CONFIG_HAVE_GUP_FAST 1

#define shim_enabled_1 0,
#define shim_second_(unused, value, ...) value
#define shim_is_(shifted) shim_second_(shifted 1, 0)
#define shim_paste_(value) shim_is_(shim_enabled_##value)
#define IS_ENABLED(option) shim_paste_(option)

/* ---- the compiler ---- */

#define __bitwise
#define __force
#define __rcu
#define __user
#define __init
#define __read_mostly
#define __must_check
#define __always_inline inline __attribute__((always_inline))
#define fallthrough __attribute__((fallthrough))
#define static_assert(cond, ...) _Static_assert(cond, #cond)
#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)
#define THIS_MODULE NULL

typedef unsigned long pgoff_t;
typedef unsigned long phys_addr_t;
typedef unsigned long uintptr_t;
typedef unsigned long vm_flags_t;
typedef u64 uint64_t;
typedef u32 uint32_t;

#define ULONG_MAX (~0ul)
#define UL(x) (x##ul)
#define ALIGN_DOWN(x, to) ((x) & ~((__typeof__(x))(to) - 1))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define in_range(x, start, len) ((x) - (start) < (len))	/* of unsigned ones */
#define BITS_PER_LONG 64

/* ---- assertions: each that fails is a finding, and the code goes on as the kernel's would ---- */

#define shim_assert_(cond, w)                           \
	({                                              \
		bool w = !!(cond);                      \
		if (unlikely(w))                        \
			lx_assertion(#cond, HERE);      \
		w;                                      \
	})
#define WARN_ON(cond) shim_assert_(cond, UNIQUE(w_))
#define WARN_ON_ONCE(cond) WARN_ON(cond)
#define WARN_ONCE(cond, ...) WARN_ON(cond)
#define BUG_ON(cond) ((void)WARN_ON(cond))
#define BUG() BUG_ON(true)
#define VM_BUG_ON(cond) BUG_ON(cond)
#define VM_BUG_ON_PAGE(cond, page) BUG_ON(cond)
#define VM_BUG_ON_FOLIO(cond, folio) BUG_ON(cond)
#define VM_BUG_ON_VMA(cond, vma) BUG_ON(cond)
#define VM_WARN_ON(cond) BUG_ON(cond)
#define VM_WARN_ON_ONCE(cond) WARN_ON(cond)
#define VM_WARN_ON_FOLIO(cond, folio) WARN_ON(cond)
#define VM_WARN_ON_ONCE_FOLIO(cond, folio) WARN_ON(cond)
#define VM_WARN_ON_ONCE_PAGE(cond, page) WARN_ON(cond)
#define BUILD_BUG() lx_unreached(__func__)	/* a compiler that sees so much is not asked for */
void lx_unreached(const char *what) __attribute__((noreturn));
void lx_assertion(const char *condition, const struct site *site);

/* What the provider does not offer is compiled, and ends the program if it is reached after all. */
#define shim_unreached(value) (lx_unreached(__func__), (value))

#define cond_resched() ((void)0)

#endif
