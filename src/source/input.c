#include "source/input.h"

#include "base/mem.h"
#include "wire/link.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio_ext.h>
#include <sys/stat.h>

#define FILE_BUFFER ((size_t)64 << 10)
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

/* Looks at the first bytes and puts them back. */
static int recognise(struct input *in, struct text *why)
{
	uint8_t head[4] = {0};
	size_t n = fread(head, 1, sizeof(head), in->file);

	if (ferror(in->file)) {
		text_puts(why, strerror(errno));
		return -EIO;
	}
	if (n == 0) {
		text_puts(why, "the file is empty");
		return -ENODATA;
	}
	for (size_t i = n; i > 0; i--)
		if (ungetc(head[i - 1], in->file) == EOF)
			return -EIO;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (n < magics[i].len || memcmp(head, magics[i].magic, magics[i].len) != 0)
			continue;
		in->ops = magics[i].ops;
		if (in->ops)
			return 0;
		text_puts(why, magics[i].why);
		return -ENOTSUP;
	}
	text_puts(why, "not a capture file (pcap, pcapng, Network Monitor) nor a log (EVTX, XML, JSON)");
	return -ENOTSUP;
}

static int open_file(struct input *in, struct text *why)
{
	struct stat st;

	in->file = strcmp(in->name, "-") == 0 ? stdin : fopen(in->name, "rbe");
	if (!in->file || fstat(fileno(in->file), &st) < 0) {
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
	in->buffer =
		mem_alloc(FILE_BUFFER); /* the library would take a page, whatever it is told */
	if (in->buffer)
		setvbuf(in->file, in->buffer, _IOFBF, FILE_BUFFER);
	__fsetlocking(in->file, FSETLOCKING_BYCALLER); /* one thread reads: spare the locks */
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
	if (in->file == stdin)
		setvbuf(stdin, NULL, _IONBF, 0);
	else if (in->file)
		fclose(in->file);
	mem_free(in->buffer);
	mem_free(in);
}

int input_next(struct input *in, struct packet *ret_packet, struct text *why)
{
	int rc = in->ops->next(in, ret_packet, why);

	if (rc <= 0)
		return rc;
	ret_packet->source = in->name;
	ret_packet->number = ++in->number;
	if (ret_packet->time < 0)
		ret_packet->time = 0;
	else if (ret_packet->time > TIME_MAX)
		ret_packet->time = TIME_MAX;
	return 1;
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
	off_t at = in->file ? ftello(in->file) : -1;

	return at > 0 ? (uint64_t)at : 0;
}
