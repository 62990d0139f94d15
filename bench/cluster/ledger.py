"""What the ledger must say when all is over, whatever was killed on the way.

A trigger of the campaign's own writes every grant and every change of a shard into a table beside the ledger, in the
transaction that makes it. So each grant's epoch is known, not only the last one, and what was done over another's lease.
"""

import collections
import json
import re

HISTORY = """
CREATE TABLE IF NOT EXISTS public.history (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT clock_timestamp(),
    dataset text, shard integer, was text, state text, epoch_was bigint, epoch bigint, incarnation bigint, owner text,
    held_before boolean, held_still boolean, output text);
-- A lease is looked at before the change and behind it: what counts against the ledger is what cannot be a matter of a moment.
CREATE OR REPLACE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.history (dataset, shard, was, state, epoch_was, epoch, incarnation, owner, held_before, held_still, output)
    VALUES (NEW.dataset, NEW.number, OLD.state, NEW.state, OLD.epoch, NEW.epoch, NEW.incarnation, NEW.owner,
        OLD.state = 'leased' AND OLD.expires > now(), OLD.state = 'leased' AND OLD.expires > clock_timestamp(), NEW.output);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER note AFTER UPDATE ON granary.shard FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.epoch <> NEW.epoch OR OLD.output IS DISTINCT FROM NEW.output) EXECUTE FUNCTION public.note();
"""
GRANT = "state = 'leased' AND (was <> 'leased' OR epoch <> epoch_was)"
RULES = {
    "shards with more than one line": "SELECT 1 FROM granary.ledger GROUP BY dataset, shard HAVING count(*) > 1",
    "done shards without a line": "SELECT 1 FROM granary.shard WHERE state = 'done' AND NOT EXISTS (SELECT FROM granary.ledger WHERE ledger.dataset = shard.dataset AND ledger.shard = shard.number)",
    "lines of shards that are not done": "SELECT 1 FROM granary.ledger JOIN granary.shard ON shard.dataset = ledger.dataset AND shard.number = ledger.shard WHERE state <> 'done'",
    "lines with another token or output than the shard": """SELECT 1 FROM granary.ledger JOIN granary.shard ON shard.dataset = ledger.dataset AND shard.number = ledger.shard
        WHERE (ledger.incarnation, ledger.epoch, ledger.output) <> (shard.incarnation, shard.epoch, shard.output)""",
    "lines whose file another grant wrote": "SELECT 1 FROM granary.ledger WHERE output::json->>'path' NOT LIKE '%.' || incarnation || '-' || epoch",
    "lines that share an operation": "SELECT 1 FROM granary.ledger GROUP BY operation HAVING count(*) > 1",
    "lines whose operation asked for something else": """SELECT 1 FROM granary.ledger LEFT JOIN granary.operation ON operation.id = ledger.operation
        WHERE operation.request IS DISTINCT FROM 'commit ' || ledger.dataset || '#' || ledger.shard || ' ' || ledger.incarnation || '.' || ledger.epoch""",
    "shards made done more than once": "SELECT 1 FROM public.history WHERE state = 'done' GROUP BY dataset, shard HAVING count(*) > 1",
    "shards made done without a lease that held": "SELECT 1 FROM public.history WHERE state = 'done' AND NOT held_before",
    "shards that were done and no longer are": "SELECT 1 FROM public.history WHERE was = 'done' AND state <> 'done'",
    "grants over another's lease": f"SELECT 1 FROM public.history WHERE {GRANT} AND held_still",
    "grants whose epoch is not the next one": f"SELECT 1 FROM public.history WHERE {GRANT} AND epoch <> epoch_was + 1",
    "shards with epochs that no grant or cancellation made": """SELECT 1 FROM granary.shard LEFT JOIN (SELECT dataset, shard, count(*) AS raised, count(DISTINCT epoch) AS epochs
        FROM public.history WHERE epoch <> epoch_was GROUP BY dataset, shard) AS seen ON seen.dataset = shard.dataset AND seen.shard = number
        WHERE epoch <> coalesce(raised, 0) OR epoch <> coalesce(epochs, 0)""",
}
TAKES = re.compile(r"^takes (\S+)#(\d+) \((\d+)-(\d+)\): ")
DONE = re.compile(r"^(\S+)#(\d+) \((\d+)-(\d+)\) is done")
LATE = re.compile(r"^(\S+)#(\d+) \((\d+)-(\d+)\) was finished too late")
NODE = re.compile(r"^known to the coordinator as '([^']+)'")


def words_of(logs):
    """What the workers' logs say: who took each grant, which grants they think done, which commits were refused."""
    taken, done, late = collections.defaultdict(list), set(), set()
    for path in logs:
        node = None
        for line in path.read_text(errors="replace").splitlines():
            if found := NODE.match(line):
                node = found[1]
            elif found := TAKES.match(line):
                taken[found.groups()].append(node)
            elif found := DONE.match(line):
                done.add(found.groups())
            elif found := LATE.match(line):
                late.add(found.groups())
    return taken, done, late


def check(database, logs):
    """The ledger's faults, each kind with how often, and what it holds."""
    faults = {name: int(database.execute(f"SELECT count(*) FROM ({rule}) AS found")) for name, rule in RULES.items()}
    grants = {key(row): row["owner"] for row in database.query(f"SELECT dataset, shard, incarnation, epoch, owner FROM public.history WHERE {GRANT}")}
    lines = database.query("SELECT dataset, shard, incarnation, epoch, output FROM granary.ledger")
    taken, done, late = words_of(logs)
    faults["grants that two workers took"] = sum(len(nodes) > 1 for nodes in taken.values())
    faults["grants that another worker took"] = sum(grants.get(grant) != node for grant, nodes in taken.items() for node in nodes)
    faults["commits that a worker was promised and no line has"] = len(done - {key(line) for line in lines})
    outputs = [json.loads(line["output"]) for line in lines]
    by_shard = {(line["dataset"], line["shard"]): output["bytes"] for line, output in zip(lines, outputs)}
    faults["bytes that the lines have beyond one for each shard"] = sum(output["bytes"] for output in outputs) - sum(by_shard.values())
    states = {row["state"]: row["count"] for row in database.query("SELECT state, count(*) FROM granary.shard GROUP BY state")}
    held = {"shards": sum(states.values()), "states": states, "lines": len(lines), "grants": len(grants), "commits_refused": len(late), "bytes": sum(by_shard.values())}
    return {name: count for name, count in faults.items() if count}, held


def outputs_of(database, job):
    """The hash of each split that a job's workers have tokenized."""
    rows = database.query(f"SELECT shard, output FROM granary.ledger WHERE dataset LIKE '{job}/tokens-%'")
    return {row["shard"]: json.loads(row["output"])["sha256"] for row in rows}


def key(row):
    return row["dataset"], str(row["shard"]), str(row["incarnation"]), str(row["epoch"])
