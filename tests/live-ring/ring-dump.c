/*
 * ring-dump [-i IF] [-m MIB] [-p] [-n PACKETS] [-s SECONDS] [-z MSEC] [-c] [-k PACKET] [-r] [-w FILE]: reads a ring and prints a
 * line a packet: its number, interface index, type, protocol, lengths, and the hash of what is behind the cooked header;
 * at the end, the counts. Says `ready` once it reads.
 *
 * -w writes a pcap as well; -c prints counts only; -z sleeps before the first packet; -k: a child reads, and dies at that packet
 * without a word, then another goes on; -r: the child gives its ring back in good order instead. SIGTERM: what has come by then
 * is read, and that is all.
 */
#include "base/crc32.h"
#include "source/ring.h"
#include "wire/load.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct dump {
	struct ring_options options;
	uint64_t packets_max, kill_at;
	double seconds;
	unsigned sleep_msec;
	bool counts_only, in_order;
	const char *file;
	pcap_dumper_t *out;
};

static volatile sig_atomic_t over; /* SIGTERM: what is there now, and no more */

static void on_term(int signal)
{
	(void)signal;
	over = 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_packet(const struct dump *d, const struct packet *p)
{
	const uint8_t *head = p->data.ptr;
	struct span bytes = span_from(p->data, 20);

	if (!d->counts_only)
		printf("packet %llu if %u type %u protocol %04x captured %zu wire %zu crc %08x\n",
		       (unsigned long long)p->number, load_u32be(head + 4), head[10],
		       load_u16be(head), bytes.len, p->wire_len - 20, crc32_add(0, bytes));
}

static void save_packet(const struct dump *d, const struct packet *p)
{
	struct pcap_pkthdr head = {
		.ts = {.tv_sec = p->time / NSEC_PER_SEC, .tv_usec = p->time % NSEC_PER_SEC / 1000},
		.caplen = (bpf_u_int32)p->data.len,
		.len = (bpf_u_int32)p->wire_len,
	};

	if (d->out)
		pcap_dump((u_char *)d->out, &head, p->data.ptr);
}

static void print_counts(struct ring *r)
{
	struct ring_counts c;

	ring_counts(r, &c);
	printf("counts packets %llu dropped %llu freezes %llu skipped %llu\n",
	       (unsigned long long)c.packets, (unsigned long long)c.dropped,
	       (unsigned long long)c.freezes, (unsigned long long)c.skipped);
	fflush(stdout);
}

static void wait_for(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	(void)poll(&p, 1, 20);
}

/* Nothing comes any more: what was sent has had time for its block to be closed. */
static bool is_over(double end, double quiet_since)
{
	return now() > end || (quiet_since > 0 && now() > quiet_since + 3 * RING_WAIT_MS / 1e3);
}

/* Until there were enough packets, or the time is over. */
static void read_ring(const struct dump *d, int fd, struct ring *r, uint64_t stop_at)
{
	double end = now() + d->seconds, quiet_since = 0;
	uint64_t seen = 0;

	while (seen < d->packets_max && !is_over(end, quiet_since)) {
		struct packet p;
		int rc = ring_next(r, &p);

		if (rc < 0) {
			printf("error %s\n", strerrorname_np(-rc));
			fflush(stdout);
			if (rc == -ENODEV)
				return;
		}
		if (rc <= 0) {
			if (over && quiet_since == 0)
				quiet_since = now();
			wait_for(fd);
			continue;
		}
		quiet_since = 0;
		seen++;
		if (seen == stop_at)
			return;
		print_packet(d, &p);
		save_packet(d, &p);
	}
}

/* In a process of its own, which ends without having told anybody. */
static void read_and_die(const struct dump *whole, int fd)
{
	struct dump d = *whole;
	pid_t child = fork();
	struct ring *r;

	d.out = NULL; /* the file is the parent's */
	if (child > 0)
		waitpid(child, NULL, 0);
	if (child != 0)
		return;
	/* reading needs no more than the descriptor */
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		_exit(1);
	if (ring_attach(fd, &d.options, "dump", &r) < 0)
		_exit(1);
	printf("ready\n");
	fflush(stdout);
	read_ring(&d, fd, r, d.kill_at);
	fflush(stdout);
	if (!d.in_order)
		kill(getpid(), SIGKILL);
	ring_detach(r);
	_exit(0);
}

static int run(struct dump *d)
{
	struct text why = {0};
	struct ring *r;
	int fd, rc = ring_open(&d->options, &why, &fd);

	if (rc < 0) {
		printf("open %s: %s\n", strerrorname_np(-rc), why.ptr);
		text_finish(&why);
		return 1;
	}
	if (d->file)
		d->out = pcap_dump_open(pcap_open_dead(276, 1 << 20), d->file);
	if (d->kill_at)
		read_and_die(d, fd);
	rc = ring_attach(fd, &d->options, "dump", &r);
	if (rc < 0) {
		printf("attach %s\n", strerrorname_np(-rc));
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	usleep(d->sleep_msec * 1000); /* SIGTERM ends it */
	read_ring(d, fd, r, 0);
	print_counts(r);
	ring_detach(r);
	close(fd);
	if (d->out)
		pcap_dump_close(d->out);
	return 0;
}

int main(int argc, char **argv)
{
	struct dump d = {
		.options = {.mib = RING_MIB_DEFAULT}, .packets_max = UINT64_MAX, .seconds = 60};
	int c;

	(void)signal(SIGTERM, on_term);
	while ((c = getopt(argc, argv, "i:m:n:s:z:k:w:pcr")) != -1) {
		switch (c) {
		case 'i':
			d.options.interface = optarg;
			break;
		case 'm':
			d.options.mib = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			d.packets_max = strtoull(optarg, NULL, 10);
			break;
		case 's':
			d.seconds = strtod(optarg, NULL);
			break;
		case 'z':
			d.sleep_msec = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'k':
			d.kill_at = strtoull(optarg, NULL, 10);
			break;
		case 'w':
			d.file = optarg;
			break;
		case 'p':
			d.options.promiscuous = true;
			break;
		case 'c':
			d.counts_only = true;
			break;
		case 'r':
			d.in_order = true;
			break;
		default:
			return 2;
		}
	}
	return run(&d);
}
