/*
 * live-send [-r PACKETS] [-l LOGONS] [-t SECONDS] INTERFACE BACKGROUND LOGONS: sends the frames of BACKGROUND (a pcap of Ethernet) again and again,
 * at a rate a second (0: as fast as it goes), and among them so many logons a second: each a connection of LOGONS (a pcap of them one
 * after another) with a client address and port of its own. Prints what it sent.
 *
 * Clients of BACKGROUND have addresses 10.1.*.*; each time round they get others. The nth logon's client is
 * 10.(200 + n >> 22).(n >> 14).(n >> 6), port 1024 + n % 64.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
#define FRAME_MAX 2048
#define FRAMES_MAX 1000000
#define LIVE_MAX 4096	 /* logons at a time */
#define GAP_NSEC 2000000 /* between two frames of a logon */
#define SRC 26
#define PORTS 34
#define FLAGS 47

struct frame {
	uint8_t *ptr;
	unsigned len;
};

struct frames {
	struct frame *at;
	size_t n;
};

/* One logon under way: its next frame, and when. */
struct logon {
	uint64_t number;
	size_t next, end;
	uint64_t due;
};

struct sender {
	int fd;
	struct frames background, logons;
	size_t *starts, n_starts;    /* of the connections in logons */
	struct logon live[LIVE_MAX]; /* a queue: all wait equally long */
	size_t first, n_live;
	uint64_t rate, logon_rate;
	uint64_t begun, finished, sent, failed, rounds;
	size_t at; /* in the background */
	uint8_t buffer[BATCH][FRAME_MAX];
	struct iovec iov[BATCH];
	struct mmsghdr batch[BATCH];
};

static void die(const char *what)
{
	fprintf(stderr, "live-send: %s\n", what);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t when)
{
	struct timespec t = {(time_t)(when / 1000000000), (long)(when % 1000000000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static void load(const char *path, struct frames *ret)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *in = pcap_open_offline(path, why);
	struct pcap_pkthdr *head;
	const u_char *bytes;

	ret->at = calloc(FRAMES_MAX, sizeof(ret->at[0]));
	if (!in || !ret->at)
		die(in ? "out of memory" : why);
	while (ret->n < FRAMES_MAX && pcap_next_ex(in, &head, &bytes) == 1) {
		struct frame *f = &ret->at[ret->n++];

		if (head->caplen < 42 || head->caplen > FRAME_MAX)
			die("a frame too short or too long");
		f->len = head->caplen;
		f->ptr = malloc(f->len);
		if (!f->ptr)
			die("out of memory");
		memcpy(f->ptr, bytes, f->len);
	}
	pcap_close(in);
	if (!ret->n)
		die("a capture without frames");
}

/* A connection begins with its SYN. */
static void find_starts(struct sender *s)
{
	s->starts = calloc(s->logons.n + 1, sizeof(s->starts[0]));
	if (!s->starts)
		die("out of memory");
	for (size_t i = 0; i < s->logons.n; i++)
		if (s->logons.at[i].ptr[FLAGS] == 2)
			s->starts[s->n_starts++] = i;
	s->starts[s->n_starts] = s->logons.n;
	if (!s->n_starts || s->starts[0] != 0)
		die("logons that don't begin with a SYN");
}

static bool is_client(const uint8_t *ip)
{
	return ip[0] == 10 && ip[1] == 1;
}

static void put_background(struct sender *s, size_t i)
{
	const struct frame *f = &s->background.at[s->at];
	uint8_t *out = s->buffer[i], net = (uint8_t)(1 + s->rounds % 100);

	memcpy(out, f->ptr, f->len);
	if (out[12] == 8 && out[13] == 0) {
		for (int side = 0; side < 2; side++)
			if (is_client(out + SRC + side * 4))
				out[SRC + side * 4 + 1] = net;
	}
	s->iov[i].iov_len = f->len;
	if (++s->at == s->background.n) {
		s->at = 0;
		s->rounds++;
	}
}

/* The frame with the logon's own client: its sender or receiver, whose port is not the server's. */
static void put_logon(struct sender *s, size_t i, const struct logon *l)
{
	const struct frame *f = &s->logons.at[l->next];
	uint8_t *out = s->buffer[i];
	size_t side = is_client(f->ptr + SRC) ? 0 : 1;
	uint8_t *ip = out + SRC + side * 4, *port = out + PORTS + side * 2;
	unsigned own = 1024 + (unsigned)(l->number % 64);

	memcpy(out, f->ptr, f->len);
	ip[1] = (uint8_t)(200 + (l->number >> 22));
	ip[2] = (uint8_t)(l->number >> 14);
	ip[3] = (uint8_t)(l->number >> 6);
	port[0] = (uint8_t)(own >> 8);
	port[1] = (uint8_t)own;
	s->iov[i].iov_len = f->len;
}

/* The queue's first logon sends a frame, and waits again behind the others. */
static bool put_due(struct sender *s, size_t i, uint64_t time)
{
	struct logon *l = &s->live[s->first];

	if (s->n_live == 0 || l->due > time)
		return false;
	put_logon(s, i, l);
	l->next++;
	l->due = time + GAP_NSEC;
	s->n_live--;
	s->first = (s->first + 1) % LIVE_MAX;
	if (l->next < l->end)
		s->live[(s->first + s->n_live++) % LIVE_MAX] = *l;
	else
		s->finished++;
	return true;
}

static void begin_logons(struct sender *s, uint64_t elapsed, uint64_t time)
{
	uint64_t wanted = elapsed * s->logon_rate / 1000000000;

	for (; s->begun < wanted && s->n_live < LIVE_MAX; s->begun++) {
		size_t i = s->begun % s->n_starts;

		s->live[(s->first + s->n_live++) % LIVE_MAX] =
			(struct logon){s->begun, s->starts[i], s->starts[i + 1], time};
	}
}

static void flush(struct sender *s, size_t n)
{
	for (size_t done = 0; done < n;) {
		int rc = sendmmsg(s->fd, s->batch + done, (unsigned)(n - done), 0);

		if (rc > 0) {
			done += (size_t)rc;
			s->sent += (size_t)rc;
		} else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
			die(strerror(errno));
		} else {
			s->failed++;
		}
	}
}

/* Until the time is over; then what is under way ends. */
static double run(struct sender *s, double seconds)
{
	uint64_t begin = now(), length = (uint64_t)(seconds * 1e9), time = begin;

	while (time - begin < length || s->n_live > 0) {
		size_t n = 0;

		begin_logons(s, time - begin < length ? time - begin : 0, time);
		for (; n < BATCH; n++)
			if (!put_due(s, n, time))
				put_background(s, n);
		flush(s, n);
		if (s->rate)
			sleep_until(begin + s->sent * 1000000000 / s->rate);
		time = now();
	}
	return (double)(now() - begin) / 1e9;
}

static void open_socket(struct sender *s, const char *interface)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(interface)};
	int on = 1;

	s->fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    setsockopt(s->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0)
		die(strerror(errno));
	for (size_t i = 0; i < BATCH; i++) {
		s->iov[i].iov_base = s->buffer[i];
		s->batch[i].msg_hdr = (struct msghdr){.msg_iov = &s->iov[i], .msg_iovlen = 1};
	}
}

int main(int argc, char **argv)
{
	static struct sender s;
	double seconds = 5, took;
	int c;

	while ((c = getopt(argc, argv, "r:l:t:")) != -1) {
		if (c == 'r')
			s.rate = strtoull(optarg, NULL, 10);
		else if (c == 'l')
			s.logon_rate = strtoull(optarg, NULL, 10);
		else if (c == 't')
			seconds = strtod(optarg, NULL);
		else
			return 2;
	}
	if (argc - optind != 3)
		return 2;
	load(argv[optind + 1], &s.background);
	load(argv[optind + 2], &s.logons);
	find_starts(&s);
	prctl(PR_SET_TIMERSLACK, 1000UL);
	open_socket(&s, argv[optind]);
	took = run(&s, seconds);
	printf("{\"packets\": %llu, \"seconds\": %.3f, \"rate\": %.0f, \"logons\": %llu, "
	       "\"retries\": %llu}\n",
	       (unsigned long long)s.sent, took, (double)s.sent / took,
	       (unsigned long long)s.finished, (unsigned long long)s.failed);
	return 0;
}
