/* What the daemon's processes tell each other: whole, and nothing but what may be there. */
#include "unit.h"

#include "base/mem.h"
#include "daemon/outbox.h"
#include "daemon/samba-log.h"
#include "daemon/parcel.h"
#include "daemon/waiting.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t buffer[PARCEL_MAX];

static struct reader contents(const struct pack *out, enum parcel_type type)
{
	struct reader r = reader_of(pack_span(out, 0));

	assert_false(out->full);
	assert_int_equal(parcel_type(&r), type);
	return r;
}

static void example(struct event *e, struct evidence *x)
{
	*x = (struct evidence){.kind = "dns-answer", .before = -5, .packet = 7, .name = "fs1"};
	*e = (struct event){.layout = event_layout_find(4021),
			    .record = 3,
			    .time = INT64_MIN,
			    .computer = "ws1",
			    .evidence = x,
			    .n_evidence = 1};
	memset(e->activity, 0xa5, sizeof(e->activity));
	event_set_text(e, FACT_USER, "J\u00fcrgen \"\\\n");
	event_set_text(e, FACT_DOMAIN, "");
	event_set_number(e, FACT_CLIENT_PORT, 49152);
	event_set_status(e, 0xc000006d);
}

static void how_far_logs_are_read(void **state)
{
	static struct log_places places, back;
	struct samba_checkpoint c = {
		.now = {1, 2, 3, UINT64_MAX}, .before = {4, 5, 6, 7}, .seen = -8};
	struct pack out;
	struct reader r;
	uint64_t nonce;
	char path[32];

	(void)state;
	for (int i = 0; i < LOG_PLACES_MAX + 3; i++) { /* the oldest go */
		snprintf(path, sizeof(path), "/log/%d", i);
		log_places_of(&places, path)->checkpoint = c;
	}
	assert_true(places.n == LOG_PLACES_MAX && !log_places_find(&places, "/log/2"));
	assert_ptr_equal(log_places_of(&places, "/log/3"), &places.rows[0]);
	parcel_begin(&out, buffer, PARCEL_HELLO);
	log_put_hello(&out, 99, &places);
	r = contents(&out, PARCEL_HELLO);
	assert_true(log_get_hello(&r, &nonce, &back) && nonce == 99 && back.n == places.n);
	assert_string_equal(back.rows[5].path, "/log/8");
	assert_memory_equal(&back.rows[5].checkpoint, &c, sizeof(c));
	for (size_t cut = 1; cut < out.len; cut += 7) {
		r = reader_of(span_make(buffer, cut));
		assert_int_equal(parcel_type(&r), PARCEL_HELLO);
		assert_false(log_get_hello(&r, &nonce, &back));
	}
}

static void an_event_comes_back(void **state)
{
	struct evidence x;
	struct event e, back;
	struct arena arena;
	struct pack out;
	struct reader r;
	uint64_t number;
	bool again;

	(void)state;
	example(&e, &x);
	arena_init(&arena, 1 << 20);
	parcel_begin(&out, buffer, PARCEL_EVENT);
	parcel_put_event(&out, 1234567890123, true, &e);
	assert_int_equal(buffer[PARCEL_AGAIN_AT], 1);
	r = contents(&out, PARCEL_EVENT);
	assert_int_equal(parcel_get_event(&r, &arena, &number, &again, &back), 0);
	assert_true(again && number == 1234567890123);
	assert_ptr_equal(back.layout, e.layout);
	assert_true(back.record == 3 && back.time == INT64_MIN);
	assert_string_equal(back.computer, "ws1");
	assert_memory_equal(back.activity, e.activity, sizeof(e.activity));
	for (int f = 0; f < FACT__COUNT; f++) {
		assert_int_equal(back.facts[f].kind, e.facts[f].kind);
		assert_true(back.facts[f].number == e.facts[f].number);
		if (e.facts[f].text)
			assert_string_equal(back.facts[f].text, e.facts[f].text);
	}
	assert_int_equal(back.n_evidence, 1);
	assert_true(back.evidence->before == -5 && back.evidence->packet == 7);
	assert_string_equal(back.evidence->name, "fs1");
	assert_null(back.evidence->peer);
	arena_finish(&arena);
}

/* Every event cut at every byte, or with any byte another, is refused or is still an event. */
static void a_broken_event_is_refused(void **state)
{
	struct evidence x;
	struct event e, back;
	struct arena arena;
	struct pack out;
	uint64_t number;
	bool again;

	(void)state;
	example(&e, &x);
	arena_init(&arena, 1 << 20);
	parcel_begin(&out, buffer, PARCEL_EVENT);
	parcel_put_event(&out, 1, false, &e);
	for (size_t n = 1; n < out.len; n++) {
		struct reader r = reader_of(span_make(buffer + 1, n - 1));

		assert_int_equal(parcel_get_event(&r, &arena, &number, &again, &back), -EBADMSG);
		arena_reset(&arena);
	}
	for (size_t i = 1; i < out.len; i++)
		for (unsigned with = 1; with < 256; with += 2) {
			struct reader r = reader_of(span_make(buffer + 1, out.len - 1));

			buffer[i] ^= (uint8_t)with;
			if (parcel_get_event(&r, &arena, &number, &again, &back) == 0)
				assert_non_null(back.computer);
			buffer[i] ^= (uint8_t)with;
			arena_reset(&arena);
		}
	arena_finish(&arena);
}

static void a_holding_comes_back(void **state)
{
	struct holding h = {.local = {.port = 1},
			    .remote = {.port = 65535},
			    .how = HELD_ACCEPTED,
			    .time = 5,
			    .process = {.pid = 7,
					.has_uid = true,
					.uid = UINT32_MAX,
					.name = "smbd",
					.unit = "smbd.service"}},
		       back;
	struct arena arena;
	struct pack out;
	struct reader r;

	(void)state;
	arena_init(&arena, 1 << 20);
	assert_true(addr_parse("192.0.2.1", &h.local.addr) &&
		    addr_parse("2001:db8::1", &h.remote.addr));
	parcel_begin(&out, buffer, PARCEL_HOLDING);
	parcel_put_holding(&out, &h);
	r = contents(&out, PARCEL_HOLDING);
	assert_int_equal(parcel_get_holding(&r, &arena, &back), 0);
	assert_memory_equal(&back.local, &h.local, sizeof(h.local));
	assert_memory_equal(&back.remote, &h.remote, sizeof(h.remote));
	assert_true(back.process.has_uid && back.process.uid == UINT32_MAX);
	assert_string_equal(back.process.unit, "smbd.service");
	assert_null(back.process.path);
	for (size_t n = 1; n < out.len; n++) {
		r = reader_of(span_make(buffer + 1, n - 1));
		assert_int_equal(parcel_get_holding(&r, &arena, &back), -EBADMSG);
	}
	arena_finish(&arena);
}

static void lists_and_gaps_come_back(void **state)
{
	struct addr list[2] = {{{1}}, {{2}}};
	struct host_addresses a = {.list = list, .n = 2, .left_out = 9, .name = "ws1"}, back;
	struct gap gap = {.begin = -1, .end = 1, .packets = 3, .reason = "why"}, gap_back;
	struct arena arena;
	struct pack out;
	struct reader r;

	(void)state;
	parcel_begin(&out, buffer, PARCEL_ADDRESSES);
	parcel_put_addresses(&out, &a);
	r = contents(&out, PARCEL_ADDRESSES);
	assert_int_equal(parcel_get_addresses(&r, &back), 0);
	assert_true(back.n == 2 && back.left_out == 9);
	assert_memory_equal(back.list, list, sizeof(list));
	assert_string_equal(back.name, "ws1");
	host_addresses_finish(&back);

	arena_init(&arena, 1 << 20);
	parcel_begin(&out, buffer, PARCEL_GAP);
	parcel_put_gap(&out, &gap);
	r = contents(&out, PARCEL_GAP);
	assert_int_equal(parcel_get_gap(&r, &arena, &gap_back), 0);
	assert_true(gap_back.begin == -1 && gap_back.packets == 3);
	assert_string_equal(gap_back.reason, "why");
	assert_null(gap_back.source);
	arena_finish(&arena);
}

static void put(struct outbox *o, uint64_t number)
{
	struct pack out;
	struct gap gap = {.reason = "x"};

	parcel_begin(&out, buffer, PARCEL_GAP);
	pack_u8(&out, 0); /* where `again` stands */
	pack_number(&out, number);
	parcel_put_gap(&out, &gap);
	outbox_put(o, number, pack_span(&out, 0));
}

/* What the other end has got: numbers, those that say `again` negative. */
static size_t got(int socket, int64_t *numbers)
{
	struct span parcel;
	size_t n = 0;
	int fd;

	while (parcel_receive(socket, buffer, &parcel, &fd) > 0) {
		struct reader r = reader_of(span_from(parcel, 2));
		int64_t number = (int64_t)unpack_number(&r);

		assert_int_equal(fd, -1);
		numbers[n++] = parcel.ptr[PARCEL_AGAIN_AT] ? -number : number;
	}
	return n;
}

static void an_outbox_keeps_what_is_not_acknowledged(void **state)
{
	struct outbox o;
	int64_t numbers[8];
	int fd[2];

	(void)state;
	assert_int_equal(parcel_pair(fd), 0);
	outbox_init(&o, OUTBOX_BYTES);
	for (uint64_t i = 1; i <= 3; i++)
		put(&o, i);
	assert_int_equal(outbox_flush(&o, fd[0]), 0);
	assert_int_equal(got(fd[1], numbers), 3);
	outbox_ack(&o, 1);
	put(&o, 4);
	outbox_again(&o);
	assert_int_equal(outbox_flush(&o, fd[0]), 0);
	assert_int_equal(got(fd[1], numbers), 3);
	assert_true(numbers[0] == -2 && numbers[1] == -3 && numbers[2] == 4);
	outbox_ack(&o, 4);
	assert_true(o.n == 0 && o.bytes == 0 && !o.oldest && !o.unsent);
	outbox_finish(&o);
	close(fd[0]);
	close(fd[1]);
}

static void an_outbox_drops_the_oldest(void **state)
{
	struct outbox o;

	(void)state;
	outbox_init(&o, 64);
	for (uint64_t i = 1; i <= 100; i++)
		put(&o, i);
	assert_true(o.bytes <= 64 && o.n > 0 && o.dropped == 100 - o.n);
	mem_fail_from(1);
	put(&o, 101);
	mem_fail_from(0);
	assert_true(o.bytes <= 64 && o.dropped == 101 - o.n);
	outbox_finish(&o);
}

/* Where the other end is full, nothing is lost and the order stays. */
static void an_outbox_waits_for_room(void **state)
{
	static int64_t numbers[65536];
	struct outbox o;
	uint64_t sent = 0;
	int64_t next = 1;
	int fd[2];

	(void)state;
	assert_int_equal(parcel_pair(fd), 0);
	outbox_init(&o, OUTBOX_BYTES);
	while (sent < 60000)
		put(&o, ++sent);
	while (next <= 60000) {
		int rc = outbox_flush(&o, fd[0]);
		size_t n = got(fd[1], numbers);

		assert_true(rc == 0 || rc == -EAGAIN);
		assert_true(n > 0);
		for (size_t i = 0; i < n; i++)
			assert_true(numbers[i] == next++);
	}
	outbox_finish(&o);
	close(fd[0]);
	close(fd[1]);
}

static void a_long_parcel_is_refused(void **state)
{
	static uint8_t huge[PARCEL_MAX + 1];
	struct span parcel;
	int fd[2], came;

	(void)state;
	assert_int_equal(parcel_pair(fd), 0);
	assert_int_equal(parcel_send(fd[0], span_make(huge, sizeof(huge)), -1), 0);
	assert_int_equal(parcel_receive(fd[1], buffer, &parcel, &came), -EMSGSIZE);
	assert_int_equal(parcel_receive(fd[1], buffer, &parcel, &came), 0);
	close(fd[0]);
	assert_int_equal(parcel_receive(fd[1], buffer, &parcel, &came), -EPIPE);
	close(fd[1]);
}

static void a_descriptor_goes_along(void **state)
{
	struct span parcel;
	int fd[2], came = -1, pipes[2];
	char byte = 0;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(parcel_pair(fd), 0);
	assert_int_equal(parcel_send(fd[0], span_make("x", 1), pipes[1]), 0);
	assert_int_equal(parcel_receive(fd[1], buffer, &parcel, &came), 1);
	assert_true(came >= 0);
	assert_int_equal(write(came, "y", 1), 1);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	for (int i = 0; i < 2; i++) {
		close(fd[i]);
		close(pipes[i]);
	}
	close(came);
}

static void send_descriptors(int socket, const void *parcel, size_t len, const int *fds, size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = (void *)(uintptr_t)parcel, .iov_len = len};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	assert_true(sendmsg(socket, &message, 0) >= 0);
}

/* The next one that is free. */
static int next_descriptor(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

/* A process that was taken over can't fill the table of another's descriptors. */
static void no_descriptor_stays(void **state)
{
	static uint8_t huge[PARCEL_MAX + 1];
	const int fds[8] = {0};
	struct span parcel;
	int fd[2], before, came = -1;

	(void)state;
	assert_int_equal(parcel_pair(fd), 0);
	before = next_descriptor();
	for (size_t n = 2; n <= 8; n++) {
		send_descriptors(fd[0], "abc", 3, fds, n);
		assert_int_equal(parcel_receive(fd[1], buffer, &parcel, &came), 1);
		assert_int_equal(came, -1);
		assert_int_equal(next_descriptor(), before);
	}
	send_descriptors(fd[0], huge, sizeof(huge), fds, 1);
	assert_int_equal(parcel_receive(fd[1], buffer, &parcel, &came), -EMSGSIZE);
	send_descriptors(fd[0], "", 0, fds, 1);
	assert_int_equal(parcel_receive(fd[1], buffer, &parcel, &came), -EPIPE);
	send_descriptors(fd[0], "abc", 3, fds, 1);
	assert_int_equal(parcel_receive(fd[1], buffer, &parcel, NULL), 1);
	assert_int_equal(next_descriptor(), before);
	close(fd[0]);
	close(fd[1]);
}

static void lists_of_waiting_keep_their_order(void **state)
{
	struct waiting_list list = {0}, gaps = {0};

	(void)state;
	for (uint8_t i = 0; i < 6; i++)
		assert_true(
			waiting_add(&list, i % 2 ? PARCEL_GAP : PARCEL_EVENT, span_make(&i, 1), i));
	waiting_pass(&list, NULL);
	waiting_pass(&list, &gaps);
	assert_true(list.n == 4 && gaps.n == 1 && gaps.first->bytes[0] == 1);
	waiting_keep_only(&list, PARCEL_GAP);
	assert_true(list.n == 2 && list.first->bytes[0] == 3 && list.last->bytes[0] == 5);
	waiting_move_front(&list, &gaps);
	assert_true(list.n == 3 && list.first->bytes[0] == 1 && gaps.n == 0 && !gaps.first);
	waiting_move_front(&gaps, &list);
	assert_true(gaps.n == 3 && gaps.last->bytes[0] == 5 && !list.last);
	waiting_clear(&gaps);
	assert_true(mem_in_use() == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_far_logs_are_read),
		cmocka_unit_test(an_event_comes_back),
		cmocka_unit_test(a_broken_event_is_refused),
		cmocka_unit_test(a_holding_comes_back),
		cmocka_unit_test(lists_and_gaps_come_back),
		cmocka_unit_test(an_outbox_keeps_what_is_not_acknowledged),
		cmocka_unit_test(an_outbox_drops_the_oldest),
		cmocka_unit_test(an_outbox_waits_for_room),
		cmocka_unit_test(a_long_parcel_is_refused),
		cmocka_unit_test(a_descriptor_goes_along),
		cmocka_unit_test(no_descriptor_stays),
		cmocka_unit_test(lists_of_waiting_keep_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
