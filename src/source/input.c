#include "source/input.h"

#include "base/mem.h"
#include "source/samba.h"
#include "wire/link.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_MAX 4
#define TIME_MAX (INT64_MAX / 2)

/* What a file's first bytes say: the format that reads it, or why it can't be read. */
static const struct {
	const char *magic;
	size_t len;
	const struct input_ops *ops;
	const char *why;
} magics[] = {
	{"\xd4\xc3\xb2\xa1", 4, &input_pcap, NULL},
	{"\xa1\xb2\xc3\xd4", 4, &input_pcap, NULL},
	{"\x4d\x3c\xb2\xa1", 4, &input_pcap, NULL}, /* nanoseconds */
	{"\xa1\xb2\x3c\x4d", 4, &input_pcap, NULL},
	{"\x34\xcd\xb2\xa1", 4, &input_pcap, NULL}, /* an old Linux variant with longer records */
	{"\xa1\xb2\xcd\x34", 4, &input_pcap, NULL},
	{"\x0a\x0d\x0d\x0a", 4, &input_pcapng, NULL},
	{"GMBU", 4, &input_netmon, NULL},
	{"RTSS", 4, NULL, "a Network Monitor 1.x capture: convert it with editcap -F pcap first"},
	{"snoo", 4, NULL, "a snoop capture: convert it with editcap -F pcap first"},
	{"\x1f\x8b", 2, NULL, "gzip-compressed: use zcat FILE | ntlmaudit read -"},
	{"\x28\xb5\x2f\xfd", 4, NULL, "zstd-compressed: use zstdcat FILE | ntlmaudit read -"},
	{"\xfd\x37zX", 4, NULL, "xz-compressed: use xzcat FILE | ntlmaudit read -"},
	{"BZh", 3, NULL, "bzip2-compressed: use bzcat FILE | ntlmaudit read -"},
};

/*
 * One control character in so many is a text that was damaged, or one with colors. NULs are what a crash leaves of a file that was to
 * grow.
 */
#define CONTROLS_ONE_IN 32

static bool is_text(struct span head)
{
	size_t controls = 0;

	for (size_t i = 0; i < head.len; i++)
		controls += head.ptr[i] && head.ptr[i] < ' ' && !strchr("\t\n\r\f", head.ptr[i]);
	return controls <= head.len / CONTROLS_ONE_IN;
}

/* Looks at the first bytes without taking them. */
static int recognise(struct input *in, struct text *why)
{
	size_t n = window_fill(&in->window, MAGIC_MAX) ? MAGIC_MAX : window_left(&in->window);
	const uint8_t *head = in->window.ptr + in->window.at;

	if (in->window.error) {
		text_puts(why, strerror(in->window.error));
		return -EIO;
	}
	if (n == 0) {
		text_puts(why, "the file is empty");
		return -ENODATA;
	}
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (n < magics[i].len || memcmp(head, magics[i].magic, magics[i].len) != 0)
			continue;
		in->ops = magics[i].ops;
		if (in->ops)
			return 0;
		text_puts(why, magics[i].why);
		return -ENOTSUP;
	}
	if (!is_text(span_make(head, window_left(&in->window)))) {
		text_puts(why, INPUT_UNKNOWN);
		return -ENOTSUP;
	}
	in->ops = &input_samba; /* which knows its lines among others */
	return 0;
}

static int open_file(struct input *in, struct text *why)
{
	struct stat st;

	int fd = strcmp(in->name, "-") == 0 ? STDIN_FILENO
					    : open(in->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	in->window.fd = fd;
	if (fd < 0 || fstat(fd, &st) < 0) {
		int rc = -errno;

		text_puts(why, strerror(-rc));
		return rc;
	}
	if (S_ISDIR(st.st_mode)) {
		text_puts(why, "is a directory: name the capture files in it");
		return -EISDIR;
	}
	if (S_ISREG(st.st_mode))
		in->size = (uint64_t)st.st_size;
	if (window_init(&in->window, fd) < 0) {
		text_puts(why, "out of memory");
		return -ENOMEM;
	}
	in->window.seekable = in->size > 0;
	return 0;
}

int input_open(const char *name, struct text *why, struct input **ret_input)
{
	struct input *in = mem_zalloc(1, sizeof(*in));
	int rc;

	if (!in) {
		text_puts(why, "out of memory");
		return -ENOMEM;
	}
	in->name = name;
	rc = open_file(in, why);
	if (rc == 0)
		rc = recognise(in, why);
	if (rc == 0)
		rc = in->ops->open(in, why);
	if (rc == 0)
		*ret_input = in;
	else
		input_close(in);
	return rc;
}

void input_close(struct input *in)
{
	if (!in)
		return;
	if (in->state)
		in->ops->close(in);
	if (in->window.fd >= 0 && strcmp(in->name, "-") != 0)
		close(in->window.fd);
	window_finish(&in->window);
	mem_free(in);
}

int input_next(struct input *in, struct packet *ret_packet, struct text *why)
{
	int rc;

	ret_packet->line = NULL; /* but of logs all have frames, and don't know of it */
	rc = in->ops->next(in, ret_packet, why);
	if (rc <= 0)
		return rc;
	ret_packet->source = in->name;
	ret_packet->number = ++in->number;
	if ((uint64_t)ret_packet->time > TIME_MAX)
		ret_packet->time = ret_packet->time < 0 ? 0 : TIME_MAX;
	return 1;
}

int input_cut_short(const struct input *in, const char *what, size_t len, struct text *why)
{
	if (in->window.error) {
		text_puts(why, strerror(in->window.error));
		return in->window.error == ENOMEM ? -ENOMEM : -EIO;
	}
	text_printf(why, "truncated: of the %zu bytes of a %s there are %zu", len, what,
		    window_left(&in->window));
	return -EBADMSG;
}

int input_check_link(int link_type, struct text *why)
{
	const char *name = pcap_datalink_val_to_name(link_type);

	if (link_supported(link_type))
		return 0;
	text_printf(why, "link type %d (%s) is not supported", link_type, name ? name : "unknown");
	return -ENOTSUP;
}

uint64_t input_position(const struct input *in)
{
	return in->size ? window_offset(&in->window) : 0;
}
