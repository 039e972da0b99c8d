#!/usr/bin/env python3
"""One writer: a second gets a clear line, readers go on; a writer that is killed leaves no lock. And migration."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program
import storing



def second_writer(results, path):
    holder = subprocess.Popen([storing.FILL, 'hold', path, '30'], stdout=subprocess.PIPE, text=True,
                              env=program.ENVIRONMENT)
    try:
        while 'open\n' != holder.stdout.readline():
            pass
        done = storing.fill('fill', path, 0, 10, 10)
        error = done.said.get('error', '')
        results.check(done.returncode == 1 and error.startswith('-16 '), 'second writer: %s' % done.stdout)
        results.check(path in error and 'process %d' % holder.pid in error, 'second writer is told: %r' % error)
        results.check(storing.fill('search', path, 5).said.get('found') == '5', 'a reader beside a writer')
    finally:
        holder.kill()
        holder.communicate()
    results.check(storing.fill('fill', path, 0, 10, 10).returncode == 0, 'the lock outlived its writer')


def reads_while_written(results, path):
    filler = subprocess.Popen([storing.FILL, 'fill', path, '20000', '60000', '80000', '500'],
                              stdout=subprocess.PIPE, text=True, env=program.ENVIRONMENT)
    counts = []
    while filler.poll() is None and len(counts) < 200:
        line = filler.stdout.readline()
        if not line.startswith('acknowledged'):
            continue
        counts.append((storing.summary(path)['events'], int(line.split()[1])))
    filler.communicate()
    results.check(len(counts) > 3, 'only %d reads while writing' % len(counts))
    results.check(all(have >= known for have, known in counts), 'a reader does not see what is acknowledged')
    results.check(storing.faults(path) == [], 'faults after reading while written')


def drop_fact(path, table, fact):
    storing.sql(path, "ALTER TABLE %s DROP COLUMN %s; DELETE FROM fact WHERE key = '%s'" % (table, fact, fact))


def migration(results, folder):
    """A log from a program that had fewer facts, as its tables would be."""
    path = storing.new_log(folder, 'old.db', 3000, 6000)
    drop_fact(path, 'stencil', 'silo_name')
    drop_fact(path, 'stencil', 'policy_name')
    drop_fact(path, 'event', 'client_luid')
    results.check(storing.fill('search', path, 0).said.get('found') == '3000', 'reading an older log')
    results.check(storing.faults(path) == [], 'verifying an older log')
    storing.fill('fill', path, 3000, 3000, 6000, check=True)
    columns = {row[0] for row in storing.sql(path, "SELECT name FROM pragma_table_info('stencil') UNION ALL"
                                                   " SELECT name FROM pragma_table_info('event')")}
    results.check({'silo_name', 'policy_name', 'client_luid'} <= columns, 'facts are not added to an older log')
    results.check(storing.faults(path) == [], 'faults after adding facts')
    results.check(storing.fill('search', path, 0).said.get('found') == '6000', 'an older log goes on')
    storing.sql(path, 'PRAGMA user_version = 1000')
    for verb in ('fill', 'summary'):
        done = storing.fill(verb, path, 0, 1)
        results.check(done.said.get('error', '').startswith('-95 ') and 'newer' in done.stdout,
                      '%s of a newer log: %s' % (verb, done.stdout))


def reads_of_others(results, path):
    """Nothing beside the log can be made, as where another user reads it."""
    if os.geteuid() != 0:
        return
    folder = os.path.dirname(path)
    filler = shutil.copy(storing.FILL, folder)  # the build may lie where others can't go
    os.chmod(folder, 0o555)
    os.chmod(path, 0o444)
    for ending in ('-wal', '-shm'):
        if os.path.exists(path + ending):
            os.unlink(path + ending)
    done = storing.fill('search', path, 5, filler=filler, user='nobody')
    results.check(done.said.get('found') == '5', 'reading where nothing can be made: ' + done.stdout + done.stderr)
    done = storing.fill('fill', path, 0, 1, filler=filler, user='nobody')
    results.check(done.said.get('error', '').startswith('-13 '), 'writing without leave: ' + done.stdout)


def main():
    results = program.Results()
    with program.temporary() as folder:
        path = storing.new_log(folder)
        os.chmod(folder, 0o755)
        second_writer(results, path)
        reads_while_written(results, path)
        migration(results, folder)
        again = storing.fill('fill', path, 0, 20000, 20000)
        results.check(again.said.get('added') == '0', 'stored twice: %s' % again.stdout)
        reads_of_others(results, path)
        os.chmod(folder, 0o755)
    results.close()


main()
