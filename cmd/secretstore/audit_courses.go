package main

import (
	"strconv"
	"strings"

	"secretstore/internal/audit"
	"secretstore/internal/store"
)

// courseVerdict is the verdict on whether each record follows from those of its change before it.
type courseVerdict struct {
	auditVerdict
	audit.Courses
	refused, last int64 // changes that were refused since their row was not as it was sealed
}

func newCourseVerdict() *courseVerdict {
	c := &courseVerdict{}
	c.Found = func(f audit.CourseFault) { c.fault(auditFault{Code: string(f.Code), Seq: f.Seq}) }
	return c
}

func (c *courseVerdict) next(r audit.Record) {
	c.Next(r)
	if r.Event == audit.EventFailed && strings.HasSuffix(r.Detail, ": "+store.DetailForged) {
		c.refused, c.last = c.refused+1, r.Seq
	}
}

// verdict is what was found out, once all records were looked at. Of records that do not
// hold nothing is proven.
func (c *courseVerdict) verdict(of *auditVerdict) *auditVerdict {
	v := &c.auditVerdict
	v.Records = c.Courses.Records
	if c.refused > 0 {
		v.note("auditcli.forged", "count", strconv.FormatInt(c.refused, 10), "last", strconv.FormatInt(c.last, 10))
	}
	if of.Verdict != verdictHolds {
		v.unchecked("auditcli.changes_unchecked")
	}
	return v.settled()
}
