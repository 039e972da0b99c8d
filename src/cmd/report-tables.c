#include "cmd/report-tables.h"

#include "base/mem.h"

#include <errno.h>

static const struct column finding_columns[FINDING_COLUMNS] = {
	{"time", "when", CELL_TIME},	   {"severity", "severity", CELL_TEXT},
	{"finding", "finding", CELL_TEXT}, {"source_ip", "from", CELL_TEXT},
	{"target_ip", "to", CELL_TEXT},	   {"user", "user", CELL_TEXT},
	{"count", "count", CELL_COUNT},	   {"sentence", "what was seen", CELL_TEXT},
};

void findings_init(struct findings *f, uint64_t limit)
{
	*f = (struct findings){.limit = limit && limit < FINDINGS_MAX ? (size_t)limit
								      : FINDINGS_MAX};
	arena_init(&f->texts[0], 0);
	arena_init(&f->texts[1], 0);
	f->cells = mem_zalloc(f->limit * FINDING_COLUMNS, sizeof(*f->cells));
}

void findings_finish(struct findings *f)
{
	arena_finish(&f->texts[0]);
	arena_finish(&f->texts[1]);
	mem_free(f->cells);
}

static struct cell text_cell(struct arena *arena, const char *s)
{
	const char *kept = s ? arena_string(arena, span_str(s)) : NULL;

	return (struct cell){.text = kept ? kept : ""};
}

int findings_add(void *ctx, const struct finding *finding)
{
	const struct finding_kind *kind = &finding_kinds[finding->id];
	struct findings *f = ctx;
	struct arena *arena = &f->texts[f->n / f->limit % 2];
	struct cell *row;

	if (!f->cells)
		return -ENOMEM;
	if (f->n % f->limit == 0)
		arena_reset(arena);
	row = f->cells + f->n++ % f->limit * FINDING_COLUMNS;
	row[0] = (struct cell){.time = finding->time};
	row[1] = text_cell(arena, finding_severity_name(kind->severity));
	row[2] = text_cell(arena, kind->key);
	row[3] = text_cell(arena, finding->source_ip);
	row[4] = text_cell(arena, finding->target_ip);
	row[5] = text_cell(arena, finding->user);
	row[6] = (struct cell){.count = finding->count};
	row[7] = text_cell(arena, finding->sentence);
	return 0;
}

static void swap_rows(struct cell *a, struct cell *b)
{
	for (size_t i = 0; i < FINDING_COLUMNS; i++) {
		struct cell kept = a[i];

		a[i] = b[i];
		b[i] = kept;
	}
}

static void reverse(struct cell *cells, size_t from, size_t to)
{
	for (; from + 1 < to; from++, to--)
		swap_rows(cells + from * FINDING_COLUMNS, cells + (to - 1) * FINDING_COLUMNS);
}

/* A ring from its newest to its oldest row: both its halves backwards. */
void findings_table(struct findings *f, struct table *ret_table)
{
	size_t n = f->n < f->limit ? f->n : f->limit, next = f->n % f->limit;

	if (f->cells) {
		reverse(f->cells, 0, f->n < f->limit ? n : next);
		if (f->n >= f->limit)
			reverse(f->cells, next, n);
	}
	*ret_table = (struct table){
		.name = "findings",
		.title = "Findings: signs of an attack",
		.about = "the newest first; ntlmaudit explain finding tells what each means",
		.columns = finding_columns,
		.n_columns = FINDING_COLUMNS,
		.cells = f->cells,
		.n_rows = f->cells ? n : 0,
		.left_out = f->n - n,
	};
}

static const struct column log_columns[] = {
	{"events", "events", CELL_COUNT}, {"findings", "findings", CELL_COUNT},
	{"first", "from", CELL_TIME},	  {"last", "to", CELL_TIME},
	{"bytes", "bytes", CELL_COUNT},	  {"dropped", "dropped for age or size", CELL_COUNT},
	{"seals", "seals", CELL_COUNT},
};

int log_table_make(struct log_table *t, struct store *s, struct text *why)
{
	const struct store_summary *sum = &t->summary;
	int rc = store_summarise(s, &t->summary, why);

	if (rc < 0)
		return rc;
	t->cells[0].count = sum->events;
	t->cells[1].count = sum->findings;
	t->cells[2].time = sum->events ? sum->first_time : INT64_MIN;
	t->cells[3].time = sum->events ? sum->last_time : INT64_MIN;
	t->cells[4].count = sum->bytes;
	t->cells[5].count = sum->dropped;
	t->cells[6].count = sum->seals;
	t->table = (struct table){
		.name = "log",
		.title = "The log",
		.about = "what is in it",
		.columns = log_columns,
		.n_columns = sizeof(log_columns) / sizeof(log_columns[0]),
		.cells = t->cells,
		.n_rows = 1,
	};
	return 0;
}
