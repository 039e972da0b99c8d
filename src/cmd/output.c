#include "cmd/output.h"

#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>

#define FLUSH_BYTES ((size_t)64 << 10)

void output_init(struct output *o, FILE *file, const struct format *format, bool rendered)
{
	const struct evtx_writer_options options = {.rendered = rendered};

	*o = (struct output){.file = file, .format = format};
	text_init(&o->text, 0);
	if (!format)
		o->failed = -evtx_writer_new(file, &options, &o->evtx);
}

int output_flush(struct output *o)
{
	size_t n = o->text.len;

	if (o->text.failed && !o->failed)
		o->failed = ENOMEM;
	if (!o->failed && ((n && fwrite(o->text.ptr, 1, n, o->file) != n) || fflush(o->file) != 0))
		o->failed = errno ? errno : EIO;
	if (!o->failed)
		o->bytes += n;
	text_reset(&o->text);
	return -o->failed;
}

static void begin(struct output *o)
{
	if (o->bytes == 0 && o->text.len == 0 && o->format->begin)
		o->format->begin(&o->text, &o->style);
}

static int after_record(struct output *o)
{
	return o->live || o->text.failed || o->text.len >= FLUSH_BYTES ? output_flush(o)
								       : -o->failed;
}

static int evtx_event(struct output *o, const struct event *e)
{
	if (!o->failed)
		o->failed = -evtx_writer_event(o->evtx, e);
	return -o->failed;
}

int output_event(struct output *o, const struct event *e)
{
	if (!o->format)
		return evtx_event(o, e);
	begin(o);
	o->format->event(&o->text, &o->style, e);
	return after_record(o);
}

int output_finding(struct output *o, const struct finding *f)
{
	if (!o->format || !o->format->finding)
		return -o->failed;
	begin(o);
	o->format->finding(&o->text, &o->style, f);
	return after_record(o);
}

static void evtx_finish(struct output *o)
{
	if (!o->failed)
		o->failed = -evtx_writer_finish(o->evtx);
	o->cut = o->evtx ? evtx_writer_cut(o->evtx) : 0;
	evtx_writer_free(o->evtx);
	o->evtx = NULL;
}

int output_finish(struct output *o)
{
	int rc;

	if (o->format)
		begin(o);
	else
		evtx_finish(o);
	if (o->format && o->format->end)
		o->format->end(&o->text, &o->style);
	rc = output_flush(o);
	text_finish(&o->text);
	return rc;
}

bool output_text(const struct text *out)
{
	bool whole = !out || !out->failed;

	if (!whole)
		errno = ENOMEM;
	if (whole && out && out->len)
		whole = fwrite(out->ptr, 1, out->len, stdout) == out->len;
	/* what was printed before may have failed long ago */
	if (whole && fflush(stdout) == 0 && !ferror(stdout))
		return true;
	say("standard output: %s", strerror(errno ? errno : EIO));
	return false;
}

const char *output_error(int rc)
{
	return rc == -ESPIPE ? "an .evtx file can't be written to a pipe or a terminal"
			     : strerror(-rc);
}
