/*
 * A table as reports have it, and how each output writes one. Invariant: names are strangers', and only the
 * walkers below write them, each escaped for its output.
 */
#ifndef NTLMAUDIT_CMD_TABLE_H
#define NTLMAUDIT_CMD_TABLE_H

#include "base/text.h"

enum cell_kind { CELL_TEXT, CELL_COUNT, CELL_TIME };

struct column {
	const char *key;     /* for machines: "first_seen" */
	const char *heading; /* for people */
	enum cell_kind kind;
};

/* Of its column's kind. */
struct cell {
	const char *text; /* "" where there is none */
	uint64_t count;
	int64_t time; /* base/clock.h; INT64_MIN where there is none */
};

enum chart { CHART_NONE, CHART_RANK, CHART_TIME };

struct table {
	const char *name, *title, *about; /* ours */
	const struct column *columns;
	size_t n_columns;
	const struct cell *cells; /* row by row */
	size_t n_rows;
	uint64_t left_out; /* rows that are not here */
	enum chart chart;  /* of the first column of counts */
};

/* What all tables of a run are about. */
struct table_set {
	const char *title;
	const char *log;
	int64_t since, until; /* INT64_MIN, INT64_MAX: no bound */
	int64_t now;
	bool unicode; /* text: blocks may be used */
	size_t n;     /* tables begun */
};

struct table_output {
	const char *name;
	const char *doc;
	void (*begin)(struct text *out, struct table_set *set);
	void (*table)(struct text *out, struct table_set *set, const struct table *table);
	void (*end)(struct text *out, struct table_set *set);
};

/* text, json, csv, html; a row without a name ends them. */
extern const struct table_output table_outputs[];

/* The rows of table_outputs[], each in the file of its name. */
void table_text_begin(struct text *out, struct table_set *set);
void table_text(struct text *out, struct table_set *set, const struct table *table);
void table_json_begin(struct text *out, struct table_set *set);
void table_json(struct text *out, struct table_set *set, const struct table *table);
void table_json_end(struct text *out, struct table_set *set);
void table_csv(struct text *out, struct table_set *set, const struct table *table);
void table_html_begin(struct text *out, struct table_set *set);
void table_html(struct text *out, struct table_set *set, const struct table *table);
void table_html_end(struct text *out, struct table_set *set);

/* The column that a chart shows: the first of counts; n_columns where there is none. */
size_t table_chart_column(const struct table *table);
uint64_t table_column_max(const struct table *table, size_t column);

/* "1234567" as "1,234,567". */
void table_put_grouped(struct text *out, uint64_t number);
/* "2026-11-22 14:00", to the minute. */
void table_put_minute(struct text *out, int64_t time);
/* `, from 2026-11-22 14:00, until ...`: the bounds there are, nothing where there is none. */
void table_put_range(struct text *out, const struct table_set *set);

#endif
