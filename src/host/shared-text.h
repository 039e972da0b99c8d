/* Texts that many share: each is kept once, and goes with the last that holds it. */
#ifndef NTLMAUDIT_HOST_SHARED_TEXT_H
#define NTLMAUDIT_HOST_SHARED_TEXT_H

#include "base/hash.h"

struct shared_text;

struct shared_texts {
	struct hash_key key;
	struct shared_text **buckets;
	size_t n_buckets; /* a power of two */
	size_t bytes;	  /* of all texts, with what it takes to keep them */
};

int shared_texts_init(struct shared_texts *t, size_t n_buckets) __attribute__((warn_unused_result));
/* All texts are given back before. */
void shared_texts_finish(struct shared_texts *t);

/* The shared copy of a text of at most `max` bytes (what is longer is cut); NULL for NULL. 0 or -ENOMEM. */
int shared_text_take(struct shared_texts *t, const char *s, size_t max, const char **ret_text)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void shared_text_give(struct shared_texts *t, const char *text);

#endif
