package secretmanager

import "time"

// sweep does what was due by now: it deletes expired secrets and destroys versions whose
// delay is over.
func (st *state) sweep(now time.Time) {
	if st.due.IsZero() || now.Before(st.due) {
		return
	}
	st.due = time.Time{}
	for key, p := range st.projects {
		if key != p.id {
			continue // each project stands under its number, too
		}
		for id, s := range p.secrets {
			st.sweepSecret(p, id, s, now)
		}
	}
}

// sweepSecret ignores that a result could not be saved: it is due again after a restart.
func (st *state) sweepSecret(p *project, id string, s *secret, now time.Time) {
	if at := s.expires(); !at.IsZero() && !now.Before(at) {
		_ = st.put(p, id, nil, changesSecret)
		return
	}
	for i, v := range s.versions {
		at := v.meta.GetScheduledDestroyTime()
		if at == nil || now.Before(at.AsTime()) {
			continue
		}
		s = s.withVersion(int64(i+1), st.nextEtag(), func(v *version) { v.destroy(at.AsTime()) })
		_ = st.put(p, id, s, changesVersions)
	}
	st.expectBy(s.due())
}

func (st *state) expectBy(at time.Time) { st.due = earlier(st.due, at) }

func (s *secret) expires() time.Time {
	if at := s.meta.GetExpireTime(); at != nil {
		return at.AsTime()
	}
	return time.Time{}
}

// due is when sweep has something to do about s; zero: never.
func (s *secret) due() time.Time {
	at := s.expires()
	for _, v := range s.versions {
		if t := v.meta.GetScheduledDestroyTime(); t != nil {
			at = earlier(at, t.AsTime())
		}
	}
	return at
}

// earlier is the earlier of two times of which zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
