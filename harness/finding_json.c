/* SPDX-License-Identifier: GPL-2.0-only */
/* See finding_json.h. */
#include "finding_json.h"

#include <string.h>

#include "cli/json.h"
#include "defects.h"

json_t *defects_json(const u64 defects[DEFECT_WORDS])
{
	json_t *list = json_array();

	for (int i = 0; i < CORE_NR_DEFECTS; i++)
		if (defect_in(defects, (unsigned)i))
			json_array_append_new(list, json_string(core_defects[i].name));
	return list;
}

json_t *events_json(struct event_set events)
{
	json_t *list = json_array();

	for_each_event (i, &events)
		json_array_append_new(list, json_string(event_name[i]));
	return list;
}

/* A signature begins with the number of who saw it. */
static json_t *oracle_json(const char *signature)
{
	return json_stringn(signature, strcspn(signature, "/"));
}

void finding_json(json_t *o, const struct finding_keys *k)
{
	json_object_set_new(o, "signature", json_text(k->finding->signature));
	json_object_set_new(o, "oracle", oracle_json(k->finding->signature));
	json_object_set_new(o, "text", json_text(k->finding->text));
	json_object_set_new(o, "site", json_text(k->finding->site));
	json_object_set_new(o, "report", json_text(k->report));
	json_object_set_new(o, "execution", json_u64(k->execution));
	json_object_set_new(o, "replay", json_text(k->replay));
	json_object_set_new(o, "defects", defects_json(k->defects));
	json_object_set_new(o, "seed", json_u64(k->seed));
}
