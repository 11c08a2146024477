/* SPDX-License-Identifier: GPL-2.0-only */
/* How the drawing of an interleaving looks: CSS. All of it is below .rt, since the drawing may stand within a page. */
#ifndef HARNESS_TRACE_STYLE_H
#define HARNESS_TRACE_STYLE_H

extern const char trace_style[];

#endif
