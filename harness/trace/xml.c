/* SPDX-License-Identifier: GPL-2.0-only */
/* See xml.h. */
#include "trace/xml.h"

#include <string.h>

static const char *const entity[256] = {
	['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;", ['\''] = "&#39;",
};

void xml_text_part(const char *s, size_t length, FILE *out)
{
	for (size_t i = 0; i < length && s[i]; i++) {
		unsigned char c = (unsigned char)s[i];

		if (entity[c])
			fputs(entity[c], out);
		else
			fputc(c < ' ' && !strchr("\t\n\r", c) ? '?' : c, out);
	}
}

void xml_text(const char *s, FILE *out)
{
	xml_text_part(s, strlen(s), out);
}
