package audit

import (
	"fmt"
	"math/bits"
	"strings"
)

// Every statement, in the subset that SQLite and PostgreSQL read alike. Times are unix
// milliseconds given by the caller, 0 for none. BYTEA is no type of SQLite, which keeps
// blobs as they are under any type it does not know.
//
// A limit is "$n + 0": where a bare parameter stands, SQLite looks at what is bound to it
// and plans the statement anew for each (sqlite3ExprIsInteger), prepared or not.

// schemaSteps make the tables; step N brings version N-1 to N. A released step is never
// edited: a new step follows it.
var schemaSteps = [...]string{
	`CREATE TABLE chain (
		id      INTEGER PRIMARY KEY CHECK (id = 1),
		origin  TEXT NOT NULL,
		seq     BIGINT NOT NULL,
		time_ms BIGINT NOT NULL
	);
	CREATE TABLE record (
		seq    BIGINT PRIMARY KEY,
		ref    TEXT NOT NULL,
		leaf   BYTEA NOT NULL,
		reason TEXT NOT NULL,
		salt   BYTEA NOT NULL
	);
	CREATE INDEX record_ref ON record (ref, seq);
	CREATE TABLE tlog_hash (
		idx  BIGINT PRIMARY KEY,
		hash BYTEA NOT NULL
	);
	CREATE TABLE checkpoint (
		size    BIGINT PRIMARY KEY,
		note    TEXT NOT NULL,
		time_ms BIGINT NOT NULL
	);
	CREATE TABLE change (
		id              TEXT PRIMARY KEY,
		key             TEXT NOT NULL UNIQUE,
		action          TEXT NOT NULL,
		environment     TEXT NOT NULL,
		name            TEXT NOT NULL,
		requester_scope TEXT NOT NULL,
		requester_user  TEXT NOT NULL,
		request         BYTEA NOT NULL,
		seal            TEXT NOT NULL,
		attempt         BYTEA NOT NULL,
		attempt_seal    TEXT NOT NULL,
		state           TEXT NOT NULL,
		version         BIGINT NOT NULL,
		created_ms      BIGINT NOT NULL,
		owner           TEXT NOT NULL,
		lease_ms        BIGINT NOT NULL,
		due_ms          BIGINT NOT NULL,
		watched         INTEGER NOT NULL
	);
	CREATE INDEX change_ref ON change (environment, name, created_ms);
	CREATE INDEX change_requester ON change (requester_user, created_ms);
	CREATE INDEX change_watched ON change (due_ms) WHERE watched = 1;
	CREATE TABLE feed (
		name      TEXT PRIMARY KEY,
		watermark BIGINT NOT NULL,
		owner     TEXT NOT NULL,
		lease_ms  BIGINT NOT NULL
	);
	CREATE TABLE notice (
		change_id TEXT NOT NULL,
		recipient TEXT NOT NULL,
		kind      TEXT NOT NULL,
		channel   TEXT NOT NULL,
		ts        TEXT NOT NULL,
		state     TEXT NOT NULL,
		PRIMARY KEY (change_id, recipient, kind)
	);
	CREATE INDEX notice_failed ON notice (recipient) WHERE state = 'failed'`,
	`CREATE TABLE attachment (
		seq  BIGINT PRIMARY KEY,
		text BYTEA NOT NULL
	)`,
	`ALTER TABLE notice ADD COLUMN event TEXT NOT NULL DEFAULT ''`,
	`CREATE TABLE vote (
		change_id  TEXT NOT NULL,
		person     TEXT NOT NULL,
		kind       TEXT NOT NULL,
		stage      INTEGER NOT NULL,
		body       BYTEA NOT NULL,
		seal       TEXT NOT NULL,
		created_ms BIGINT NOT NULL,
		PRIMARY KEY (change_id, person, kind)
	);
	CREATE TABLE staged_key (
		change_id TEXT PRIMARY KEY,
		key       BYTEA NOT NULL
	);
	ALTER TABLE change ADD COLUMN pool TEXT NOT NULL DEFAULT '';
	CREATE INDEX change_pool ON change (pool) WHERE pool <> ''`,
	`ALTER TABLE notice ADD COLUMN seq BIGINT NOT NULL DEFAULT 0`,
	`CREATE TABLE memo (
		name TEXT PRIMARY KEY,
		body BYTEA NOT NULL,
		seal TEXT NOT NULL
	)`,
}

// oldestReader is the oldest release's schema version that may still use the tables as
// the newest step leaves them.
const oldestReader = 1

// The schema's own row.
const (
	makeSchema = `CREATE TABLE IF NOT EXISTS schema_version
		(id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, oldest_reader INTEGER NOT NULL)`
	firstSchema = `INSERT INTO schema_version (id, version, oldest_reader) VALUES (1, 0, 0) ON CONFLICT (id) DO NOTHING`
	readSchema  = `SELECT version, oldest_reader FROM schema_version WHERE id = 1`
	writeSchema = `UPDATE schema_version SET version = $1, oldest_reader = $2 WHERE id = 1`
	firstChain  = `INSERT INTO chain (id, origin, seq, time_ms) VALUES (1, $1, 0, 0) ON CONFLICT (id) DO NOTHING`
)

// The chain: whoever writes locks its row first, so that there is one lock order.
const (
	lockChain = `UPDATE chain SET seq = seq WHERE id = 1 RETURNING seq, time_ms`
	moveChain = `UPDATE chain SET seq = $1, time_ms = $2 WHERE id = 1`
	readSize  = `SELECT seq FROM chain WHERE id = 1`
	// readChain is one statement, so that both numbers are of the same moment.
	readChain = `SELECT origin, seq, (SELECT COALESCE(MAX(seq), 0) FROM record) FROM chain WHERE id = 1`
)

// Records and hashes.
const (
	insertRecords = `INSERT INTO record (seq, ref, leaf, reason, salt) VALUES `
	readRecords   = `SELECT seq, ref, leaf, reason, salt FROM record WHERE seq >= $1 ORDER BY seq LIMIT $2 + 0`
	readHistory   = `SELECT seq, ref, leaf, reason, salt FROM record WHERE ref = $1 ORDER BY seq DESC LIMIT $2 + 0`
	insertText    = `INSERT INTO attachment (seq, text) VALUES ($1, $2)`
	readText      = `SELECT text FROM attachment WHERE seq = $1`
	insertHashes  = `INSERT INTO tlog_hash (idx, hash) VALUES `
	readHashes    = `SELECT idx, hash FROM tlog_hash WHERE idx IN `
	readHashRange = `SELECT idx, hash FROM tlog_hash WHERE idx >= $1 AND idx < $2 ORDER BY idx`
)

// Checkpoints.
const (
	insertCheckpoint = `INSERT INTO checkpoint (size, note, time_ms) VALUES ($1, $2, $3) ON CONFLICT (size) DO NOTHING`
	readCheckpoint   = `SELECT size, note, time_ms FROM checkpoint WHERE size = $1`
	lastCheckpoint   = `SELECT size, note, time_ms FROM checkpoint ORDER BY size DESC LIMIT 1`
	readCheckpoints  = `SELECT size, note, time_ms FROM checkpoint WHERE size >= $1 ORDER BY size LIMIT $2 + 0`
)

// Changes.
const (
	changeColumns = `id, key, action, environment, name, requester_scope, requester_user, request, seal,
		attempt, attempt_seal, state, version, created_ms, owner, lease_ms, due_ms, pool`
	insertChange = `INSERT INTO change (` + changeColumns + `, watched)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (key) DO NOTHING`
	readByKey     = `SELECT ` + changeColumns + ` FROM change WHERE key = $1`
	readByID      = `SELECT ` + changeColumns + ` FROM change WHERE id = $1`
	countPool     = `SELECT COUNT(*), (SELECT COUNT(*) FROM change WHERE key = $2) FROM change WHERE pool = $1 AND pool <> ''`
	advanceChange = `UPDATE change SET state = $1, owner = $2, lease_ms = $3, due_ms = $4, watched = $5,
		attempt = COALESCE($6, attempt), attempt_seal = COALESCE($7, attempt_seal), version = COALESCE($8, version),
		pool = COALESCE($9, pool)
		WHERE id = $10 AND (owner = $2 OR lease_ms <= $11) AND state IN `
	claimChanges = `UPDATE change SET owner = $1, lease_ms = $2 WHERE id IN (
			SELECT id FROM change WHERE watched = 1 AND due_ms <= $3 AND lease_ms <= $3
			ORDER BY due_ms, id LIMIT $4 + 0
		) RETURNING ` + changeColumns
	renewLeases = `UPDATE change SET lease_ms = $1 WHERE owner = $2 AND id IN `
	findChanges = `SELECT ` + changeColumns + ` FROM change WHERE `
	newestFirst = ` ORDER BY created_ms DESC, id DESC LIMIT `
)

// Votes, and the keys of staged values.
const (
	voteColumns = `change_id, person, kind, stage, body, seal, created_ms`
	insertVote  = `INSERT INTO vote (` + voteColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	hasVote     = `SELECT COUNT(*) FROM vote WHERE change_id = $1 AND person = $2 AND kind = $3`
	readVotes   = `SELECT ` + voteColumns + ` FROM vote WHERE change_id IN `
	oldestFirst = ` ORDER BY created_ms, person, kind`

	insertKey = `INSERT INTO staged_key (change_id, key) VALUES ($1, $2)`
	readKey   = `SELECT key FROM staged_key WHERE change_id = $1`
	deleteKey = `DELETE FROM staged_key WHERE change_id = $1`
)

// Feeds and notices.
const (
	insertFeed = `INSERT INTO feed (name, watermark, owner, lease_ms) VALUES ($1, 0, '', 0) ON CONFLICT (name) DO NOTHING`
	leaseFeed  = `UPDATE feed SET owner = $2, lease_ms = $3 WHERE name = $1 AND (owner = $2 OR lease_ms <= $4)`
	readFeed   = `SELECT watermark FROM feed WHERE name = $1`
	markFeed   = `UPDATE feed SET watermark = $4 WHERE name = $1 AND owner = $2 AND watermark = $3`

	noticeColumns = `change_id, recipient, kind, channel, ts, state, event, seq`
	insertNotice  = `INSERT INTO notice (` + noticeColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (change_id, recipient, kind) DO NOTHING`
	readNotice  = `SELECT ` + noticeColumns + ` FROM notice WHERE change_id = $1 AND recipient = $2 AND kind = $3`
	readNotices = `SELECT ` + noticeColumns + ` FROM notice WHERE change_id = $1 ORDER BY recipient, kind`
	markNotice  = `UPDATE notice SET channel = $4, ts = $5, state = $6, event = $7, seq = $8
		WHERE change_id = $1 AND recipient = $2 AND kind = $3`
	readFailed = `SELECT ` + noticeColumns + ` FROM notice
		WHERE recipient = $1 AND state = 'failed' ORDER BY change_id, kind LIMIT 100`
	readUnreached = `SELECT DISTINCT recipient FROM notice WHERE state = 'failed'`

	countOpen   = `SELECT environment, state, COUNT(*) FROM change WHERE watched = 1 GROUP BY environment, state ORDER BY environment, state`
	countFailed = `SELECT COUNT(*), MIN(NULLIF(seq, 0)) FROM notice WHERE state = 'failed'`
)

// Memos.
const (
	writeMemo = `INSERT INTO memo (name, body, seal) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET body = excluded.body, seal = excluded.seal`
	readMemo = `SELECT body, seal FROM memo WHERE name = $1`
)

// list is "($first, $first+1, …)" with n placeholders.
func list(first, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", $%d", first+i)
	}
	return "(" + strings.TrimPrefix(b.String(), ", ") + ")"
}

// padded is the arguments of a list, at least one, the last of them repeated until they are
// a power of two: each text is prepared and kept on each connection, so there must be few.
func padded(ids []string) []any {
	args := make([]any, 1<<bits.Len(uint(len(ids)-1)))
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	return args
}

// rows is n lists of width placeholders each, for an INSERT of n rows.
func rows(width, n int) string {
	lists := make([]string, n)
	for i := range lists {
		lists[i] = list(1+i*width, width)
	}
	return strings.Join(lists, ", ")
}
