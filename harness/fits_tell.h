/* SPDX-License-Identifier: GPL-2.0-only */
/* Saying which scenarios are not for which providers. */
#ifndef HARNESS_FITS_TELL_H
#define HARNESS_FITS_TELL_H

#include "settings.h"

/* As text one line for each provider that something of the list is not for; as JSON one for each scenario. */
void fits_tell(const struct options *o, const struct scenario_list *list, const struct settings *settings);

#endif
