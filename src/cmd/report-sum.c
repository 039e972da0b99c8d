#include "cmd/report-sum.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX ((size_t)64 << 20)
#define SEEN_MAX ((size_t)1 << 20)
#define DAYS_MAX 20000

void sums_init(struct sums *s, const struct report *report)
{
	*s = (struct sums){.report = report, .key = hash_key_random()};
	for (size_t i = 0; report->shown[i] != MEASURE__COUNT; i++)
		s->shows[report->shown[i]] = true;
	arena_init(&s->names, NAMES_MAX);
}

void sums_finish(struct sums *s)
{
	arena_finish(&s->names);
	mem_free(s->rows);
	mem_free(s->slots);
	mem_free(s->seen.slots);
}

uint32_t sums_dims(const struct report *report)
{
	uint32_t dims = report->dims;

	for (size_t i = 0; report->shown[i] != MEASURE__COUNT; i++)
		dims |= measures[report->shown[i]].dims;
	return dims;
}

static uint64_t hash_parts(const struct sums *s, const char *const part[REPORT_KEYS_MAX])
{
	uint64_t hash[REPORT_KEYS_MAX];

	for (size_t i = 0; i < REPORT_KEYS_MAX; i++)
		hash[i] = part[i] ? hash_bytes(&s->key, span_str(part[i])) : 0;
	return hash_bytes(&s->key, span_make(hash, sizeof(hash)));
}

static bool same_part(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static bool same_parts(const char *const a[REPORT_KEYS_MAX], const char *const b[REPORT_KEYS_MAX])
{
	for (size_t i = 0; i < REPORT_KEYS_MAX; i++)
		if (!same_part(a[i], b[i]))
			return false;
	return true;
}

static void fill_slots(struct sums *s)
{
	memset(s->slots, 0, s->n_slots * sizeof(*s->slots));
	for (size_t i = 0; i < s->n; i++) {
		uint64_t at = s->rows[i].hash;

		while (s->slots[at & (s->n_slots - 1)])
			at++;
		s->slots[at & (s->n_slots - 1)] = (uint32_t)i + 1;
	}
}

/* Room for one more row; the slots are never more than half full. */
static bool grow(struct sums *s)
{
	size_t room = s->room ? 2 * s->room : 256;
	struct sum *rows;
	uint32_t *slots;

	if (s->n < s->room)
		return true;
	rows = mem_realloc(s->rows, room * sizeof(*rows));
	if (rows)
		s->rows = rows;
	slots = rows ? mem_realloc(s->slots, 2 * room * sizeof(*slots)) : NULL;
	if (!slots) {
		s->no_memory = true;
		return false;
	}
	s->slots = slots;
	s->room = room;
	s->n_slots = 2 * room;
	fill_slots(s);
	return true;
}

static struct sum *find(const struct sums *s, const char *const part[REPORT_KEYS_MAX],
			uint64_t hash)
{
	uint64_t at = hash;
	uint32_t i;

	for (; s->n_slots && (i = s->slots[at & (s->n_slots - 1)]); at++)
		if (s->rows[i - 1].hash == hash && same_parts(s->rows[i - 1].part, part))
			return &s->rows[i - 1];
	return NULL;
}

/* The row of a key, made where it is missing; NULL where there is no room. */
static struct sum *row_of(struct sums *s, const char *const part[REPORT_KEYS_MAX])
{
	uint64_t at = hash_parts(s, part);
	struct sum *row = find(s, part, at);

	if (row)
		return row;
	if (s->n == SUMS_MAX || !grow(s))
		return NULL;
	row = &s->rows[s->n];
	*row = (struct sum){.hash = at, .first = INT64_MAX, .last = INT64_MIN};
	for (size_t i = 0; i < REPORT_KEYS_MAX; i++) {
		row->part[i] = part[i] ? arena_string(&s->names, span_str(part[i])) : NULL;
		if (part[i] && !row->part[i]) {
			s->no_memory = true;
			return NULL;
		}
	}
	while (s->slots[at & (s->n_slots - 1)])
		at++;
	s->slots[at & (s->n_slots - 1)] = (uint32_t)++s->n;
	return row;
}

static bool seen_grow(struct seen *seen)
{
	size_t room = seen->room ? 2 * seen->room : 1024;
	uint64_t *slots = room <= 2 * SEEN_MAX ? mem_zalloc(room, sizeof(*slots)) : NULL;

	if (!slots)
		return false;
	for (size_t i = 0; i < seen->room; i++) {
		uint64_t at = seen->slots[i];

		if (!at)
			continue;
		while (slots[at & (room - 1)])
			at++;
		slots[at & (room - 1)] = seen->slots[i];
	}
	mem_free(seen->slots);
	seen->slots = slots;
	seen->room = room;
	return true;
}

/* Is it here for the first time? A hash of 0 stands for an empty place. */
static bool seen_add(struct sums *s, uint64_t hash)
{
	struct seen *seen = &s->seen;
	uint64_t at = hash ? hash : 1;

	hash = at;
	if (2 * (seen->n + 1) > seen->room && !seen_grow(seen)) {
		s->no_memory = true;
		return false;
	}
	for (; seen->slots[at & (seen->room - 1)]; at++)
		if (seen->slots[at & (seen->room - 1)] == hash)
			return false;
	seen->slots[at & (seen->room - 1)] = hash;
	seen->n++;
	return true;
}

static size_t side_of(const struct usage_row *row)
{
	const char *name = row->dim[USAGE_ROLE];

	if (name && strcmp(name, USAGE_FARSIDE) == 0)
		return SIDE_FARSIDE;
	for (enum event_role role = 0; name && role < EVENT_ROLE__COUNT; role++)
		if (strcmp(name, event_role_name(role)) == 0)
			return role;
	return ROLE_OTHER;
}

static bool counts(const struct usage_row *row, enum measure m)
{
	if (m == MEASURE_FAILED)
		return row->dim[USAGE_OUTCOME] && strcmp(row->dim[USAGE_OUTCOME], "failed") == 0;
	if (m == MEASURE_NTLMV1)
		return usage_is_ntlmv1(row);
	if (m == MEASURE_WARNINGS)
		return row->dim[USAGE_LEVEL] &&
		       strcmp(row->dim[USAGE_LEVEL], event_level_name(LEVEL_WARNING)) == 0;
	return true;
}

static void add_distinct(struct sums *s, struct sum *sum, const struct usage_row *row)
{
	static const enum usage_dim dims[] = {USAGE_USER, USAGE_CLIENT, USAGE_SERVER};

	for (size_t i = 0; i < sizeof(dims) / sizeof(dims[0]); i++) {
		const char *name = row->dim[dims[i]];
		uint64_t hash[3] = {(uint64_t)(sum - s->rows), i};

		if (!s->shows[MEASURE_COUNTS + i] || !name || !*name)
			continue;
		hash[2] = hash_bytes(&s->key, span_str(name));
		sum->distinct[i] += seen_add(s, hash_bytes(&s->key, span_make(hash, sizeof(hash))));
	}
}

void sums_add(struct sums *s, const struct usage_row *row)
{
	size_t side = side_of(row);
	struct report_key key = {0};

	for (size_t i = 0; s->report->key(row, i, &key); i++) {
		struct sum *sum = row_of(s, key.part);

		if (!sum) {
			s->lost++;
			continue;
		}
		for (enum measure m = 0; m < MEASURE_COUNTS; m++)
			if (s->shows[m] && counts(row, m))
				sum->count[m][side] += row->count;
		add_distinct(s, sum, row);
		if (row->first < sum->first)
			sum->first = row->first;
		if (row->last > sum->last)
			sum->last = row->last;
	}
}

static uint64_t greatest(const uint64_t count[SIDE__COUNT])
{
	uint64_t max = 0;

	for (size_t i = 0; i < SIDE__COUNT; i++)
		if (count[i] > max)
			max = count[i];
	return max;
}

static struct cell cell_of(const struct sum *sum, enum measure m)
{
	struct cell cell = {.text = ""};

	if (m < MEASURE_COUNTS)
		cell.count = greatest(sum->count[m]);
	else if (m < MEASURE_TIMES)
		cell.count = sum->distinct[m - MEASURE_COUNTS];
	else
		cell.time = m == MEASURE_FIRST ? sum->first : sum->last;
	return cell;
}

/* What qsort_r's comparison needs. */
struct order {
	enum measure measure;
	bool by_name;
};

static int by_names(const struct sum *a, const struct sum *b)
{
	for (size_t i = 0; i < REPORT_KEYS_MAX && a->part[i]; i++) {
		int order = strcmp(a->part[i], b->part[i]);

		if (order)
			return order;
	}
	return 0;
}

/* The greatest first, and the latest. Names decide between equals, so that the same log gives the same report. */
static int compare(const void *a, const void *b, void *ctx)
{
	const struct order *order = ctx;
	struct cell x = cell_of(a, order->measure), y = cell_of(b, order->measure);

	if (!order->by_name && x.count != y.count)
		return x.count > y.count ? -1 : 1;
	if (!order->by_name && x.time != y.time)
		return x.time > y.time ? -1 : 1;
	return by_names(a, b);
}

static int64_t day_of(const char *date)
{
	long year = strtol(date, NULL, 10);

	return strlen(date) < 10
		       ? 0
		       : when_days(year, strtol(date + 5, NULL, 10), strtol(date + 8, NULL, 10));
}

/* Days without an event are days too. */
static void add_days(struct sums *s)
{
	int64_t first = INT64_MAX, last = INT64_MIN;
	struct report_key key = {.part = {key.made}};
	struct text date;

	for (size_t i = 0; i < s->n; i++) {
		int64_t day = day_of(s->rows[i].part[0]);

		first = day < first ? day : first;
		last = day > last ? day : last;
	}
	if (s->n == 0 || last - first > DAYS_MAX)
		return;
	text_init(&date, 64);
	for (; first < last; first++) {
		text_reset(&date);
		clock_format(&date, first * 86400 * NSEC_PER_SEC);
		snprintf(key.made, sizeof(key.made), "%.10s", date.ptr ? date.ptr : "");
		row_of(s, key.part);
	}
	text_finish(&date);
}

static void drop_old(struct sums *s, int64_t new_since)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		const char *name = s->rows[i].part[1];

		if (s->rows[i].first >= new_since && name && *name)
			s->rows[kept++] = s->rows[i];
	}
	s->n = kept;
}

void sums_drop(struct sums *s, bool (*is_wanted)(void *ctx, const struct sum *sum), void *ctx)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++)
		if (is_wanted(ctx, &s->rows[i]))
			s->rows[kept++] = s->rows[i];
	s->n = kept;
}

static size_t count_keys(const struct report *report)
{
	size_t n = 0;

	while (n < REPORT_KEYS_MAX && report->keys[n].key)
		n++;
	return n;
}

/* The table's shape: columns and empty cells. */
static bool make_table(const struct report *report, size_t n_rows, struct table *table)
{
	struct column *columns = mem_zalloc(REPORT_KEYS_MAX + MEASURE__COUNT, sizeof(*columns));
	size_t keys = count_keys(report), n = 0;
	struct cell *cells;

	if (!columns)
		return false;
	for (; n < keys; n++)
		columns[n] = report->keys[n];
	for (size_t i = 0; report->shown[i] != MEASURE__COUNT; i++)
		columns[n++] = measures[report->shown[i]].column;
	cells = mem_zalloc(n_rows * n + 1, sizeof(*cells));
	if (!cells) {
		mem_free(columns);
		return false;
	}
	*table = (struct table){.name = report->name,
				.title = report->title,
				.about = report->doc,
				.columns = columns,
				.n_columns = n,
				.cells = cells,
				.n_rows = n_rows,
				.chart = report->chart};
	return true;
}

static void fill_row(const struct report *report, const struct sum *sum, struct cell *cells)
{
	for (size_t i = 0; i < count_keys(report); i++)
		*cells++ = (struct cell){.text = sum->part[i] ? sum->part[i] : ""};
	for (size_t i = 0; report->shown[i] != MEASURE__COUNT; i++)
		*cells++ = cell_of(sum, report->shown[i]);
}

bool sums_table(struct sums *s, const struct sums_choice *choice, struct table *ret_table)
{
	const struct report *report = s->report;
	struct order order = {choice->order, report->chart == CHART_TIME};
	struct cell *cells;
	size_t n, from;

	if (report->chart == CHART_TIME)
		add_days(s);
	if (report->is_new)
		drop_old(s, choice->new_since);
	if (s->n)
		qsort_r(s->rows, s->n, sizeof(*s->rows), compare, &order);
	n = choice->limit && choice->limit < s->n ? (size_t)choice->limit : s->n;
	from = report->chart == CHART_TIME ? s->n - n : 0;
	if (!make_table(report, n, ret_table))
		return false;
	ret_table->left_out = s->n - n + s->lost;
	cells = (struct cell *)(uintptr_t)ret_table->cells;
	for (size_t i = 0; i < n; i++)
		fill_row(report, &s->rows[from + i], cells + i * ret_table->n_columns);
	return !s->no_memory;
}

void sums_table_free(struct table *table)
{
	mem_free((void *)(uintptr_t)table->columns);
	mem_free((void *)(uintptr_t)table->cells);
}
