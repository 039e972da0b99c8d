/* ^C at a program that reads from a pipe: what was read is stored and summed up, instead of being lost with it. */
#ifndef NTLMAUDIT_CMD_INTERRUPT_H
#define NTLMAUDIT_CMD_INTERRUPT_H

/*
 * From now on SIGINT and SIGTERM end standard input instead of the program: the writer, which ^C reaches as well, has a second
 * to end it by itself with what it still holds; then it is cut off. A second signal ends the program. Nothing changes where
 * standard input is a file, which can be read again, nor for a signal that is ignored.
 */
void interrupt_ends_input(void);

#endif
