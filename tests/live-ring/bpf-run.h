/* Classic BPF by the book (linux/filter.h), for packets that never were in a kernel. Only what src/source/ring-filter.c uses. */
#ifndef NTLMAUDIT_TESTS_BPF_RUN_H
#define NTLMAUDIT_TESTS_BPF_RUN_H

#include "base/span.h"

#include <linux/filter.h>
#include <stdlib.h>

/* What the kernel knows of a packet beside its bytes, which begin with the network header. */
struct bpf_packet {
	unsigned protocol, type, hatype; /* EtherType, PACKET_*, ARPHRD_* */
	struct span bytes;
};

static bool bpf_load(const struct bpf_packet *p, uint16_t size, uint32_t at, uint32_t *ret)
{
	size_t n = size == BPF_B ? 1 : size == BPF_H ? 2 : 4;

	if (at == (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL))
		*ret = p->protocol;
	else if (at == (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE))
		*ret = p->type;
	else if (at == (uint32_t)(SKF_AD_OFF + SKF_AD_HATYPE))
		*ret = p->hatype;
	else if (at > p->bytes.len || n > p->bytes.len - at)
		return false;
	else
		for (*ret = 0; n > 0; n--)
			*ret = *ret << 8 | p->bytes.ptr[at++];
	return true;
}

/* How many bytes to keep. Aborts where the program is not one that the kernel would take. */
static uint32_t bpf_run(const struct sock_filter *program, size_t len, const struct bpf_packet *p)
{
	uint32_t a = 0, x = 0, mem[BPF_MEMWORDS] = {0};

	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *i = &program[pc];

		switch (i->code) {
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_LD | BPF_B | BPF_ABS:
		case BPF_LD | BPF_H | BPF_ABS:
		case BPF_LD | BPF_W | BPF_ABS:
			if (!bpf_load(p, BPF_SIZE(i->code), i->k, &a))
				return 0;
			break;
		case BPF_LD | BPF_B | BPF_IND:
		case BPF_LD | BPF_H | BPF_IND:
		case BPF_LD | BPF_W | BPF_IND:
			if (!bpf_load(p, BPF_SIZE(i->code), x + i->k, &a))
				return 0;
			break;
		case BPF_LDX | BPF_B | BPF_MSH:
			if (!bpf_load(p, BPF_B, i->k, &x))
				return 0;
			x = (x & 15) * 4;
			break;
		case BPF_LDX | BPF_IMM:
			x = i->k;
			break;
		case BPF_LD | BPF_MEM:
			a = mem[i->k];
			break;
		case BPF_ST:
			mem[i->k] = a;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			a >>= i->k;
			break;
		case BPF_ALU | BPF_SUB | BPF_X:
			a -= x;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += a & i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_X:
			pc += a > x ? i->jt : i->jf;
			break;
		default:
			abort();
		}
	}
	abort();
}

#endif
