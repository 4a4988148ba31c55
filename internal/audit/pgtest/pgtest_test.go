package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"secretstore/internal/audit/pgtest"
)

func TestEveryURLIsADatabaseOfItsOwn(t *testing.T) {
	first, second := pgtest.URL(t), pgtest.URL(t)
	if err := query(t, first, "CREATE TABLE mine (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if err := query(t, second, "SELECT id FROM mine"); err == nil {
		t.Error("a table made in one database is seen in another")
	}
}

func TestAServerKeepsItsDataOverACrash(t *testing.T) {
	server := pgtest.NewServer(t)
	url := server.URL(t)
	if err := query(t, url, "CREATE TABLE kept (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	server.Stop(t, "immediate")
	if err := query(t, url, "SELECT 1"); err == nil {
		t.Error("a stopped server answers")
	}
	server.Start(t)
	if err := query(t, url, "SELECT id FROM kept"); err != nil {
		t.Errorf("after a crash: %v", err)
	}
}

func query(t *testing.T, url, text string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return err
	}
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), text)
	return err
}
