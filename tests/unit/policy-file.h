/* Reads bytes as a policy file, and keeps what was told of them. */
#ifndef NTLMAUDIT_TESTS_POLICY_FILE_H
#define NTLMAUDIT_TESTS_POLICY_FILE_H

#include "policy/pol-record.h"
#include "policy/reading.h"

#define KB_KEY "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\NTLM\\Parameters"
#define OWN_KEY "Software\\Policies\\ntlmaudit"
#define MSV_KEY "SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0"

struct policy_file {
	struct arena arena;
	struct layer layer;
	struct problems problems;
	struct reading reading;
	struct text told; /* "f: line 3: ...\n" */
};

static void policy_file_tell(void *context, const struct problem *problem)
{
	struct text *told = context;

	place_put(told, &problem->place);
	text_printf(told, ": %s%s\n", problem->is_warning ? "warning: " : "", problem->what);
}

static void policy_file_init(struct policy_file *f)
{
	*f = (struct policy_file){0};
	arena_init(&f->arena, 0);
	text_init(&f->told, 0);
	text_puts(&f->told, "");
	f->problems = (struct problems){policy_file_tell, &f->told, 0, 0};
	f->reading = (struct reading){"f", &f->arena, &f->layer, &f->problems};
}

static void policy_file_finish(struct policy_file *f)
{
	arena_finish(&f->arena);
	text_finish(&f->told);
}

/* Starts anew; reads a copy of exactly these bytes, so that a sanitizer sees a step beyond them. */
static void policy_file_read(struct policy_file *f, enum policy_format format, const void *data,
			     size_t len)
{
	uint8_t *copy = mem_alloc(len ? len : 1);

	policy_file_finish(f);
	policy_file_init(f);
	memcpy(copy, data, len);
	policy_read(&f->reading, format, span_make(copy, len));
	mem_free(copy);
}

static inline void policy_file_conf(struct policy_file *f, const char *text)
{
	policy_file_read(f, POLICY_CONF, text, strlen(text));
}

/* The nth item of a list, or NULL. */
static inline const char *policy_file_item(const struct policy_file *f, enum setting s, size_t n)
{
	const struct policy_item *i = f->layer.cells[s].first;

	while (i && n--)
		i = i->next;
	return i ? i->text : NULL;
}

#define assert_cell(f, s, wanted)                                                                  \
	do {                                                                                       \
		assert_int_equal((f)->layer.cells[s].state, CELL_SET);                             \
		assert_int_equal((f)->layer.cells[s].number, wanted);                              \
	} while (0)
#define assert_told(f, wanted) assert_string_equal((f)->told.ptr, wanted)

#endif
