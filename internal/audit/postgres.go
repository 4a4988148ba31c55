package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

func openPostgres(ctx context.Context, url string) (*engine, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, &StartFault{StartURL, ""} // the parser's text quotes the password
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "secretstore"
	}
	config.DialFunc = limited(config.DialFunc)
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(checkPostgres))
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	e := &engine{
		write: db, read: &reader{db: db},
		lock:      "SELECT pg_advisory_xact_lock(7306639115112415082)", // any number, the same in every release
		judge:     judgePostgres,
		surviving: true,
	}
	if err := db.PingContext(ctx); err != nil {
		e.close()
		if fault, ok := errors.AsType[*StartFault](err); ok {
			return nil, fault
		}
		_, code := judgePostgres(err)
		return nil, &StartFault{StartConnect, code}
	}
	return e, nil
}

// checkPostgres refuses a session whose commits are not durable. It looks at every new
// connection, since roles have settings of their own and a failover brings another server.
// A replica that vanishes in the middle of a transaction must not keep the chain locked,
// so the server ends what lies idle longer than any write may take.
func checkPostgres(ctx context.Context, conn *pgx.Conn) error {
	var fsync, commit, pages, encoding string
	var standby bool
	const settings = `SELECT current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('full_page_writes'), current_setting('server_encoding'), pg_is_in_recovery()`
	err := conn.QueryRow(ctx, settings).Scan(&fsync, &commit, &pages, &encoding, &standby)
	switch {
	case err != nil:
		return err
	case standby:
		return &StartFault{StartStandby, ""}
	case fsync != "on":
		return &StartFault{StartSetting, "fsync"}
	case commit == "off":
		return &StartFault{StartSetting, "synchronous_commit"}
	case pages != "on":
		return &StartFault{StartSetting, "full_page_writes"}
	case encoding != "UTF8":
		return &StartFault{StartSetting, "server_encoding"}
	}
	_, err = conn.Exec(ctx, fmt.Sprintf("SET idle_in_transaction_session_timeout = %d", (writeLimit*3/2).Milliseconds()))
	return err
}

// unwilling are the classes of SQLSTATE that say something about the server, not about
// the statement: connection, transaction state, resources, operator, system, internal.
const unwilling = "08 25 53 57 58 XX"

func judgePostgres(err error) (verdict, string) {
	if fault, ok := errors.AsType[*StartFault](err); ok {
		return lost, strings.TrimSpace(string(fault.Code) + " " + fault.What)
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case !ok:
		return lost, noAnswer
	case len(e.Code) != 5:
		return lost, noAnswer // unreachable unless the server is not PostgreSQL
	case strings.Contains(unwilling, e.Code[:2]):
		return lost, "SQLSTATE " + e.Code
	}
	return rejected, "SQLSTATE " + e.Code
}
