#include "audit/message.h"

#include "audit/name.h"

static const char *av_name(struct exchange *x, struct tally *tally, const struct av_pairs *av,
			   enum av_id id)
{
	return av_has(av, id) ? name_text(&x->arena, tally, av->value[id], NAME_UTF16LE) : NULL;
}

/* AV_PAIR names are Unicode whatever the message's own strings are ([MS-NLMP] 2.2.2.1). */
static void read_names(struct exchange *x, struct tally *tally, const struct av_pairs *av,
		       struct target_names *ret_names)
{
	ret_names->nb_computer = av_name(x, tally, av, MsvAvNbComputerName);
	ret_names->nb_domain = av_name(x, tally, av, MsvAvNbDomainName);
	ret_names->dns_computer = av_name(x, tally, av, MsvAvDnsComputerName);
}

void message_challenge(struct exchange *x, struct tally *tally, const struct ntlm_message *m,
		       struct reader *r)
{
	struct target_names *names = &x->challenge_names;
	bool is_server = (m->flags & NTLMSSP_TARGET_TYPE_SERVER) != 0;
	const char **named = is_server ? &names->nb_computer : &names->nb_domain;
	struct av_pairs av = {0};

	*r = reader_of(m->challenge.target_info);
	if (m->challenge.target_info.len && av_pairs_decode(r, &av) == 0)
		read_names(x, tally, &av, names);
	if (!*named)
		*named = name_text(&x->arena, tally, m->challenge.target_name,
				   m->unicode ? NAME_UTF16LE : NAME_OEM);
}

/*
 * [MS-NLMP] 3.3: the forms are told apart by length. With extended session security the LM field holds a
 * client challenge and zeros, so a full LM field alone can then only be LMv2.
 */
static enum response_kind classify(uint32_t flags, struct span lm, struct span nt, struct span user)
{
	bool ess = (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) != 0;

	if (nt.len > 24)
		return RESPONSE_NTLMV2;
	if (nt.len == 24) {
		bool padded = lm.len == 24 && span_is_zero(span_from(lm, 8));

		return ess && padded ? RESPONSE_NTLMV1_ESS : RESPONSE_NTLMV1;
	}
	if (nt.len != 0)
		return RESPONSE_UNKNOWN;
	if ((flags & NTLMSSP_ANONYMOUS) || user.len == 0)
		return RESPONSE_NULL_SESSION;
	if (lm.len == 24)
		return ess ? RESPONSE_LMV2 : RESPONSE_LM;
	return RESPONSE_UNKNOWN;
}

static void read_ntlmv2(struct exchange *x, struct tally *tally, struct reader *r)
{
	struct av_pairs av = {0};

	if (ntlmv2_decode(r, &av) < 0)
		return;
	read_names(x, tally, &av, &x->response_names);
	x->av_flags = av.flags;
	x->has_channel_binding = av_has(&av, MsvAvChannelBindings);
	x->spn = av_name(x, tally, &av, MsvAvTargetName);
}

void message_validation(struct exchange *x, struct tally *tally, struct span lm, struct span nt)
{
	struct reader r = reader_of(nt);

	/* flags were not sent: where the LM field is a challenge and zeros, they were those of ESS */
	x->response = classify(NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY, lm, nt,
			       x->user ? span_str(x->user) : (struct span){0});
	if (x->response == RESPONSE_NTLMV2)
		read_ntlmv2(x, tally, &r);
	x->mic = x->av_flags & AV_FLAG_MIC ? NTLM_MIC_PRESENT : NTLM_MIC_ABSENT;
	x->has_session_key = true;
}

void message_authenticate(struct exchange *x, struct tally *tally, const struct ntlm_message *m,
			  struct reader *r)
{
	const struct ntlm_authenticate *a = &m->authenticate;
	enum name_coding coding = m->unicode ? NAME_UTF16LE : NAME_OEM;

	x->flags = m->flags;
	x->version = m->version;
	x->mic = a->mic;
	x->has_session_key = a->session_key.len != 0;
	x->user = name_text(&x->arena, tally, a->user, coding);
	x->domain = name_text(&x->arena, tally, a->domain, coding);
	x->host = name_text(&x->arena, tally, a->workstation, coding);
	x->response = classify(m->flags, a->lm_response, a->nt_response, a->user);
	*r = reader_of(a->nt_response);
	if (x->response == RESPONSE_NTLMV2)
		read_ntlmv2(x, tally, r);
}

void message_classic(struct exchange *x, struct tally *tally, const struct sighting_classic *s)
{
	enum name_coding coding = s->unicode ? NAME_UTF16LE : NAME_OEM;
	struct reader r = reader_of(s->nt_response);

	x->classic = true;
	x->user = name_text(&x->arena, tally, s->user, coding);
	x->domain = name_text(&x->arena, tally, s->domain, coding);
	x->response = classify(0, s->lm_response, s->nt_response, s->user);
	if (x->response == RESPONSE_NTLMV2)
		read_ntlmv2(x, tally, &r);
}
