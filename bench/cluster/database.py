"""A PostgreSQL server of the campaign's own, in a temporary cluster on a machine of its own. It refuses root, so it runs as `postgres`."""

import glob
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from machines import DATABASE, SUBNET

SETTINGS = """
listen_addresses = '{address}'
unix_socket_directories = '{folder}'
shared_buffers = 64MB
max_connections = 60
fsync = on
"""
KINDS = ("kill -9", "immediate", "fast")


def programs():
    """The folder of PostgreSQL's programs, of its latest version."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[4]))
    if not found:
        raise SystemExit("PostgreSQL's programs are not in /usr/lib/postgresql; install 'postgresql'.")
    return pathlib.Path(found[-1])


class Database:
    def __init__(self, machines):
        self._machines, self._programs = machines, programs()
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="granary-postgres-"))
        self._data, self.restarts = self._folder / "data", []
        shutil.chown(self._folder, "postgres")
        self._run("initdb", "--pgdata", self._data, "--username", "granary", "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C")
        with open(self._data / "postgresql.conf", "a") as settings:
            settings.write(SETTINGS.format(address=machines.address(DATABASE), folder=self._folder))
        with open(self._data / "pg_hba.conf", "a") as hosts:
            hosts.write(f"host all all {SUBNET} trust\n")
        self.start()
        subprocess.run([self._programs / "createdb", "--host", self._folder, "--username", "granary", "--maintenance-db", "postgres", "granary"], check=True)

    @property
    def address(self):
        """As the coordinator is told it; the password that is missing is none."""
        return f"postgres:Host={self._machines.address(DATABASE)};Username=granary;Database=granary;Maximum Pool Size=20"

    def start(self):
        # A server that was killed leaves children, which hold its memory for a moment.
        for _ in range(30):
            if self._run("pg_ctl", "start", "--wait", "--silent", "--pgdata", self._data, "--log", self._folder / "log", check=False) == 0:
                return
            time.sleep(0.5)
        raise SystemExit(f"PostgreSQL did not start again; see {self._folder / 'log'}.")

    def restart(self, kind):
        """Restarts it: killed as a power cut would end it, stopped at once, or in order while nobody is waited for."""
        if kind == "kill -9":
            os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), 9)
        else:
            self._run("pg_ctl", "stop", "--wait", "--silent", "--mode", kind, "--pgdata", self._data)
        self.start()
        self.restarts.append(kind)

    def query(self, sql):
        """The rows of a statement as dictionaries, by the server's socket, which no cut link takes away."""
        return json.loads(self.execute(f"SELECT coalesce(json_agg(found), '[]') FROM ({sql}) AS found"))

    def execute(self, sql):
        command = [self._programs / "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1", "--host", self._folder, "--username", "granary", "--dbname", "granary"]
        return subprocess.run(command, input=sql, check=True, capture_output=True, text=True).stdout

    def remove(self):
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode", "immediate", "--pgdata", self._data, check=False)
        shutil.rmtree(self._folder)

    def _run(self, program, *arguments, check=True):
        command = ["runuser", "-u", "postgres", "--", self._programs / program, *arguments]
        process = self._machines.start(DATABASE, command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if process.wait() != 0 and check:
            raise SystemExit(f"'{program}' ended with {process.returncode}; see {self._folder / 'log'}.")
        return process.returncode
