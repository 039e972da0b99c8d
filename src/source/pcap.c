/* pcap, by libpcap. */
#include "source/input.h"

#include "base/clock.h"

#include <errno.h>
#include <pcap/pcap.h>

static int pcap_input_open(struct input *in, struct text *why)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap;

	pcap = pcap_fopen_offline_with_tstamp_precision(in->file, PCAP_TSTAMP_PRECISION_NANO,
							error);
	if (!pcap) {
		text_puts(why, error);
		return -EBADMSG;
	}
	in->state = pcap;
	return input_check_link(pcap_datalink(pcap), why);
}

static int pcap_input_next(struct input *in, struct packet *ret_packet, struct text *why)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	int rc = pcap_next_ex(in->state, &header, &bytes);

	if (rc == PCAP_ERROR_BREAK)
		return 0;
	if (rc != 1) {
		text_puts(why, pcap_geterr(in->state));
		return -EBADMSG;
	}
	ret_packet->link_type = pcap_datalink(in->state);
	ret_packet->data = span_make(bytes, header->caplen);
	ret_packet->wire_len = header->len < header->caplen ? header->caplen : header->len;
	if (header->ts.tv_sec < 0 || header->ts.tv_sec > INT64_MAX / 2 / NSEC_PER_SEC)
		ret_packet->time = header->ts.tv_sec < 0 ? 0 : INT64_MAX / 2;
	else
		ret_packet->time = header->ts.tv_sec * NSEC_PER_SEC + header->ts.tv_usec;
	return 1;
}

static void pcap_input_close(struct input *in)
{
	pcap_close(in->state); /* closes the file too, unless it is standard input */
	if (in->file != stdin)
		in->file = NULL;
}

const struct input_ops input_pcap = {
	.open = pcap_input_open,
	.next = pcap_input_next,
	.close = pcap_input_close,
};
