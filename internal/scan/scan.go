package scan

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Scan scans a source. The error is a *Problem for which Usage reports true: nothing could
// be scanned as it was asked. Every other problem is in the report, whose verdict is then
// not clean.
func Scan(ctx context.Context, source Source, options Options) (*Report, error) {
	s := &session{Options: options.orDefaults(), source: source, report: &Report{}}
	s.report.About.Mode = source.mode
	ctx, cancel := context.WithTimeout(ctx, s.Limit)
	defer cancel()
	if p := s.run(ctx); p != nil {
		if p.Usage() {
			return nil, p
		}
		s.report.Problems = append(s.report.Problems, p)
	}
	s.report.settle()
	s.remember()
	return s.report, nil
}

// session is one scan on its way.
type session struct {
	Options
	source   Source
	repo     *repository
	target   target
	settings settings
	memory   *memory
	scanned  *scanned
	report   *Report
}

func (s *session) run(ctx context.Context) *Problem {
	for _, step := range []func(context.Context) error{s.open, s.read, s.ask} {
		if err := step(ctx); err != nil {
			if p, ok := errors.AsType[*Problem](err); ok {
				return p
			}
			return problem(EngineFailed, "secretstore") // unreachable: every step's error is a Problem
		}
	}
	return nil
}

// open finds the repository, what to scan in it, and the settings that count.
func (s *session) open(ctx context.Context) error {
	if err := checkInstance(s.Instance); err != nil {
		return err
	}
	if s.source.paths != nil {
		if s.Settings != "" {
			return problem(BadUsage) // files on the disk have no revision
		}
		return nil
	}
	var err error
	if s.repo, err = openRepository(ctx, s.Dir, s.Env, s.source.hook); err != nil {
		return err
	}
	if err := s.repo.requireWhole(ctx); err != nil {
		return err
	}
	if s.target, err = s.source.resolve(ctx, s.repo); err != nil {
		return err
	}
	s.target.about.Mode = s.source.mode
	s.report.About = s.target.about
	if s.Settings != "" {
		if s.target.settings, err = s.repo.resolve(ctx, s.Settings); err != nil {
			return err
		}
	}
	return s.readSettings(ctx)
}

// readSettings takes the base's settings, and the faults of those that would be merged.
func (s *session) readSettings(ctx context.Context) error {
	var err error
	if s.target.settings != "" {
		if s.settings, err = s.repo.readSettings(ctx, s.target.settings, s.Now()); err != nil {
			return err
		}
	}
	if s.target.proposed == "" && !s.target.index {
		return nil
	}
	proposed, err := s.repo.readSettings(ctx, s.target.proposed, s.Now())
	s.report.Findings = proposed.faults
	return err
}

// read makes the documents.
func (s *session) read(ctx context.Context) error {
	r := &reader{
		scanned: scanned{touched: make(map[string]bool)}, repo: s.repo, settings: &s.settings,
		docs: newDocuments(), progress: s.Progress,
	}
	if err := s.readInto(ctx, r); err != nil {
		return err
	}
	r.readText(s.target.text)
	s.scanned = r.finish()
	s.report.Counts, s.report.Excluded, s.report.Unread = s.scanned.counts, s.scanned.excluded, s.scanned.unread
	return nil
}

func (s *session) readInto(ctx context.Context, r *reader) error {
	switch {
	case s.source.paths != nil:
		return r.readPaths(ctx, s.source.paths)
	case s.target.index:
		return r.readIndex(ctx, s.target.about.Base)
	case len(s.target.heads) == 0:
		return nil // a deleted branch
	}
	ids, err := s.repo.commits(ctx, s.target.heads, s.target.bases)
	if err == nil && len(ids) == 0 && !s.target.emptyIsFine {
		err = problem(EmptyRange, s.target.about.Base, "..", s.target.about.Head)
	}
	if err != nil {
		return err
	}
	s.memory = openMemory(s.Cache, s.Now())
	unknown := slices.DeleteFunc(ids, func(id string) bool { return s.memory.knows(id, s.circumstances()) })
	r.counts.Cached = len(ids) - len(unknown)
	if len(unknown) == 0 {
		return nil
	}
	return r.readHistory(ctx, unknown)
}

// circumstances is what a commit's being clean depends on, beside the commit.
func (s *session) circumstances() string {
	return strings.Join([]string{string(s.Engine), GGShieldVersion, gitleaksVersion, s.Instance, string(s.settings.text)}, "\x00")
}

// remember keeps the commits in which nothing at all was found, after a scan of which
// nothing was left out.
func (s *session) remember() {
	if s.memory == nil || s.scanned == nil || len(s.report.Problems)+len(s.report.Excluded) > 0 {
		return
	}
	found := make(map[string]bool)
	for _, f := range slices.Concat(s.report.Findings, s.report.InWorkspace) {
		found[f.Commit] = true
	}
	for _, i := range s.report.Ignored {
		found[i.Commit] = true
	}
	for _, c := range s.scanned.commits {
		if c.id != "" && !found[c.id] {
			s.memory.remember(c.id, s.circumstances())
		}
	}
}

// conclude makes findings of hits, and takes out what the base's settings excuse.
func (s *session) conclude(ctx context.Context, hits []hit) error {
	found, excluded, before, err := s.scanned.place(hits)
	if err != nil {
		return err
	}
	s.report.Before, s.report.InWorkspace = before, excluded
	for _, f := range found {
		if e := s.settings.ignores(f); e != nil {
			s.report.Ignored = append(s.report.Ignored, Ignored{f, e.reason, e.owner, e.expires})
		} else {
			s.report.Findings = append(s.report.Findings, f)
		}
	}
	return s.scanned.inHead(ctx, s.repo, s.target, s.report.Findings)
}
