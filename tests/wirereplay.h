/* Plays frames out of a fuzz input into a flow table, with a reader that answers by what it is shown. */
#ifndef NTLMAUDIT_TESTS_WIREREPLAY_H
#define NTLMAUDIT_TESTS_WIREREPLAY_H

#include "base/span.h"

/*
 * The link type in two bytes (little-endian), then frames: how many thirds of a second later, the length in
 * two bytes, the bytes. Aborts where the table breaks its promises.
 */
void wirereplay(struct span input);

#endif
