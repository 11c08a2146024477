/* SPDX-License-Identifier: GPL-2.0-only */
/* How objects of the slabs are called in reports. */
#include "slab.h"

#include <stdio.h>

#include "machine.h"

static const char *cache_name(const void *addr, char buf[])
{
	const struct kmem_cache *c;

	if (!machine->slab.top)
		return NULL;		/* a machine of locks alone */
	list_for_each_entry(c, &machine->slab.caches, caches)
		if (c == addr) {
			snprintf(buf, NAME_LEN, "cache %s", c->name);
			return buf;
		}
	return NULL;
}

const char *slab_name(const void *addr, char buf[])
{
	const struct kmem_cache *c;
	const void *obj = slab_object(addr, &c);
	const struct slab_field *f;
	unsigned off, serial;

	if (!obj)
		return cache_name(addr, buf);
	off = (unsigned)((const char *)addr - (const char *)obj);
	f = slab_field_at(c, off);
	serial = slab_serial(addr);
	if (!off && !f)
		snprintf(buf, NAME_LEN, "%s#%u", c->name, serial);
	else if (f && f->offset == off)
		snprintf(buf, NAME_LEN, "%s#%u.%s", c->name, serial, f->name);
	else
		snprintf(buf, NAME_LEN, "%s#%u+%u", c->name, serial, off);
	return buf;
}
