/*
 * Names from the wire to UTF-8 and on to the eye. Names come from strangers: what is not valid
 * Unicode becomes U+FFFD, and every output escapes what could forge a line or turn a direction.
 */
#ifndef NTLMAUDIT_BASE_UTF_H
#define NTLMAUDIT_BASE_UTF_H

#include "base/span.h"

#define RUNE_REPLACEMENT 0xfffdu

/* UTF-8 of a Unicode scalar value into out[4]; anything else becomes U+FFFD. Returns its length. */
size_t utf8_encode(uint32_t rune, uint8_t out[4]);

/* Reads one rune and moves on; an invalid or overlong sequence gives U+FFFD for one byte. s->len > 0. */
uint32_t utf8_next(struct span *s);

/* Reads one rune of UTF-16LE; an unpaired surrogate or an odd last byte gives U+FFFD. s->len > 0. */
uint32_t utf16le_next(struct span *s);

/*
 * A byte of an OEM string as a rune. Its code page is not on the wire (MS-NLMP 2.2: "the OEM
 * character set"): the letters of code pages 437 and 850 are taken, of 850 where they differ, and the
 * rest is U+FFFD.
 */
uint32_t oem_rune(uint8_t byte);

/*
 * Must this rune be escaped wherever it is shown? Control characters (C0, DEL, C1), line and
 * paragraph separators, and what is shown as nothing: bidirectional controls, zero-width and other
 * ignorable characters, with which one name looks like another.
 */
bool rune_is_unsafe(uint32_t rune);

/*
 * A capital letter made small, by which names are compared: Latin, Greek, Cyrillic and Armenian, one letter to one. All others
 * stay what they are.
 */
uint32_t rune_fold(uint32_t rune);

#endif
