/*
 * Records in unused space may have lost the definitions of their templates to newer records: their values are there,
 * their names are not. The System values stand in the order that Windows' own template has for all providers with a
 * manifest; those of the event are named by event/schema.h where a layout fits, else they stay without names.
 */
#ifndef NTLMAUDIT_WINLOG_EVTX_RECOVER_H
#define NTLMAUDIT_WINLOG_EVTX_RECOVER_H

#include "winlog/evtx-record.h"

/* Carries out an instance without its definition. False, with e->why, where its values are of no known order. */
bool evtx_recover(struct evtx_engine *e, const struct evtx_instance *instance);

#endif
