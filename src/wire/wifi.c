#include "wire/wifi.h"

#include <errno.h>

#include "wire/ether.h"

/* IEEE 802.11-2020, 9.2.4.1: the frame control field, its first byte the low one */
#define FC_TYPE 0x000cu
#define FC_TYPE_DATA 0x0008u
#define FC_NO_DATA 0x0040u
#define FC_QOS 0x0080u
#define FC_TO_DS 0x0100u
#define FC_FROM_DS 0x0200u
#define FC_PROTECTED 0x4000u
#define FC_ORDER 0x8000u
/* 9.2.4.5: QoS control; several frames in one are not taken apart */
#define QOS_AMSDU 0x0080u

int wifi_walk(struct reader *r)
{
	uint16_t fc = reader_u16le(r);
	uint16_t qos = 0;

	if ((fc & FC_TYPE) != FC_TYPE_DATA || (fc & (FC_NO_DATA | FC_PROTECTED)))
		return -ENOMSG;
	reader_skip(r, 22); /* duration, three addresses, sequence */
	if ((fc & FC_TO_DS) && (fc & FC_FROM_DS))
		reader_skip(r, 6);
	if (fc & FC_QOS)
		qos = reader_u16le(r);
	if ((fc & FC_QOS) && (fc & FC_ORDER))
		reader_skip(r, 4); /* HT control, 9.2.4.6 */
	return qos & QOS_AMSDU ? -ENOMSG : ether_walk_llc(r);
}

/* radiotap.org: version, pad, then the header's length, little-endian */
int wifi_walk_radiotap(struct reader *r)
{
	uint16_t len;

	reader_skip(r, 2);
	len = reader_u16le(r);
	reader_seek(r, len);
	return len < 8 ? -ENOMSG : wifi_walk(r);
}

/* Prism monitoring header: message code, then its length in the capturing host's order: 144 */
int wifi_walk_prism(struct reader *r)
{
	reader_seek(r, 144);
	return wifi_walk(r);
}

/* AVS capture header: version, length, big-endian */
int wifi_walk_avs(struct reader *r)
{
	uint32_t len;

	reader_skip(r, 4);
	len = reader_u32be(r);
	reader_seek(r, len);
	return len < 8 ? -ENOMSG : wifi_walk(r);
}
