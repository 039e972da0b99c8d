/* daemon/part.h, daemon/link.h: a part is granted the ends that are its own, once at a time, and learns of the other's end. */
#include "unit.h"

#include "daemon/link.h"
#include "daemon/run-socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char dir[] = "/tmp/ntlmaudit-link-XXXXXX";
static struct daemon_options options = {.root = "", .run_dir = dir, .tap = true, .key = {1, 2, 3}};
static struct station capture, decode, keep, forward;
static struct links links;
static struct link_grant got;

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	capture = (struct station){.options = &options, .part = part_find("capture"), .since = 7};
	decode = (struct station){.options = &options, .part = part_find("decode")};
	keep = (struct station){.options = &options, .part = part_find("keep")};
	forward = (struct station){.options = &options, .part = part_find("forward")};
	forward.me = forward.part->opener;
	decode.me = MEMBER_DECODER;
	if (station_open(&capture) < 0 || station_open(&decode) < 0 || station_open(&keep) < 0 ||
	    station_open(&forward) < 0)
		return -1;
	links_open(&links, &capture, &(struct member_ids){getuid(), getgid(), "me"});
	return links.listener < 0;
}

static int finish(void **state)
{
	char path[sizeof(dir) + sizeof(LINK_SOCKET)];

	(void)state;
	snprintf(path, sizeof(path), "%s/" LINK_SOCKET, dir);
	(void)unlink(path);
	return rmdir(dir);
}

/* Asks, and is answered. */
static int join(struct station *st)
{
	int fd = link_ask(dir, st->part);

	assert_true(fd >= 0);
	links_look(&links);
	assert_int_equal(link_hear(fd, st, &got), 1);
	assert_int_equal(link_hear(fd, st, &got), 0);
	return fd;
}

static void quit(int fd)
{
	close(fd);
	links_look(&links);
}

/* What one tells arrives at the other, and nowhere else. */
static void check_told(struct station *from, enum member me, struct station *to, enum member other)
{
	struct span parcel;

	from->me = me;
	assert_int_equal(station_tell(from, other, PARCEL_READY), 0);
	to->me = other;
	assert_int_equal(parcel_receive(station_to(to, me), to->in, &parcel, NULL), 1);
	assert_int_equal(parcel.ptr[0], PARCEL_READY);
	assert_int_equal(parcel_receive(station_to(to, me), to->in, &parcel, NULL), 0);
}

static void a_part_gets_its_ends(void **state)
{
	int fd = join(&decode);

	(void)state;
	assert_int_equal(got.since, 7);
	assert_int_equal(got.gone, 0);
	assert_true(got.tap);
	assert_memory_equal(got.key, options.key, sizeof(got.key));
	check_told(&capture, MEMBER_OPENER, &decode, MEMBER_DECODER);
	check_told(&decode, MEMBER_DECODER, &capture, MEMBER_OPENER);
	check_told(&decode, MEMBER_DECODE_OPENER, &decode, MEMBER_DECODER);
	for (int other = 0; other < MEMBER__COUNT; other++) {
		assert_int_equal(decode.end[MEMBER_OPENER][other], -1);
		assert_int_equal(decode.end[MEMBER_KEEPER][other], -1);
		assert_int_equal(decode.end[MEMBER_FORWARDER][other], -1);
	}
	quit(fd);
}

/* And no key: only the decoder makes ActivityIDs of what it has seen. */
static void parts_hear_each_other(void **state)
{
	static const uint8_t none[AUDIT_KEY_SIZE];
	int fds[] = {join(&decode), join(&keep), -1};

	(void)state;
	assert_memory_equal(got.key, none, sizeof(none));
	fds[2] = join(&forward);
	assert_memory_equal(got.key, none, sizeof(none));
	check_told(&capture, MEMBER_HOST, &keep, MEMBER_KEEPER);
	check_told(&decode, MEMBER_DECODER, &keep, MEMBER_KEEPER);
	check_told(&decode, MEMBER_DECODE_OPENER, &keep, MEMBER_KEEPER);
	check_told(&keep, MEMBER_KEEP_OPENER, &keep, MEMBER_KEEPER);
	check_told(&keep, MEMBER_KEEPER, &decode, MEMBER_DECODER);
	check_told(&forward, MEMBER_FORWARDER, &keep, MEMBER_KEEPER);
	check_told(&forward, MEMBER_FORWARD_OPENER, &keep, MEMBER_KEEPER);
	assert_int_equal(keep.end[MEMBER_DECODER][MEMBER_KEEPER], -1);
	assert_int_equal(forward.end[MEMBER_KEEPER][MEMBER_FORWARDER], -1);
	assert_int_equal(forward.end[MEMBER_DECODER][MEMBER_OPENER], -1);
	for (int i = 0; i < 3; i++)
		quit(fds[i]);
}

static void there_is_one_at_a_time(void **state)
{
	int first = join(&forward), second = link_ask(dir, forward.part);

	(void)state;
	links_look(&links);
	assert_int_equal(link_hear(second, &forward, &got), -EPIPE);
	close(second);
	quit(first);
	quit(join(&forward));
	assert_true(got.gone > 0);
}

/* What was on its way to one that ended is there for the next; but for rings, which it is handed when it asks. */
static void the_next_one_goes_on(void **state)
{
	int fd = join(&decode), kept = join(&keep);
	struct span parcel;

	(void)state;
	decode.me = MEMBER_DECODER;
	assert_int_equal(station_tell(&decode, MEMBER_KEEPER, PARCEL_HELLO), 0);
	capture.me = MEMBER_OPENER;
	assert_int_equal(station_tell(&capture, MEMBER_DECODER, PARCEL_RING), 0);
	quit(fd);
	quit(kept);
	fd = join(&decode);
	kept = join(&keep);
	keep.me = MEMBER_KEEPER;
	assert_int_equal(parcel_receive(station_to(&keep, MEMBER_DECODER), keep.in, &parcel, NULL),
			 1);
	decode.me = MEMBER_DECODER;
	assert_int_equal(
		parcel_receive(station_to(&decode, MEMBER_OPENER), decode.in, &parcel, NULL), 0);
	quit(fd);
	quit(kept);
}

static void all_begin_anew(void **state)
{
	int fd = join(&decode);

	(void)state;
	links_again(&links);
	assert_int_equal(link_hear(fd, &decode, &got), 1);
	check_told(&capture, MEMBER_OPENER, &decode, MEMBER_DECODER);
	quit(fd);
}

static void others_are_refused(void **state)
{
	static const char *const names[] = {"capture", "decoder",
					    "deco",    "",
					    "keeper",  "decode-of-which-there-is-none-so-long"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct part other = {.name = names[i]};
		int fd = link_ask(dir, &other);

		links_look(&links);
		assert_int_equal(link_hear(fd, &decode, &got), -EPIPE);
		close(fd);
	}
}

/* Another program at the other end. */
static void check_answer(const void *data, size_t n)
{
	int fd[2], kept = decode.end[MEMBER_DECODER][MEMBER_HOST];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_int_equal(send(fd[0], data, n, 0), n);
	assert_int_equal(link_hear(fd[1], &decode, &got), -EPROTO);
	assert_int_equal(decode.end[MEMBER_DECODER][MEMBER_HOST], kept);
	close(fd[0]);
	close(fd[1]);
}

static void other_programs_are_refused(void **state)
{
	struct link_grant grant = {.version = NTLMAUDIT_VERSION};
	uint8_t longer[sizeof(grant) + 1] = {0};

	(void)state;
	check_answer(&grant, sizeof(grant)); /* without ends */
	grant.version[0] = 'x';
	check_answer(&grant, sizeof(grant));
	check_answer(&grant, sizeof(grant) - 1);
	check_answer(longer, sizeof(longer));
}

/* Each process is of one part, and each channel has two sides that know of it. */
static void each_has_its_part(void **state)
{
	unsigned all = 0;

	(void)state;
	for (size_t i = 0; i < PARTS; i++) {
		assert_int_equal(all & parts[i].members, 0);
		all |= parts[i].members;
		assert_ptr_equal(part_find(parts[i].name), &parts[i]);
	}
	assert_int_equal(all, part_whole.members);
	for (int a = 0; a < MEMBER__COUNT; a++)
		for (int b = 0; b < MEMBER__COUNT; b++) {
			assert_int_equal(station_joins((enum member)a, (enum member)b),
					 station_joins((enum member)b, (enum member)a));
			assert_int_equal(station_joins((enum member)a, (enum member)b),
					 capture.end[a][b] >= 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_part),
		cmocka_unit_test(a_part_gets_its_ends),
		cmocka_unit_test(parts_hear_each_other),
		cmocka_unit_test(there_is_one_at_a_time),
		cmocka_unit_test(the_next_one_goes_on),
		cmocka_unit_test(all_begin_anew),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(other_programs_are_refused),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
