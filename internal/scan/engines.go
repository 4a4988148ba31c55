package scan

import (
	"context"
	"errors"
	"os/exec"
	"sync"
)

// ask asks the engines at the same time and puts together what they say.
func (s *session) ask(ctx context.Context) error {
	if len(s.scanned.documents) == 0 {
		return nil // nothing is added: no engine has anything to look at
	}
	online, offline := s.choose()
	var hits []hit
	var mutex sync.Mutex
	var work sync.WaitGroup
	add := func(some []hit, p *Problem) {
		mutex.Lock()
		defer mutex.Unlock()
		hits = append(hits, some...)
		if p != nil {
			s.report.Problems = append(s.report.Problems, p)
		}
	}
	if online {
		work.Go(func() { s.askGGShield(ctx, add) })
	}
	if offline {
		work.Go(func() { s.askGitleaks(ctx, add) })
	}
	work.Wait()
	return s.conclude(ctx, hits)
}

// choose says which engines are asked, and records why their word alone is not enough.
func (s *session) choose() (online, offline bool) {
	online, offline = s.Engine != Gitleaks, s.Engine != GGShield
	excused := s.target.fork && s.settings.acceptOffline
	switch {
	case online && s.Key.Len() == 0:
		online, offline = false, true // what it finds is a leak; what it does not find proves nothing
		switch {
		case excused:
			s.report.Offline = true
		case s.target.fork:
			s.report.Problems = append(s.report.Problems, problem(NoKeyOnFork))
		default:
			s.report.Problems = append(s.report.Problems, problem(NoKey))
		}
	case !online && s.target.event && !excused:
		s.report.Problems = append(s.report.Problems, problem(OfflineRefused))
	case !online:
		s.report.Offline = true
	}
	return online, offline
}

func (s *session) askGitleaks(ctx context.Context, add func([]hit, *Problem)) {
	s.report.Gitleaks = true
	hits, err := gitleaks(ctx, s.scanned.documents)
	if p, ok := errors.AsType[*Problem](err); ok {
		add(nil, p)
		return
	}
	add(hits, nil)
}

// askGGShield runs the scan, and beside it what only costs time: the program's version and
// the quota.
func (s *session) askGGShield(ctx context.Context, add func([]hit, *Problem)) {
	program, err := exec.LookPath(s.Program)
	if err != nil {
		add(nil, problem(NoGGShield))
		return
	}
	g := &ggshield{path: program, key: s.Key, instance: s.Instance, env: s.Env, canaries: !s.NoCanary}
	docs := s.scanned.documents
	n := g.calls(docs)
	s.Calls(len(docs), n)
	var beside sync.WaitGroup
	var version string
	var quota *Quota
	beside.Go(func() { version, _ = g.version(ctx) }) // an unknown version is told as such
	beside.Go(func() { quota = g.quota(ctx) })
	a, err := g.scan(ctx, docs)
	beside.Wait()
	s.report.Counts.Calls, s.report.Quota, s.report.GGShield = n, quota, version
	if p, ok := errors.AsType[*Problem](err); ok {
		add(nil, p)
		return
	}
	j, p := g.judge(a, docs)
	if p == nil && version != GGShieldVersion {
		p = problem(WrongVersion, version)
	}
	s.report.EngineVersion = j.engine
	add(j.hits, p)
}
