#include "unit.h"

#include "base/mem.h"
#include "evtx-build.h"
#include "winlog/evtx.h"

#include <errno.h>
#include <stdio.h>

#define KEEP 64

struct seen {
	size_t n_records, n_problems, n_data, n_lost, n_recovered;
	uint64_t offsets[KEEP], ids[KEEP];
	char why[128]; /* the first problem */
	uint64_t where;
	char data[8192]; /* of all records: name=value; */
	uint32_t event_id;
	char provider[64];
	int stop;
};

static int on_record(void *ctx, const struct winlog_record *r)
{
	struct seen *s = ctx;
	size_t used = strlen(s->data);

	if (s->n_records < KEEP) {
		s->offsets[s->n_records] = r->offset;
		s->ids[s->n_records] = r->record_id;
	}
	s->n_records++;
	s->n_recovered += r->recovered;
	s->n_data += r->n_data;
	s->n_lost += r->n_data_lost;
	s->event_id = r->event_id;
	snprintf(s->provider, sizeof(s->provider), "%s", r->provider);
	for (size_t i = 0; i < r->n_data && used < sizeof(s->data) - 1; i++)
		used += (size_t)snprintf(s->data + used, sizeof(s->data) - used, "%s=%s;",
					 r->data[i].name, r->data[i].value);
	return s->stop;
}

static void on_problem(void *ctx, const char *where, const char *why, uint64_t offset)
{
	struct seen *s = ctx;

	if (s->n_problems++ == 0) {
		snprintf(s->why, sizeof(s->why), "%s: %s", where, why);
		s->where = offset;
	}
}

static const struct winlog_ops ops = {.record = on_record, .problem = on_problem};

static int read_bytes(const void *bytes, size_t n, bool recover, struct seen *ret)
{
	uint8_t none = 0;
	void *copy = n ? mem_alloc(n) : &none;
	FILE *in;
	int rc;

	/* A copy of its own size: reading beyond it is then seen by the sanitizer. */
	assert_non_null(copy);
	if (n)
		memcpy(copy, bytes, n);
	*ret = (struct seen){.stop = ret->stop};
	in = n ? fmemopen(copy, n, "rb") : fopen("/dev/null", "rb");
	assert_non_null(in);
	rc = evtx_read(in, &(struct evtx_options){recover}, &ops, ret);
	fclose(in);
	if (n)
		mem_free(copy);
	return rc;
}

static struct seen read_log(const struct log *l, bool recover)
{
	struct seen s = {0};

	assert_int_equal(read_bytes(l->bytes, sizeof(l->bytes), recover, &s), 0);
	return s;
}

/* <Event><System><Provider Name=P/><EventID>%0</EventID></System> up to its data. */
static void put_head(struct log *l)
{
	put_open(l, true, "Event", false);
	put(l, 0x02, 1);
	put_open(l, true, "System", false);
	put(l, 0x02, 1);
	put_open(l, true, "Provider", true);
	put(l, 0x06, 1);
	put_name(l, "Name");
	put_text(l, "P");
	put(l, 0x03, 1);
	put_element(l, "EventID", 0);
	put(l, 0x04, 1);
}

static void put_event_data(struct log *l)
{
	put_open(l, true, "EventData", false);
	put(l, 0x02, 1);
}

static void put_tail(struct log *l)
{
	put(l, 0x04, 1);
	put(l, 0x04, 1);
}

static const struct item event_id = {0x06, "\x41\x1f", 2};

/* A record with a Data element A for value 1 and B for value 2, whose template is there, or stands here. */
static size_t put_record(struct log *l, size_t definition, struct item a, struct item b)
{
	struct item items[] = {event_id, a, b};
	bool is_new = !definition;

	begin_record(l);
	definition = begin_instance(l, definition);
	if (is_new) {
		put_head(l);
		put_event_data(l);
		put_data(l, "A", 1);
		put_data(l, "B", 2);
		put_tail(l);
		end_definition(l, definition);
	}
	put_values(l, items, 3);
	end_record(l);
	return definition;
}

static const struct item text_x = {0x01, "x\0", 2};
static const struct item number_7 = {0x08, "\7\0\0\0", 4};

static void five_records(struct log *l)
{
	size_t definition;

	log_init(l);
	definition = put_record(l, 0, text_x, number_7);
	for (int i = 0; i < 4; i++)
		put_record(l, definition, text_x, number_7);
	seal(l);
}

static void reads_templates_that_are_there_and_referred_to(void **state)
{
	static struct log l;
	struct seen s;

	(void)state;
	five_records(&l);
	s = read_log(&l, false);
	assert_int_equal(s.n_problems, 0);
	assert_int_equal(s.n_records, 5);
	assert_int_equal(s.event_id, 8001);
	assert_string_equal(s.provider, "P");
	assert_string_equal(s.data, "A=x;B=7;A=x;B=7;A=x;B=7;A=x;B=7;A=x;B=7;");
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(s.ids[i], i + 1);
	assert_int_equal(s.offsets[0], 4096 + 512);
}

static const struct {
	struct item item;
	const char *text;
} values[] = {
	{{0x00, "", 0}, "A=;"},
	{{0x01, "a\0\xe4\0\0\0", 6}, "A=a\xc3\xa4;"},
	{{0x01, "a\0\0\0b\0", 6},
	 "A=a\xef\xbf\xbd"
	 "b;"},
	{{0x01, "\x3d\xd8\x00\xde", 4}, "A=\xf0\x9f\x98\x80;"},
	{{0x01, "\x3d\xd8x\0", 4}, "A=\xef\xbf\xbdx;"},
	{{0x01, "a", 1}, "A=\xef\xbf\xbd;"},
	{{0x02, "a\x80\xe4\0", 4}, "A=a\xe2\x82\xac\xc3\xa4;"},
	{{0x03, "\x80", 1}, "A=-128;"},
	{{0x04, "\x80", 1}, "A=128;"},
	{{0x05, "\xff\xff", 2}, "A=-1;"},
	{{0x06, "\xff\xff", 2}, "A=65535;"},
	{{0x07, "\0\0\0\x80", 4}, "A=-2147483648;"},
	{{0x08, "\0\0\0\x80", 4}, "A=2147483648;"},
	{{0x09, "\0\0\0\0\0\0\0\x80", 8}, "A=-9223372036854775808;"},
	{{0x0a, "\xff\xff\xff\xff\xff\xff\xff\xff", 8}, "A=18446744073709551615;"},
	{{0x0a, "\xff\xff", 2}, "A=FFFF;"},
	{{0x0b, "\0\0\xc0\x3f", 4}, "A=1.5;"},
	{{0x0c, "\0\0\0\0\0\0\xf8\xbf", 8}, "A=-1.5;"},
	{{0x0d, "\1\0\0\0", 4}, "A=true;"},
	{{0x0d, "\0\0\0\0", 4}, "A=false;"},
	{{0x0e, "\xde\xad\0", 3}, "A=DEAD00;"},
	{{0x0f, "\x0d\x30\x43\xac\xcc\x5f\x00\x48\x8e\x99\x1b\xd3\xf8\x5f\x03\x20", 16},
	 "A={AC43300D-5FCC-4800-8E99-1BD3F85F0320};"},
	{{0x10, "\x10\0\0\0", 4}, "A=0x10;"},
	{{0x10, "\x10\0\0\0\0\0\0\0", 8}, "A=0x10;"},
	{{0x11, "\0\x80\x3e\xd5\xde\xb1\x9d\x01", 8}, "A=1970-01-01T00:00:00.0000000Z;"},
	{{0x12, "\xea\x07\x0b\0\0\0\x16\0\x0e\0\x1e\0\x05\0\x07\0", 16},
	 "A=2026-11-22T14:30:05.007Z;"},
	{{0x13, "\1\1\0\0\0\0\0\5\x12\0\0\0", 12}, "A=S-1-5-18;"},
	{{0x13, "\1\1\1\0\0\0\0\0\x12\0\0\0", 12}, "A=S-1-0x10000000000-18;"},
	{{0x13, "\1\2\0\0\0\0\0\5\x12\0\0\0", 12}, "A=010200000000000512000000;"},
	{{0x14, "\xe4\3\0\0", 4}, "A=0x3e4;"},
	{{0x15, "\0\0\0\0\0\0\0\x80", 8}, "A=0x8000000000000000;"},
	{{0x22, "\1\2", 2}, "A=0102;"}, /* of no type that is known */
	{{0x81, "a\0\0\0\0\0b\0c\0\0\0", 12}, "A=a;A=;A=bc;"},
	{{0x81, "a\0\0\0b\0", 6}, "A=a;A=b;"},
	{{0x82, "a\0b\0", 4}, "A=a;A=b;"},
	{{0x81, "", 0}, "A=;"},
	{{0x86, "\1\0\2\0", 4}, "A=1;A=2;"},
	{{0x86, "\1\0\2", 3}, "A=102;"}, /* what is left over stands behind */
	{{0x8d, "\1\0\0\0\0\0\0\0", 8}, "A=true;A=false;"},
	{{0x93, "\1\1\0\0\0\0\0\5\x12\0\0\0\1\1\0\0\0\0\0\5\x13\0\0\0", 24},
	 "A=S-1-5-18;A=S-1-5-19;"},
	{{0x95, "\1\0\0\0\0\0\0\0", 8}, "A=0x1;"},
};

static void shows_each_type_as_windows_does(void **state)
{
	static struct log l;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char expected[256];
		struct seen s;

		log_init(&l);
		put_record(&l, 0, values[i].item, number_7);
		seal(&l);
		s = read_log(&l, false);
		snprintf(expected, sizeof(expected), "%sB=7;", values[i].text);
		assert_string_equal(s.data, expected);
		assert_int_equal(s.n_problems, 0);
	}
}

static void leaves_out_what_is_optional_and_null(void **state)
{
	static struct log l;
	struct seen s;
	size_t definition;

	(void)state;
	log_init(&l);
	begin_record(&l);
	definition = begin_instance(&l, 0);
	put_head(&l);
	put_event_data(&l);
	put_element(&l, "Gone", 1);
	put_element(&l, "Empty", 2);
	put_element(&l, "BeyondTheValues", 9);
	put_tail(&l);
	end_definition(&l, definition);
	put_values(&l, (struct item[]){event_id, {0x00, "", 0}, {0x01, "", 0}}, 3);
	end_record(&l);
	seal(&l);
	s = read_log(&l, false);
	assert_string_equal(s.data, "Empty=;");
}

/* Text, CDATA, a character, entities and a value, one after the other; an instruction between. */
static void joins_the_pieces_of_a_text(void **state)
{
	static struct log l;
	struct seen s;
	size_t definition;

	(void)state;
	log_init(&l);
	begin_record(&l);
	definition = begin_instance(&l, 0);
	put_head(&l);
	put_event_data(&l);
	put_open(&l, true, "Data", false);
	put(&l, 0x02, 1);
	put_text(&l, "a");
	put(&l, 0x07, 1);
	put(&l, 1, 2);
	put_utf16(&l, "b");
	put(&l, 0x48, 1);
	put(&l, 'c', 2);
	put(&l, 0x49, 1);
	put_name(&l, "amp");
	put(&l, 0x49, 1);
	put_name(&l, "unknown");
	put(&l, 0x0a, 1);
	put_name(&l, "instruction");
	put(&l, 0x0b, 1);
	put(&l, 1, 2);
	put_utf16(&l, "?");
	put(&l, 0x0805, 2);
	put(&l, 9, 4);
	put_value(&l, 0, false);
	put(&l, 0x04, 1);
	put_tail(&l);
	end_definition(&l, definition);
	put_values(&l, &event_id, 1);
	end_record(&l);
	seal(&l);
	s = read_log(&l, false);
	assert_int_equal(s.n_problems, 0);
	assert_string_equal(s.data, "=abc&98001;");
}

/* An element that stands in the record itself, or in a value, has no dependency identifier. */
static void put_plain_event(struct log *l)
{
	put_open(l, false, "Event", false);
	put(l, 0x02, 1);
	put_open(l, false, "System", false);
	put(l, 0x02, 1);
	put_open(l, false, "EventID", false);
	put(l, 0x02, 1);
	put_text(l, "4624");
	put(l, 0x0404, 2);
	put_open(l, false, "UserData", false);
	put(l, 0x02, 1);
	put_open(l, false, "Outer", false);
	put(l, 0x02, 1);
	put_open(l, false, "Inner", false);
	put(l, 0x02, 1);
	put_text(l, "v");
	put(l, 0x04040404, 4);
}

static void reads_events_without_a_template(void **state)
{
	static struct log l;
	struct seen s;

	(void)state;
	log_init(&l);
	begin_record(&l);
	put_plain_event(&l);
	put(&l, 0, 1);
	end_record(&l);
	seal(&l);
	s = read_log(&l, false);
	assert_int_equal(s.n_problems, 0);
	assert_int_equal(s.event_id, 4624);
	assert_string_equal(s.data, "Inner=v;");
}

/* A record whose template has n times a value that is BinXml, which is an instance of a template like it, and so on. */
static void put_laughs(struct log *l, int depth, int n)
{
	size_t size_at, definition;
	size_t here = begin_instance(l, 0);

	put_open(l, true, depth ? "EventData" : "Data", false);
	put(l, 0x02, 1);
	for (int i = 0; depth && i < n; i++)
		put_value(l, 0, false);
	put(l, 0x04, 1);
	definition = here;
	end_definition(l, definition);
	put(l, 1, 4);
	size_at = l->at;
	put(l, 0, 2);
	put(l, 0x21, 2);
	if (depth)
		put_laughs(l, depth - 1, n);
	patch(l, size_at, l->at - size_at - 4, 2);
}

static void limits_what_a_record_becomes(void **state)
{
	static struct log l;
	struct seen s;
	int n = 0;

	(void)state;
	log_init(&l);
	for (; l.at < 50000; n++) {
		begin_record(&l);
		put_laughs(&l, 7, 100);
		end_record(&l);
	}
	seal(&l);
	s = read_log(&l, false);
	assert_true(n >= 5);
	assert_int_equal(s.n_records, 0);
	assert_int_equal(s.n_problems, n);
	assert_string_equal(s.why, "record: record grows beyond the limit");
}

static void limits_nesting(void **state)
{
	static struct log l;
	struct seen s;

	(void)state;
	log_init(&l);
	begin_record(&l);
	put_laughs(&l, 9, 1);
	end_record(&l);
	begin_record(&l);
	for (int i = 0; i < 40; i++) {
		put_open(&l, false, "Event", false);
		put(&l, 0x02, 1);
	}
	end_record(&l);
	seal(&l);
	s = read_log(&l, true);
	assert_string_equal(s.why, "record: BinXml nested too deep");
	assert_true(s.n_problems >= 2);
}

/* The instance's definition is the instance; the template's name lies at the end; there are more values than bytes. */
static void survives_senseless_references(void **state)
{
	static const uint32_t offsets[] = {0,	1,     24,    512,   540,
					   541, 65500, 65535, 65536, 0xffffffff};
	static struct log l;

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		struct seen s;

		log_init(&l);
		begin_record(&l);
		put(&l, 0x010c, 2);
		put(&l, 0x1234, 4);
		put(&l, offsets[i], 4);
		put(&l, 0xffffffff, 4);
		end_record(&l);
		put_record(&l, 0, text_x, number_7);
		seal(&l);
		s = read_log(&l, true);
		assert_int_equal(s.n_records, 1);
		assert_true(s.n_problems > 0);
		assert_in_range(s.where, 4096, LOG_SIZE);
	}
}

static void reads_what_comes_before_a_cut(void **state)
{
	static struct log l;
	size_t ends[6] = {0}, n = 0;
	struct seen whole;

	(void)state;
	five_records(&l);
	whole = read_log(&l, false);
	for (size_t i = 1; i < 5; i++)
		ends[i - 1] = whole.offsets[i];
	ends[4] = CHUNK_AT + l.at;
	for (size_t cut = 0; cut < LOG_SIZE; cut += cut < ends[4] + 10 ? 1 : 997) {
		struct seen s = {0};

		assert_int_equal(read_bytes(l.bytes, cut, false, &s), 0);
		while (n < 5 && cut >= ends[n])
			n++;
		assert_int_equal(s.n_records, n);
		assert_true(s.n_problems > 0);
		assert_true(s.where <= LOG_SIZE);
	}
}

static void survives_damaged_headers(void **state)
{
	static struct log l;
	size_t reported = 0;

	(void)state;
	five_records(&l);
	for (size_t bit = 0; bit < 8 * (128 + 512); bit++) {
		size_t at = bit / 8 < 128 ? bit / 8 : CHUNK_AT + bit / 8 - 128;
		size_t in_chunk = at - CHUNK_AT;
		struct seen s;

		l.bytes[at] ^= (uint8_t)(1 << bit % 8);
		s = read_log(&l, false);
		reported += s.n_problems > 0;
		/* Without its signature a chunk is none, and with a smaller one its used space is smaller. */
		if (at < CHUNK_AT || (in_chunk >= 8 && (in_chunk < 48 || in_chunk > 51)))
			assert_int_equal(s.n_records, 5);
		assert_true(s.n_records <= 5);
		l.bytes[at] ^= (uint8_t)(1 << bit % 8);
	}
	/* All but the flags, which no sum covers. */
	assert_true(reported >= 8 * (128 + 512 - 8));
}

static void survives_damaged_records(void **state)
{
	static struct log l;
	size_t complete = 0;

	(void)state;
	five_records(&l);
	for (size_t bit = 0; bit < 8 * (l.at - 512); bit++) {
		size_t at = CHUNK_AT + 512 + bit / 8;
		struct seen s;

		l.bytes[at] ^= (uint8_t)(1 << bit % 8);
		s = read_log(&l, true);
		complete += s.n_records == 5;
		assert_true(s.n_records <= 6);
		assert_true(s.n_problems > 0); /* at least the sum */
		l.bytes[at] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(complete > 8 * (l.at - 512) / 2);
}

static void goes_on_after_a_size_that_is_wrong(void **state)
{
	static struct log l;
	struct seen s;
	static const uint32_t sizes[] = {0, 1, 27, 28, 1000000, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		five_records(&l);
		s = read_log(&l, false);
		patch(&l, s.offsets[2] - CHUNK_AT + 4, sizes[i], 4);
		s = read_log(&l, false);
		assert_int_equal(s.n_records, 5);
		assert_true(s.n_problems > 0);
	}
}

static void recovers_only_when_asked(void **state)
{
	static struct log l;
	struct seen s;

	(void)state;
	five_records(&l);
	s = read_log(&l, false);
	patch(&l, 48, s.offsets[3] - CHUNK_AT, 4);
	s = read_log(&l, false);
	assert_int_equal(s.n_records, 3);
	s = read_log(&l, true);
	assert_int_equal(s.n_records, 5);
	assert_int_equal(s.n_recovered, 2);
	/* The header counts no chunk, but the last one is number 0. */
	five_records(&l);
	l.bytes[42] = 0;
	memcpy(l.bytes + 124, &(uint32_t){crc32_add(0, span_make(l.bytes, 120))}, 4);
	assert_int_equal(read_log(&l, false).n_records, 5);
	/* A chunk that has lost its signature. */
	five_records(&l);
	l.bytes[CHUNK_AT] = 'X';
	assert_int_equal(read_log(&l, false).n_records, 0);
	assert_int_equal(read_log(&l, true).n_recovered, 5);
}

static void counts_data_beyond_the_limit(void **state)
{
	static struct log l;
	static uint8_t many[400];
	struct seen s;

	(void)state;
	log_init(&l);
	put_record(&l, 0, (struct item){0x84, many, sizeof(many)}, number_7);
	seal(&l);
	s = read_log(&l, false);
	assert_int_equal(s.n_data, WINLOG_DATA_MAX);
	assert_int_equal(s.n_lost, 401 - WINLOG_DATA_MAX);
}

static void says_no_checksums_were_made(void **state)
{
	static struct log l;

	(void)state;
	five_records(&l);
	l.bytes[124] ^= 1;
	patch(&l, 124, 0, 4);
	patch(&l, 52, 0, 4);
	assert_int_equal(read_log(&l, false).n_problems, 3);
	l.bytes[120] = 4;
	patch(&l, 120, 4, 4);
	assert_int_equal(read_log(&l, false).n_problems, 0);
}

static void ends_when_told(void **state)
{
	static struct log l;
	struct seen s = {.stop = 42};

	(void)state;
	five_records(&l);
	assert_int_equal(read_bytes(l.bytes, sizeof(l.bytes), false, &s), 42);
	assert_int_equal(s.n_records, 1);
	assert_true(evtx_is(span_make(l.bytes, 8)));
	assert_false(evtx_is(span_make(l.bytes, 7)));
	assert_false(evtx_is(span_str("ElfChnk is not it")));
}

static void survives_without_memory(void **state)
{
	static struct log l;
	struct seen s = {0};
	FILE *in;

	(void)state;
	five_records(&l);
	for (uint64_t nth = 1; nth < 20; nth++) {
		size_t before = mem_in_use();
		int rc;

		in = fmemopen(l.bytes, sizeof(l.bytes), "rb");
		s = (struct seen){0};
		mem_fail_from(nth);
		rc = evtx_read(in, NULL, &ops, &s);
		mem_fail_from(0);
		fclose(in);
		assert_true(rc == -ENOMEM || (rc == 0 && s.n_records == 5));
		assert_int_equal(mem_in_use(), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_templates_that_are_there_and_referred_to),
		cmocka_unit_test(shows_each_type_as_windows_does),
		cmocka_unit_test(leaves_out_what_is_optional_and_null),
		cmocka_unit_test(joins_the_pieces_of_a_text),
		cmocka_unit_test(reads_events_without_a_template),
		cmocka_unit_test(limits_what_a_record_becomes),
		cmocka_unit_test(limits_nesting),
		cmocka_unit_test(survives_senseless_references),
		cmocka_unit_test(reads_what_comes_before_a_cut),
		cmocka_unit_test(survives_damaged_headers),
		cmocka_unit_test(survives_damaged_records),
		cmocka_unit_test(goes_on_after_a_size_that_is_wrong),
		cmocka_unit_test(recovers_only_when_asked),
		cmocka_unit_test(counts_data_beyond_the_limit),
		cmocka_unit_test(says_no_checksums_were_made),
		cmocka_unit_test(ends_when_told),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
