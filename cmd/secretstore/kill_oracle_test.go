package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"secretstore/internal/audit"
	"secretstore/internal/secret"
)

// evidence is everything that can be known after the last recovery, from four witnesses
// who know nothing of each other: the people, the database, Secret Manager and the sheet.
type evidence struct {
	sent     map[string]submission // :: view id
	changes  []audit.Change
	records  []audit.Record
	versions map[string][]string // :: env/name -> bytes, version N at N-1
	rows     [][]string          // of the sheet, without the header
}

// contradictions lists where the witnesses contradict each other or the laws 1, 6 and 7.
func (e evidence) contradictions() []string {
	return slices.Concat(e.requests(), e.outcomes(), e.effects(), e.published())
}

// requests: what was accepted is recorded, what was refused is not, and nothing is
// recorded that nobody sent.
func (e evidence) requests() (all []string) {
	recorded := make(map[string]bool)
	for _, c := range e.changes {
		recorded[c.Key] = true
		switch s, sent := e.sent[c.Key]; {
		case !sent:
			all = append(all, c.ID+": nobody sent this")
		case s.refused:
			all = append(all, c.ID+": recorded, and the person was told that it was not")
		case s.ref != c.Ref.String():
			all = append(all, c.ID+": about another secret than the form")
		}
	}
	for view, s := range e.sent {
		if s.accepted && !recorded[view] {
			all = append(all, view+": accepted and not recorded")
		}
	}
	return all
}

// outcomes: every change was requested once, first, and ended once, last. Of all other
// records there is one: the policy in force is recorded when it is new, not at each start.
func (e evidence) outcomes() (all []string) {
	events := make(map[string][]audit.Event)
	for i, r := range e.records {
		if r.Seq != int64(i+1) {
			all = append(all, fmt.Sprintf("record %d stands in the place of %d", r.Seq, i+1))
		}
		events[r.Change] = append(events[r.Change], r.Event)
	}
	for _, c := range e.changes {
		if told := events[c.ID]; !wholeLife(told) || told[len(told)-1] != c.State {
			all = append(all, fmt.Sprintf("%s: is %s, and its records are %v", c.ID, c.State, told))
		}
		delete(events, c.ID)
	}
	if slices.Equal(events[""], []audit.Event{audit.EventPolicy}) {
		delete(events, "")
	}
	for id, told := range events {
		all = append(all, fmt.Sprintf("%s: records %v without a change", id, told))
	}
	return all
}

func wholeLife(events []audit.Event) bool {
	if len(events) < 2 || events[0] != audit.EventRequested {
		return false
	}
	for i, event := range events[1:] {
		if event == audit.EventRequested || event.Ends() != (i+2 == len(events)) {
			return false
		}
	}
	return true
}

// effects: a version holds exactly what its one applied change asked for, and there is no
// other version, so that no bytes stand in two.
func (e evidence) effects() (all []string) {
	unexplained := make(map[string]bool)
	for ref, versions := range e.versions {
		for i := range versions {
			unexplained[fmt.Sprintf("%s@%d", ref, i+1)] = true
		}
	}
	for _, c := range e.changes {
		if c.State != audit.EventApplied {
			continue
		}
		place := fmt.Sprintf("%s@%d", c.Ref, c.Version)
		switch {
		case !unexplained[place]:
			all = append(all, c.ID+": applied as "+place+", which is not there or another's")
		case e.versions[c.Ref.String()][c.Version-1] != e.sent[c.Key].value:
			all = append(all, c.ID+": "+place+" holds other bytes than the person typed")
		}
		delete(unexplained, place)
	}
	for place := range unexplained {
		all = append(all, place+": no applied change explains this version")
	}
	return all
}

// published: row N of the sheet is record N, cell by cell.
func (e evidence) published() (all []string) {
	if len(e.rows) != len(e.records) {
		all = append(all, fmt.Sprintf("%d rows for %d records", len(e.rows), len(e.records)))
	}
	for i := range min(len(e.rows), len(e.records)) {
		if !slices.Equal(e.rows[i], e.records[i].Cells()) {
			all = append(all, fmt.Sprintf("row %d is not record %d", i+1, i+1))
		}
	}
	return all
}

// soundEvidence is a small world without a contradiction: one change applied, one failed,
// one refused on the form.
func soundEvidence() evidence {
	db := secret.Ref{Environment: "dev", Name: "db"}
	life := func(id string, events ...audit.Event) (records []audit.Record) {
		for _, event := range events {
			records = append(records, audit.Record{Event: event, Change: id, Hash: id + string(event)})
		}
		return records
	}
	e := evidence{
		sent: map[string]submission{
			"V1": {ref: "dev/db", value: "one", accepted: true},
			"V2": {ref: "dev/db", value: "two"},
			"V3": {ref: "dev/db", value: "three", refused: true},
		},
		changes: []audit.Change{
			{ID: "c1", Key: "V1", Ref: db, State: audit.EventApplied, Version: 1},
			{ID: "c2", Key: "V2", Ref: db, State: audit.EventFailed},
		},
		records: slices.Concat(
			life("", audit.EventPolicy),
			life("c1", audit.EventRequested, audit.EventApplying, audit.EventUnknown, audit.EventApplied),
			life("c2", audit.EventRequested, audit.EventFailed),
		),
		versions: map[string][]string{"dev/db": {"one"}},
	}
	for i := range e.records {
		e.records[i].Seq = int64(i + 1)
		e.rows = append(e.rows, e.records[i].Cells())
	}
	return e
}

// TestKillOracleFindsEveryLie doctors sound evidence: what TestKill relies on must see it.
func TestKillOracleFindsEveryLie(t *testing.T) {
	if found := soundEvidence().contradictions(); len(found) > 0 {
		t.Fatalf("sound evidence is contradicted: %q", found)
	}
	for _, lie := range []struct {
		name   string
		doctor func(*evidence)
		want   string
	}{
		{"a request without outcome", func(e *evidence) { e.records, e.rows = e.records[:6], e.rows[:6] }, "its records are [requested]"},
		{"an outcome that the log does not tell", func(e *evidence) { e.changes[1].State = audit.EventApplying }, "c2: is applying"},
		{"two outcomes", func(e *evidence) { e.records[3].Event = audit.EventApplied }, "c1: is applied, and its records are"},
		{"requested twice", func(e *evidence) { e.records[2].Event = audit.EventRequested }, "c1: is applied, and its records are"},
		{"an accepted form lost", func(e *evidence) { e.changes = e.changes[1:] }, "V1: accepted and not recorded"},
		{"a record of no change", func(e *evidence) { e.changes = e.changes[:1] }, "without a change"},
		{"the same policy recorded twice", func(e *evidence) { e.records[1].Event, e.records[1].Change = audit.EventPolicy, "" }, "without a change"},
		{"a change nobody sent", func(e *evidence) { delete(e.sent, "V2") }, "c2: nobody sent this"},
		{"a refused form recorded", func(e *evidence) { e.changes[1].Key = "V3" }, "told that it was not"},
		{"another secret changed", func(e *evidence) { e.sent["V2"] = submission{ref: "dev/other", value: "two"} }, "about another secret"},
		{"the bytes added twice", func(e *evidence) { e.versions["dev/db"] = []string{"one", "one"} }, "dev/db@2: no applied change"},
		{"a failed change in effect", func(e *evidence) { e.versions["dev/db"] = []string{"one", "two"} }, "dev/db@2: no applied change"},
		{"an applied change without effect", func(e *evidence) { clear(e.versions) }, "which is not there"},
		{"other bytes adopted", func(e *evidence) { e.versions["dev/db"][0] = "eno" }, "holds other bytes"},
		{"two changes, one version", func(e *evidence) {
			e.changes[1].State, e.changes[1].Version = audit.EventApplied, 1
		}, "or another's"},
		{"a row lost", func(e *evidence) { e.rows = slices.Delete(e.rows, 1, 2) }, "6 rows for 7 records"},
		{"a row doubled", func(e *evidence) { e.rows = slices.Insert(e.rows, 1, e.rows[0]) }, "8 rows for 7 records"},
		{"two rows swapped", func(e *evidence) { e.rows[0], e.rows[1] = e.rows[1], e.rows[0] }, "row 1 is not record 1"},
		{"a cell altered", func(e *evidence) { e.rows[3][4] = "somebody else" }, "row 4 is not record 4"},
		{"a number left out", func(e *evidence) { e.records[6].Seq = 8 }, "record 8 stands in the place of 7"},
	} {
		t.Run(lie.name, func(t *testing.T) {
			e := soundEvidence()
			lie.doctor(&e)
			if found := strings.Join(e.contradictions(), "\n"); !strings.Contains(found, lie.want) {
				t.Errorf("found %q, want %q", cmp.Or(found, "nothing"), lie.want)
			}
		})
	}
}
