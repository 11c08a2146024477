/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON Lines for scripts: each value of each object on standard input, one a line, with tabs between
 *	number of the object, its "type", the key, string|number|boolean|null|array|object, the value
 * A key in an object is "outer.inner", one of objects in an array "outer[].inner"; a value is its JSON text, of an array how many.
 * Status 1, and a line that says where, for what is not JSON, an object without a type, or a key that comes twice.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *kind(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING: return "string";
	case JSON_INTEGER: case JSON_REAL: return "number";
	case JSON_TRUE: case JSON_FALSE: return "boolean";
	case JSON_NULL: return "null";
	case JSON_ARRAY: return "array";
	default: return "object";
	}
}

static void print_keys(int line, const char *type, const char *before, json_t *o)
{
	const char *key;
	json_t *v, *item;
	size_t i;

	json_object_foreach(o, key, v) {
		char path[256], *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);

		snprintf(path, sizeof(path), "%s%s", before, key);
		printf("%d\t%s\t%s\t%s\t", line, type, path, kind(v));
		if (json_is_array(v))
			printf("%zu\n", json_array_size(v));
		else
			printf("%s\n", json_is_object(v) ? "-" : text);
		free(text);
		if (json_is_object(v)) {
			snprintf(path, sizeof(path), "%s%s.", before, key);
			print_keys(line, type, path, v);
		}
		json_array_foreach(v, i, item) {
			snprintf(path, sizeof(path), "%s%s[].", before, key);
			if (json_is_object(item))
				print_keys(line, type, path, item);
		}
	}
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	for (int nr = 1; (length = getline(&line, &size, stdin)) > 0; nr++) {
		json_error_t error;
		json_t *o = json_loadb(line, (size_t)length, JSON_REJECT_DUPLICATES, &error);
		const char *type = json_string_value(json_object_get(o, "type"));

		if (!o || !type || line[length - 1] != '\n') {
			printf("line %d: %s\n", nr, o ? "no type, or no end" : error.text);
			return 1;
		}
		print_keys(nr, type, "", o);
		json_decref(o);
	}
	free(line);
	return 0;
}
