/*
 * Events in one of formats[] to a stream. Invariant: what was written is complete up to a record, and the first
 * failure stays: later records are not written, and output_finish() tells it.
 */
#ifndef NTLMAUDIT_CMD_OUTPUT_H
#define NTLMAUDIT_CMD_OUTPUT_H

#include "format/evtx.h"
#include "format/format.h"

#include <stdio.h>

struct output {
	FILE *file;
	const struct format *format; /* NULL: an .evtx file */
	struct evtx_writer *evtx;
	struct format_style style;
	bool live; /* somebody waits for it: flush after each record */
	struct text text;
	uint64_t bytes; /* written */
	uint64_t cut;	/* texts longer than the format holds */
	int failed;	/* errno of the first failure */
};

/*
 * The format's beginning is written with the first record, or at the end. `format` NULL writes an .evtx file, with
 * each event's text where `rendered`; then `file` must be seekable.
 */
void output_init(struct output *o, FILE *file, const struct format *format, bool rendered);
/* 0, or the negative errno of the first failure; -ESPIPE: an .evtx file can't be written to a pipe. */
int output_event(struct output *o, const struct event *e);
/* Nothing where the format has no findings. */
int output_finding(struct output *o, const struct finding *f);
int output_flush(struct output *o);
/* Writes the format's end and frees; does not close the file. */
int output_finish(struct output *o);

/*
 * Writes a text to standard output and sees that it got there; else says why not, on standard error. `out` is NULL where all
 * was printed already.
 */
bool output_text(const struct text *out);

/* The sentence of a failure. */
const char *output_error(int rc);

#endif
